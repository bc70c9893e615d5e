"""A person as an address book keeps them."""

import re
from datetime import datetime

from alumni.exports.vcards import Card
from alumni.i18n import _
from alumni.people import names
from alumni.people.models import ContactKind
from alumni.people.queries.facts import Contact
from alumni.people.queries.profile import Profile

CHINESE_MOBILE = re.compile(r"\+861[3-9][0-9]{9}")


def card_of(profile: Profile, *, revision: datetime | None = None) -> Card:
    """What the profile shows, as a card: who may not see a thing does not get it here either."""
    family, given = parts_of_name(profile.name, profile.surname)
    current = next((job for job in profile.jobs if job.is_current), None)
    return Card(
        uid=profile.public_id,
        full=profile.name,
        family=family,
        given=given,
        nickname=profile.name_en if profile.name_en != profile.name else "",
        organisation=current.employer if current else "",
        department=current.department if current else "",
        title=current.title if current else "",
        phones=[
            (phone_kind(contact.normal), contact.normal)
            for contact in _of_kind(profile, ContactKind.PHONE)
        ],
        emails=[contact.value for contact in _of_kind(profile, ContactKind.EMAIL)],
        city=profile.city,
        country=profile.country,
        note="\n".join(_notes(profile)),
        revision=revision,
    )


def parts_of_name(name: str, surname: str) -> tuple[str, str]:
    """Family name and given name of a written name, by how its surname is read.

    Of a name in which no part is the surname, the last word is; a single word is a given name.
    """
    family, given = names.split_chinese(name)
    if family:
        return family, given
    words = name.split()
    known = surname.replace(" ", "").lower()
    for count in range(1, len(words)):
        first, rest = words[:count], words[count:]
        if "".join(first).lower() == known:
            return " ".join(first), " ".join(rest)
    if len(words) < 2:  # noqa: PLR2004 - nothing to part
        return "", name
    return words[-1], " ".join(words[:-1])


def phone_kind(number: str) -> str:
    """What an address book calls the telephone with this number in E.164."""
    return "CELL" if CHINESE_MOBILE.fullmatch(number) else "VOICE"


def _of_kind(profile: Profile, kind: ContactKind) -> list[Contact]:
    return [contact for contact in profile.contacts if contact.kind is kind]


def _notes(profile: Profile) -> list[str]:
    """What a card has no place of its own for, a line each."""
    others = [name for name in profile.other_names if name != profile.name_en]
    wechat = [
        _("WeChat: %(value)s", value=contact.value)
        for contact in _of_kind(profile, ContactKind.WECHAT)
    ]
    postal = [contact.value for contact in _of_kind(profile, ContactKind.POSTAL)]
    return [line for line in (" · ".join(others), profile.class_text, *wechat, *postal) if line]
