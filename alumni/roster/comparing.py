"""What a row of a file would change in what we know of the person."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from unicodedata import normalize

from alumni.people.models import PersonStatus
from alumni.roster.certificates import certificate_key
from alumni.roster.models import BatchKind, ImportBatch, Policy
from alumni.roster.rows import normal_phone, year_month

Values: TypeAlias = Mapping[str, Any]
Changes: TypeAlias = dict[str, list[Any]]
"""Field key → [old, new]."""


class Located(NamedTuple):
    """The place of the list that somebody lives in."""

    place_id: int | None
    is_exact: bool
    """Whether it is the city itself, and not only where the city lies."""


class Trained(NamedTuple):
    """A training that we know."""

    id: int
    kind: str
    written: str
    name_zh: str | None
    name_en: str | None
    """Of the hospital, if it is one of the list."""
    department: str | None
    from_year: int | None
    from_month: int | None
    to_year: int | None
    to_month: int | None

    @property
    def facts(self) -> dict[str, str | None]:
        """What it says, by the fields of ``OF_A_TRAINING``."""
        return {
            "training_department": self.department,
            "training_from": graduation_text(self.from_year, self.from_month),
            "training_to": graduation_text(self.to_year, self.to_month),
        }


PlaceOf: TypeAlias = Callable[[str, str, str], Located]
"""From a city, a province and a country as they are written to the place of the list."""

REGISTRARS = ("name", "sex", "entry_year", "college", "major", "level", "class_label")
"""Fields of which the registrar has the last word, beside the graduation."""

REACHED = frozenset(
    (
        *("email", "phone", "wechat", "postal"),
        *("employer", "department", "title"),
        *("city", "province", "country"),
    )
)
"""What changes in a life: a newer list knows it better."""

OWN_NAMES = ("name_latin", "name_en")
OF_A_JOB = ("department", "title")
"""What belongs to an employer, by the names of the columns."""
OF_A_TRAINING = ("training_department", "training_from", "training_to")
"""What belongs to a training, which its hospital and its kind tell from others."""
_PARTS = {"employer": OF_A_JOB, "hospital": ("training_kind", *OF_A_TRAINING)}
"""What is not taken where that to which it belongs is not."""
POINTS = ("email", "phone", "wechat", "postal")
ONCE = ("birth_year", "certificate_number", "degree")


def default_policy(kind: BatchKind, key: str) -> Policy:
    """What a value does unless the office says otherwise: see ``Policy``.

    The registrar has the last word about studies. What others say of them only fills what we did
    not know, but where somebody lives, works and is reached they know better than an old roster.
    """
    if kind is BatchKind.REGISTRAR or key in REACHED:
        return Policy.OVERWRITE
    return Policy.FILL


@dataclass(frozen=True, kw_only=True)
class Rules:
    """By which rules a file is brought in."""

    kind: BatchKind
    said: Mapping[str, Policy]
    """What the office said of single fields."""

    @property
    def is_registrars(self) -> bool:
        return self.kind is BatchKind.REGISTRAR

    def policy(self, key: str) -> Policy:
        """What a value of the file does where we hold another one."""
        return self.said.get(key) or default_policy(self.kind, key)

    def kept(self, values: Values) -> dict[str, Any]:
        """What is written of the values: all but what the office said to skip."""
        if not self.said:
            return dict(values)
        always = ("name", "student_number") if self.is_registrars else ("name",)
        return {
            key: value
            for key, value in values.items()
            if key in always or self.policy(key) is not Policy.SKIP
        }


def rules_of(batch: ImportBatch) -> Rules:
    said = {key: Policy(policy) for key, policy in batch.policies.items()}
    return Rules(kind=batch.kind, said=said)


def changes(values: Values, known: Any, place_of: PlaceOf, rules: Rules) -> Changes:
    """What the values of a row say otherwise than what is ``known``. A blank says nothing.

    Where people keep their own record, work, city and ways to reach them are theirs: a file
    only fills what they left blank. A registrar's number without an entry in the roster is news
    even where the person told it.
    """
    told: Changes = {}
    number = values.get("student_number")
    if known.entry_id is None and number is not None:
        old = known.number if known.number != number else None
        if rules.is_registrars or known.number != number:
            told["student_number"] = [old, number]
    told |= {key: [old, new] for key, old, new in _differences(values, known)}
    theirs = {key: [old, new] for key, old, new in _their_own(values, known, place_of)}
    is_kept_up = known.status is not PersonStatus.KNOWN
    mine = {key: pair for key, pair in theirs.items() if not is_kept_up or pair[0] is None}
    taken = {key for key, pair in (told | mine).items() if _is_taken(key, pair, values, rules)}
    for key in theirs.keys() - taken:
        taken.difference_update(_PARTS.get(key, ()))
    return {key: pair for key, pair in (told | mine).items() if key in taken}


def graduation_text(year: int | None, month: int | None) -> str | None:
    """1998-07, or 1998 where only the year is known."""
    if year is None:
        return None
    return f"{year}" if month is None else f"{year}-{month:02}"


def normal_words(value: str) -> str:
    """What a WeChat name or a postal address is compared by."""
    return " ".join(normalize("NFKC", value).lower().split())


def city_of(values: Values) -> str | None:
    """Where the row says that somebody lives: the city, or at least the province or the country."""
    return values.get("city") or values.get("province") or values.get("country")


def located(values: Values, place_of: PlaceOf) -> Located:
    return place_of(
        city_of(values) or "", values.get("province") or "", values.get("country") or ""
    )


def _is_taken(key: str, pair: list[Any], values: Values, rules: Rules) -> bool:
    """Whether the office lets the value do what it would."""
    if key == "city":
        key = next(one for one in ("city", "province", "country") if values.get(one))
    if key == "student_number" and rules.is_registrars:
        return True
    policy = rules.policy(key)
    return policy is Policy.OVERWRITE or (policy is Policy.FILL and pair[0] is None)


def _differences(values: Values, known: Any) -> Iterator[tuple[str, Any, Any]]:
    for key in (*REGISTRARS, *ONCE):
        old, new = getattr(known, key), values.get(key)
        if new is not None and new != old and not _is_one_certificate(key, old, new):
            yield key, old, new
    if "graduation" in values:
        year, month = year_month(values["graduation"])
        is_the_same = year == known.graduation_year and month in (None, known.graduation_month)
        if not is_the_same:
            old = graduation_text(known.graduation_year, known.graduation_month)
            yield "graduation", old, values["graduation"]


def _is_one_certificate(key: str, old: Any, new: Any) -> bool:
    """Whether it is the number that we hold, written in another way."""
    is_told = key == "certificate_number" and old is not None
    return is_told and certificate_key(old) == certificate_key(new)


def _their_own(values: Values, known: Any, place_of: PlaceOf) -> Iterator[tuple[str, Any, Any]]:
    for key in (*OWN_NAMES, "email"):
        if values.get(key) not in (None, getattr(known, key)):
            yield key, getattr(known, key), values[key]
    for way, normal in (
        ("phone", normal_phone),
        ("wechat", normal_words),
        ("postal", normal_words),
    ):
        if way in values and normal(values[way]) != getattr(known, f"{way}_normal"):
            yield way, getattr(known, way), values[way]
    yield from _work(values, known)
    yield from _training(values, known)
    if city_of(values) is not None and _is_elsewhere(values, known, place_of):
        yield "city", known.city, city_of(values)


def _work(values: Values, known: Any) -> Iterator[tuple[str, Any, Any]]:
    """A title belongs to its employer: with a new one the old is gone, without one is none."""
    employer = values.get("employer")
    is_new = employer is not None and employer != known.employer
    if is_new:
        yield "employer", known.employer, employer
    if is_new or known.employer is not None:
        for key in OF_A_JOB:
            old, new = getattr(known, key), values.get(key)
            if new != old and (is_new or new is not None):
                yield key, old, new


def trained(values: Values, known: Any) -> Trained | None:
    """The training that the row means, if we know it: of this kind, at this hospital."""
    wanted = normal_words(values["hospital"])
    for one in _trainings(known):
        names = filter(None, (one.written, one.name_zh, one.name_en))
        if one.kind == values["training_kind"] and wanted in map(normal_words, names):
            return one
    return None


def _trainings(known: Any) -> list[Trained]:
    """The latest last."""
    told = (Trained(*one) for one in known.trainings or ())
    return sorted(told, key=lambda one: (one.from_year or 0, one.id))


def _training(values: Values, known: Any) -> Iterator[tuple[str, Any, Any]]:
    """A training that we do not know follows those that we know."""
    if not {"hospital", "training_kind"} <= values.keys():
        return
    meant = trained(values, known)
    if meant is None:
        former = next((one.name_zh or one.written for one in _trainings(known)[-1:]), None)
        yield "hospital", former, values["hospital"]
        yield "training_kind", None, values["training_kind"]
    before = meant.facts if meant else {}
    for key in OF_A_TRAINING:
        old, new = before.get(key), values.get(key)
        is_the_same_year = key != "training_department" and str(old).partition("-")[0] == new
        if new not in (None, old) and not is_the_same_year:
            yield key, old, new


def _is_elsewhere(values: Values, known: Any, place_of: PlaceOf) -> bool:
    place = located(values, place_of)
    if city_of(values) != known.city:
        return not (place.is_exact and place.place_id == known.place_id)
    return None not in (place.place_id, known.place_id) and place.place_id != known.place_id
