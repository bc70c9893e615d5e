"""The policy as it is written down: who is let in where, and what the others are told."""

from dataclasses import dataclass
from pathlib import Path

from alumni.authz import Capability, Right

FILE = Path(__file__).parent / "policy.tsv"
HEADS = ["methods", "rule", "object", "who", "others", "answers", "elsewhere"]

RIGHTS = frozenset(right.value for right in Right)
CAPABILITIES = frozenset(capability.value for capability in Capability)

SIGNED_IN = frozenset({"everyone", "signed-in"})
PERSON = SIGNED_IN | {"person"}
VERIFIED = PERSON | {"verified"}
LEADING = frozenset({"view", "edit", "approve", "events", "letters", "report"})
"""What a president may do in the own chapter; to publish and to export is granted by the office."""

OFFICE = CAPABILITIES - {"accounts.manage"}

_HOLDS: dict[str, frozenset[str]] = {
    "anonymous": frozenset({"everyone", "anonymous"}),
    "suspended": frozenset({"everyone", "anonymous"}),
    "applicant": PERSON | {"applied", "idle"},
    "graduate": VERIFIED | {"outsider", "idle"},
    "member": VERIFIED | {"member", "idle"},
    "owner": VERIFIED | {"member", "own", "mate", "idle"},
    "before": VERIFIED | {"member", "term", "officer", "idle"},
    "after": VERIFIED | {"member", "term", "idle"},
    "liaison": VERIFIED | {"outsider", "liaison", "mate", "idle"},
    "liaison before": VERIFIED | {"outsider", "mate", "idle"},
    "liaison after": VERIFIED | {"outsider", "mate", "idle"},
    "leader": VERIFIED | LEADING | {"member", "term", "leads", "officer"},
    "elsewhere": VERIFIED | {"outsider", "officer"},
    "two": VERIFIED | LEADING | {"member", "term", "leads", "officer"},
    "parent": VERIFIED | LEADING | {"outsider", "term", "leads", "officer"},
    "owing": VERIFIED | {"member", "term", "officer", "owes-agreement"},
    "office": SIGNED_IN | OFFICE | {"impersonal", "staff", "keeps"},
    "administrator": SIGNED_IN
    | {"accounts.manage", "settings.manage", "audit.view", "impersonal", "staff"},
    "auditor": SIGNED_IN | {"audit.view", "impersonal", "staff"},
    "unproved": SIGNED_IN | {"impersonal", "owes-factor"},
    "stale": SIGNED_IN | CAPABILITIES | {"impersonal", "staff", "unasked"},
    "coming": SIGNED_IN | {"impersonal", "idle"},
    "ended": SIGNED_IN | {"impersonal", "idle"},
    "clerk": VERIFIED
    | CAPABILITIES
    | LEADING
    | {"member", "term", "leads", "officer", "staff", "applied"},
}
HOLDS = {name: held | {f"@{name.replace(' ', '-')}"} for name, held in _HOLDS.items()}
"""What each kind of principal is, and may do in the chapter of the own objects, in the words of

the policy. "owner" is the member whose things the objects of members are; "suspended" was of the
office until yesterday and has a session open; "unproved" is of the office without a second factor;
"owing" leads the chapter and has not accepted the agreement. "stale" holds all that staff can and
gave no password for a while; for "coming" that begins tomorrow, for "ended" it was over yesterday.
"clerk" holds it and is a graduate, too: what is their own is for somebody else to decide. Each is
also called by name, such as "@clerk".
"""

OWED = {"owes-factor": "/me/second-factor", "owes-agreement": "/agreement"}
"""Where a page that is refused for that alone leads."""

TOLD = {
    "desk": "404 term=403 chapters.manage=403",
    "own desk": "404 term=403",
    "class": "404 mate=403",
    "event": "404 leads=403",
    "verified": "403 verified=404",
}
"""Names for what others are told, in the words below."""


