"""The chapter that an applicant wanted to join comes true as soon as we know who they are."""

from sqlalchemy import select

from alumni.accounts.queries import account_of
from alumni.authz import Actor
from alumni.chapters.models import Chapter, ChapterStatus, JoinMode
from alumni.db import db
from alumni.membership.commands.joining import enter
from alumni.people.models import Person
from alumni.roster.models import Application, Invitation


def wished_chapter(application: Application) -> Chapter | None:
    """The chapter that the applicant asked for and that takes them; None where there is none.

    It stays so until the transaction ends: ask before the person is held, as everybody does.
    """
    if not application.chapter_is_wished:
        return None
    as_it_is = select(Chapter).where(
        Chapter.id == application.chapter_id, Chapter.status == ChapterStatus.ACTIVE
    )
    held = as_it_is.with_for_update(read=True).execution_options(populate_existing=True)
    chapter = db.session.scalar(held)
    if chapter is None or chapter.join_mode is not JoinMode.INVITATION:
        return chapter
    return chapter if _is_invited(application) else None


def join_wished(application: Application, chapter: Chapter | None, person: Person) -> None:
    """Let the applicant do what the button on the chapter's page does, now that they may.

    Where the chapter is open they are a member, else its officers are asked. Who came by its link
    needs nobody's word where it takes none without.
    """
    account = account_of(application.email)
    if chapter is None or account is None:
        return
    enter(
        Actor(account_id=account.id, person_id=person.id, is_verified=True),
        person.id,
        chapter,
        is_invited=chapter.join_mode is JoinMode.INVITATION,
    )


def _is_invited(application: Application) -> bool:
    """Whether they hold a place of a link of this chapter, which was theirs by confirming."""
    link = select(Invitation.id).where(
        Invitation.id == application.invitation_id,
        Invitation.chapter_id == application.chapter_id,
        Invitation.revoked_at.is_(None),
    )
    return db.session.scalar(link) is not None
