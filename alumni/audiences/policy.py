"""Who may look through lists of people, take them away, and use what others saved."""

from sqlalchemy import ColumnElement, and_, false, or_

from alumni.audiences.models import SavedAudience, Sharing
from alumni.authz import Actor, Capability, Right
from alumni.people.policy import may_browse, may_view_people


def may_list_people(actor: Actor) -> bool:
    """The office's list of all people. Graduates have the directory, a leader the desk."""
    return may_view_people(actor)


def may_find_people(actor: Actor) -> bool:
    """Lists of people at all: the office's of all, the directory of those who let others find

    them.
    """
    return may_browse(actor)


def may_export_people(actor: Actor) -> bool:
    """To see a list and to carry it away are two things."""
    return may_list_people(actor) and actor.can(Capability.EXPORT_PEOPLE)


def may_export_from(actor: Actor, chapter_id: int | None) -> bool:
    """Of all people (None), or of the members of a chapter. No position brings the right to carry

    its members away by itself: the office grants it.
    """
    if may_export_people(actor):
        return True
    return actor.may_in(Right.VIEW, chapter_id) and actor.may_in(Right.EXPORT, chapter_id)


def may_keep_profiles(actor: Actor) -> bool:
    """Ways of exporting under a name, for who may export from anywhere."""
    exports_from_somewhere = may_export_people(actor) or bool(actor.chapters_with(Right.EXPORT))
    return actor.is_signed_in and exports_from_somewhere


def may_see_audiences(actor: Actor) -> bool:
    """The office's saved audiences: for who looks through people, and who writes letters to them

    without seeing who they are.
    """
    return may_view_people(actor) or may_write_to_audiences(actor)


def may_write_to_audiences(actor: Actor) -> bool:
    return actor.can(Capability.MANAGE_MAILINGS)


def may_save(actor: Actor) -> bool:
    """Whoever can find people may keep a search, as their own."""
    return actor.is_signed_in and may_find_people(actor)


def may_share(actor: Actor, sharing: Sharing) -> bool:
    """Graduates keep their searches for themselves, the office lets others use its audiences."""
    return sharing is Sharing.NOBODY or may_view_people(actor)


def usable(actor: Actor) -> ColumnElement[bool]:
    """The saved audiences that the actor may use, over ``SavedAudience``."""
    ways: list[ColumnElement[bool]] = [false()]
    if actor.account_id is not None:
        ways.append(SavedAudience.account_id == actor.account_id)
    if may_see_audiences(actor):
        ways.append(SavedAudience.sharing == Sharing.OFFICE)
    if actor.leads:
        led = SavedAudience.chapter_id.in_(sorted(actor.leads))
        ways.append(and_(SavedAudience.sharing == Sharing.CHAPTER, led))
    return or_(*ways)


def may_use(actor: Actor, saved: SavedAudience) -> bool:
    """The same of one that is at hand."""
    if is_owner(actor, saved):
        return True
    if saved.sharing is Sharing.OFFICE:
        return may_see_audiences(actor)
    return saved.sharing is Sharing.CHAPTER and saved.chapter_id in actor.leads


def may_change(actor: Actor, saved: SavedAudience) -> bool:
    """The owner; and of what the office shares everybody there who sees the people meant."""
    if is_owner(actor, saved):
        return True
    return saved.sharing is Sharing.OFFICE and may_view_people(actor)


def is_owner(actor: Actor, saved: SavedAudience) -> bool:
    return actor.account_id is not None and saved.account_id == actor.account_id


def sees_whom_they_count(actor: Actor) -> bool:
    """Whether numbers may be told to one. Staff who see no people hear of few only that they are

    few: of two or three somebody else would know who they are.
    """
    return may_view_people(actor) or not may_write_to_audiences(actor)
