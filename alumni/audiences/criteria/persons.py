"""What the office asks of the person itself: standing, ways to reach, consents, tags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased

from alumni.audiences.criteria.base import (
    Beside,
    Chip,
    Control,
    Criterion,
    Kind,
    Named,
    Question,
    day,
    first_named,
    fits,
    impossible,
    midnight,
    one_of,
    yes,
)
from alumni.authz import Actor
from alumni.db import PUBLIC_ID_LENGTH
from alumni.i18n import LANGUAGES, _, date_text, lazy_gettext
from alumni.people.fields import status_words
from alumni.people.fields.words import listed_words
from alumni.people.models import (
    Consent,
    ConsentPurpose,
    ContactKind,
    ContactPoint,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Tag,
)
from alumni.people.policy import GONE, shown

NEVER, YES = "never", "yes"

_MARKED = aliased(Person)
"""Beside the person that a condition is about."""


@dataclass(frozen=True)
class HasStatus(Criterion):
    status: PersonStatus

    def parameters(self) -> dict[str, str]:
        return {"status": self.status.value}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.status == self.status

    def chips(self) -> list[Chip]:
        return [Chip(status_words()[self.status.value], ("status",))]


@dataclass(frozen=True)
class IsListed(Criterion):
    """Who chose that these may find them."""

    level: Level

    def parameters(self) -> dict[str, str]:
        return {"listed": self.level.value}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.listed == self.level

    def chips(self) -> list[Chip]:
        words = listed_words()[self.level.value]
        return [Chip(_("May be found by: %(whom)s", whom=words), ("listed",))]


@dataclass(frozen=True)
class HasContact(Criterion):
    """Whether there is an e-mail address or a telephone number."""

    kind: ContactKind
    wanted: bool

    def parameters(self) -> dict[str, str]:
        return {self.kind.value: "yes" if self.wanted else "no"}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        there = _contacts(self.kind).where(shown(actor, ContactPoint)).exists()
        return there if self.wanted else ~there

    def chips(self) -> list[Chip]:
        words = contact_words(self.kind)
        return [Chip(words["yes" if self.wanted else "no"], (self.kind.value,))]


@dataclass(frozen=True)
class Reads(Criterion):
    """What language we write to them in."""

    language: str

    def parameters(self) -> dict[str, str]:
        return {"language": self.language}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        return Person.language == self.language

    def chips(self) -> list[Chip]:
        words = _("Is written to in %(language)s", language=language_words()[self.language])
        return [Chip(words, ("language",))]


@dataclass(frozen=True)
class Confirmed(Criterion):
    """Who looked through the own facts for the last time before this day, or never did."""

    before: date | None

    def parameters(self) -> dict[str, str]:
        return {"confirmed_before": self.before.isoformat() if self.before else NEVER}

    def condition(self, actor: Actor) -> ColumnElement[bool]:
        if self.before is None:
            return Person.confirmed_at.is_(None)
        earlier = Person.confirmed_at < midnight(self.before)
        return and_(Person.confirmed_at.is_not(None), earlier)

    def chips(self) -> list[Chip]:
        words = _("Never confirmed their facts")
        if self.before:
            words = _("Facts last confirmed before %(day)s", day=date_text(self.before))
        return [Chip(words, ("confirmed_before",))]


@dataclass(frozen=True)
class Agreed(Beside):
    """Who gave consent to this and has not withdrawn it."""

    purpose: ConsentPurpose

    def parameters(self) -> dict[str, str]:
        return {"consent": self.purpose.value}

    def people(self, actor: Actor) -> Select[int]:
        return select(Consent.person_id).where(
            Consent.purpose == self.purpose, Consent.withdrawn_at.is_(None)
        )

    def chips(self) -> list[Chip]:
        words = _("Agreed: %(purpose)s", purpose=purpose_words()[self.purpose.value])
        return [Chip(words, ("consent",))]


@dataclass(frozen=True)
class Tagged(Beside):
    public_id: str
    tag: Named

    def parameters(self) -> dict[str, str]:
        return {"tag": self.public_id}

    def people(self, actor: Actor) -> Select[int]:
        return select(PersonTag.person_id).where(PersonTag.tag_id == self.tag.id)

    def chips(self) -> list[Chip]:
        return [Chip(_("Tag “%(name)s”", name=self.tag.name), ("tag",))]


@dataclass(frozen=True)
class Lost(Beside):
    """Whom nobody knows how to reach."""

    def parameters(self) -> dict[str, str]:
        return {"lost": YES}

    def people(self, actor: Actor) -> Select[int]:
        return select(_MARKED.id).where(_MARKED.lost_since.is_not(None))

    def chips(self) -> list[Chip]:
        return [Chip(lost_words()[YES], ("lost",))]


@dataclass(frozen=True)
class ContactStopped(Beside):
    """Who wants no letters from us."""

    def parameters(self) -> dict[str, str]:
        return {"contact_stopped": YES}

    def people(self, actor: Actor) -> Select[int]:
        return select(_MARKED.id).where(_MARKED.contact_stopped_on.is_not(None))

    def chips(self) -> list[Chip]:
        return [Chip(stopped_words()[YES], ("contact_stopped",))]


def seen_to_have_email() -> ColumnElement[bool]:
    """Whether there is an address, for counting among a few: asked in the usual way PostgreSQL

    would read the addresses of all for it.
    """
    return _contacts(ContactKind.EMAIL).limit(1).scalar_subquery().is_not(None)


def _contacts(kind: ContactKind) -> Select[int]:
    return select(ContactPoint.id).where(
        ContactPoint.person_id == Person.id, ContactPoint.kind == kind
    )


def contact_words(kind: ContactKind) -> dict[str, str]:
    if kind is ContactKind.EMAIL:
        return {"yes": _("With an e-mail address"), "no": _("Without an e-mail address")}
    return {"yes": _("With a telephone number"), "no": _("Without a telephone number")}


def lost_words() -> dict[str, str]:
    return {YES: _("Lost sight of")}


def stopped_words() -> dict[str, str]:
    return {YES: _("Wants no letters")}


def presence_words() -> dict[str, str]:
    return {"yes": _("Available"), "no": _("Missing")}


def language_words() -> dict[str, str]:
    return {"zh": _("Chinese"), "en": _("English")}


def purpose_words() -> dict[str, str]:
    return {
        ConsentPurpose.MEMBERSHIP.value: _("membership"),
        ConsentPurpose.MAILINGS.value: _("letters from the association"),
        ConsentPurpose.CHAPTER_SHARING.value: _("contact data for the own chapters"),
        ConsentPurpose.ADDRESS_BOOK.value: _("address book"),
    }


def living_words() -> dict[str, str]:
    """The states in which people stand in lists."""
    return {key: words for key, words in status_words().items() if key not in GONE}


def _read_status(_actor: Actor, given: Mapping[str, str]) -> HasStatus:
    if given["status"] not in living_words():
        raise impossible("status", given["status"])
    return HasStatus(PersonStatus(given["status"]))


def _read_lost(_actor: Actor, given: Mapping[str, str]) -> Lost:
    if given["lost"] != YES:
        raise impossible("lost", given["lost"])
    return Lost()


def _read_stopped(_actor: Actor, given: Mapping[str, str]) -> ContactStopped:
    if given["contact_stopped"] != YES:
        raise impossible("contact_stopped", given["contact_stopped"])
    return ContactStopped()


def _read_listed(_actor: Actor, given: Mapping[str, str]) -> IsListed:
    return IsListed(one_of(Level, "listed", given["listed"]))


def _read_email(_actor: Actor, given: Mapping[str, str]) -> HasContact:
    return HasContact(ContactKind.EMAIL, yes("email", given["email"]))


def _read_phone(_actor: Actor, given: Mapping[str, str]) -> HasContact:
    return HasContact(ContactKind.PHONE, yes("phone", given["phone"]))


def _read_language(_actor: Actor, given: Mapping[str, str]) -> Reads:
    if given["language"] not in LANGUAGES:
        raise impossible("language", given["language"])
    return Reads(given["language"])


def _read_confirmed(_actor: Actor, given: Mapping[str, str]) -> Confirmed:
    value = given["confirmed_before"]
    return Confirmed(None if value == NEVER else day("confirmed_before", value))


def _read_consent(_actor: Actor, given: Mapping[str, str]) -> Agreed:
    return Agreed(one_of(ConsentPurpose, "consent", given["consent"]))


def _read_tag(_actor: Actor, given: Mapping[str, str]) -> Tagged:
    public_id = given["tag"]
    asked = select(Tag.id, Tag.name_zh, Tag.name_en).where(Tag.public_id == public_id)
    tag = first_named(asked) if fits(public_id, PUBLIC_ID_LENGTH) else None
    if tag is None:
        raise impossible("tag", public_id)
    return Tagged(public_id, tag)


def _private(
    read: Callable[[Actor, Mapping[str, str]], Criterion], label: LazyString, control: Control
) -> Kind:
    """A kind of one parameter that only the office may ask for."""
    name = control.parameter
    question = Question(name, label, (control,))
    return Kind((name,), read, is_private=True, questions=(question,))


KINDS = (
    _private(
        _read_status,
        lazy_gettext("Status"),
        Control("status", lazy_gettext("Status"), words=living_words),
    ),
    _private(
        _read_lost,
        lazy_gettext("Lost sight of"),
        Control("lost", lazy_gettext("Lost sight of"), words=lost_words),
    ),
    _private(
        _read_stopped,
        lazy_gettext("Wants no letters"),
        Control("contact_stopped", lazy_gettext("Wants no letters"), words=stopped_words),
    ),
    _private(
        _read_listed,
        lazy_gettext("Who may find them"),
        Control("listed", lazy_gettext("Who may find them"), words=listed_words),
    ),
    _private(
        _read_email,
        lazy_gettext("E-mail address"),
        Control("email", lazy_gettext("E-mail address"), words=presence_words),
    ),
    _private(
        _read_phone,
        lazy_gettext("Telephone number"),
        Control("phone", lazy_gettext("Telephone number"), words=presence_words),
    ),
    _private(
        _read_language,
        lazy_gettext("Language of letters"),
        Control("language", lazy_gettext("Language of letters"), words=language_words),
    ),
    _private(
        _read_confirmed,
        lazy_gettext("Facts last confirmed"),
        Control(
            "confirmed_before",
            lazy_gettext("Before this day, as 2026-01-31, or: never"),
        ),
    ),
    _private(
        _read_consent,
        lazy_gettext("Consent"),
        Control("consent", lazy_gettext("Consent"), words=purpose_words),
    ),
    _private(
        _read_tag,
        lazy_gettext("Tag"),
        Control("tag", lazy_gettext("Tag"), listed="tag"),
    ),
)