@dataclass(frozen=True)
class Line:
    """What holds at one address."""

    methods: tuple[str, ...]
    rule: str
    thing: str
    """The kind of object that the address names; "-" for none."""
    ways: tuple[frozenset[str], ...]
    """Each is what somebody has to hold together to be let in; with "!" before it: must not hold.
    """
    others: str
    """What others are told: 403 or 404, and then what those are told who hold something, such as

    "404 term=403"; the last that fits counts. Or a name for that from ``TOLD``. Before it "public",
    if who is not signed in is told the same, and is not asked to sign in.
    """
    answers: dict[str, str]
    """By method, what those get who are let in. With "!" at its end those are asked again before

    who they are, of whom it was not asked lately.
    """
    elsewhere: dict[str, str]
    """By the kind of another object than the own one, what those get who are let in, if not 404:

    an answer, or one for each method with ";" between them; or "office": those who are let in by
    capabilities are let in there too.
    """
    is_another: bool
    """Whether it says of a special object at an address that another line is about."""

    def lets_in(self, held: frozenset[str]) -> bool:
        return any(_holds(way, held) for way in self.ways)

    def expected(self, method: str, held: frozenset[str]) -> str:
        """The answer for who holds this, about the own object."""
        if not self.lets_in(held):
            return self._refusal(method, held)
        answer = self.answers[method]
        if answer.endswith("!") and "unasked" in held:
            return {"GET": "303 /me/prove", "POST": "403"}[method]
        return _owing(method, held, answer.rstrip("!"))

    def _refusal(self, method: str, held: frozenset[str]) -> str:
        if "signed-in" not in held and not self.others.startswith("public"):
            return "303 /sign-in" if method == "GET" else "401"
        written = self.others.removeprefix("public ")
        told, *clauses = TOLD.get(written, written).split()
        for clause in clauses:
            token, _, answer = clause.partition("=")
            if token in held:
                told = answer
            if token in held and token in OWED:
                return told  # said of itself
        return _owing(method, held, told.replace(">", " "))

    @property
    def tells_of_missing(self) -> bool:
        """Whether those who are not let in, too, are told that there is no such thing."""
        return self.elsewhere.get("missing") in ("404", "410")

    def elsewhere_told(self, method: str, kind: str, held: frozenset[str], own_url: str) -> str:
        """What somebody who is let in is told of another object. What became part of the own one

        leads there.
        """
        by_method = self.elsewhere.get(kind, "404").split(";")
        told = by_method[self.methods.index(method) if len(by_method) > 1 else 0]
        if told == "office":
            by_capability = any(way <= held & CAPABILITIES for way in self.ways)
            told = self.answers[method].rstrip("!") if by_capability else "404"
        if told.startswith("moved"):
            told = f"{told[5:]} {own_url}" if method == "GET" else "404"
        return told

    def probes(self) -> dict[str, frozenset[str]]:
        """For each way in by capabilities or rights alone: who holds that and nothing else, and who

        holds all but one of it; where there are several ways, all but what any of them takes.
        """
        found: dict[str, frozenset[str]] = {}
        if self.is_another:
            return found
        for kind, probe in ((CAPABILITIES, _staff), (RIGHTS, _officer)):
            ways = [way for way in self.ways if way <= kind]
            for way in ways:
                found[f"only {' '.join(sorted(way))}"] = probe(way)
            apart = ways[0] if len(ways) == 1 else frozenset()
            for lack in [frozenset({one}) for one in sorted(apart)] or [frozenset().union(*ways)]:
                if lack:
                    found[f"all but {' '.join(sorted(lack))}"] = probe(kind - lack)
        return found


def _holds(way: frozenset[str], held: frozenset[str]) -> bool:
    return all((token[1:] not in held) if token[0] == "!" else (token in held) for token in way)


def _owing(method: str, held: frozenset[str], told: str) -> str:
    """A page that is refused leads who owes something to where they do it: perhaps that is why."""
    for owed, way in OWED.items():
        if method == "GET" and owed in held and told in ("403", "404"):
            return f"303 {way}"
    return told


def _staff(capabilities: frozenset[str]) -> frozenset[str]:
    return SIGNED_IN | capabilities | {"impersonal", "staff"}


def _officer(rights: frozenset[str]) -> frozenset[str]:
    return VERIFIED | rights | {"member", "term", "leads", "officer"}


def lines() -> list[Line]:
    """Those of the file, in its order."""
    rows = [
        row.split("\t")
        for row in FILE.read_text(encoding="utf-8").splitlines()
        if row and not row.startswith("#")
    ]
    if rows[0] != HEADS:
        raise ValueError(rows[0])
    return [_line(row) for row in rows[1:]]


def _line(row: list[str]) -> Line:
    methods, rule, thing, who, others, answers, elsewhere = row
    by = methods.removeprefix("+").split(",")
    return Line(
        is_another=methods.startswith("+"),
        methods=tuple(by),
        rule=rule,
        thing=thing,
        ways=tuple(frozenset(way.split("+")) for way in who.split()),
        others=others,
        answers=dict(zip(by, answers.replace(">", " ").split(", "), strict=True)),
        elsewhere=dict(part.split() for part in elsewhere.split(", ")) if elsewhere != "-" else {},
    )
