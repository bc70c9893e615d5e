"""Who may bring in the roster, who decides about applications, and who makes two records one."""

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability, Right
from alumni.membership.policy import may_decide_in
from alumni.people.models import Person
from alumni.people.policy import is_self, may_edit_people
from alumni.roster.models import BatchKind, ImportBatch, Invitation

PROPOSALS_A_DAY = 5
"""So many lists a chapter may propose within a day."""

PROPOSAL_ROWS = 5000
PROPOSAL_BYTES = 5 * 1024 * 1024
"""A list that a chapter proposes has no more."""

# Applications


def may_see_applications(actor: Actor) -> bool:
    return actor.can(Capability.DECIDE_APPLICATIONS)


def may_compare(actor: Actor) -> bool:
    """See of whom we know that an applicant may be, and make the applicant one of them."""
    return may_see_applications(actor) and actor.can(Capability.VIEW_PEOPLE)


def may_decide_application(actor: Actor, applicant: Account | None) -> bool:
    """Nobody decides about the own application."""
    return may_see_applications(actor) and not is_applicant(actor, applicant)


def may_see_evidence(actor: Actor) -> bool:
    """Certificates, answers and notes of calls are for those who decide by them, and nobody else:

    not for an officer, not for who vouched, and no more for the applicant once they are sent.
    """
    return actor.can(Capability.DECIDE_APPLICATIONS)


def may_give_evidence(actor: Actor, applicant: Account | None) -> bool:
    """Applicants answer for themselves."""
    return is_applicant(actor, applicant)


def may_vouch(actor: Actor, applicant: Account | None) -> bool:
    """Whom we know for a graduate may vouch, but not for themselves. Of which class is asked next

    to it: ``queries.evidence.is_classmate``.
    """
    known = actor.is_verified and actor.person_id is not None
    return known and not is_applicant(actor, applicant)


def may_prescreen(actor: Actor, chapter_id: int | None) -> bool:
    """Who decides about a chapter's joiners may say whether they know who wants to become one: an

    officer, and of the staff who decides about applications.
    """
    if chapter_id is None or not may_decide_in(actor, chapter_id):
        return False
    return actor.may_in(Right.APPROVE, chapter_id) or may_see_applications(actor)


def may_recommend(actor: Actor, chapter_id: int | None, applicant: Account | None) -> bool:
    """Nobody recommends themselves."""
    return may_prescreen(actor, chapter_id) and not is_applicant(actor, applicant)


def is_applicant(actor: Actor, applicant: Account | None) -> bool:
    return applicant is not None and applicant.id == actor.account_id


# Imports


def may_import(actor: Actor) -> bool:
    return actor.can(Capability.IMPORT_ROSTER)


def may_identify(actor: Actor) -> bool:
    """See of whom we know that a row of a file may be, and say whom it means."""
    return may_import(actor) and actor.can(Capability.VIEW_PEOPLE)


def may_propose(actor: Actor, chapter_id: int | None) -> bool:
    """Send the office a list of a chapter's people, which changes nothing until the office does."""
    return actor.may_in(Right.EDIT, chapter_id)


def may_change_proposal(actor: Actor, batch: ImportBatch) -> bool:
    """See what became of a list, and withdraw it: who sent it, while they could send another."""
    is_own = actor.account_id is not None and batch.proposed_by_id == actor.account_id
    return is_own and may_propose(actor, batch.chapter_id)


def may_fetch_template(actor: Actor, kind: BatchKind) -> bool:
    """The tables to be filled in tell what there is to know of people, and of nobody anything."""
    proposes = kind is BatchKind.CHAPTER and bool(actor.chapters_with(Right.EDIT))
    return may_import(actor) or proposes


# Activation and invitations


def may_activate(actor: Actor) -> bool:
    """Ask people to take up their record, and make codes for them."""
    return may_see_applications(actor) and actor.can(Capability.VIEW_PEOPLE)


def may_invite(actor: Actor, chapter_id: int | None) -> bool:
    """Hand out links to join with: an officer for the own chapter, the office for any class too."""
    if may_see_applications(actor):
        return True
    return chapter_id is not None and Right.APPROVE in actor.rights.get(chapter_id, frozenset())


def may_revoke(actor: Actor, invitation: Invitation) -> bool:
    return invitation.account_id == actor.account_id or may_invite(actor, invitation.chapter_id)


# Duplicates


def may_see_duplicates(actor: Actor) -> bool:
    return may_edit_people(actor)


def may_merge(actor: Actor, *people: Person) -> bool:
    """Nobody makes another's record part of the own one, nor the own one part of another's."""
    return may_see_duplicates(actor) and not any(is_self(actor, person) for person in people)
