"""Cities that want a chapter: one gathers supporters, one waits for the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy import insert, select, update

from alumni.chapters.models.governance import Petition, Supporter
from alumni.codes.queries import find_place
from alumni.db import changed, db, now
from alumni.demonstration.commands.acting import acting_person, position_ids
from alumni.demonstration.commands.people import WITH_NULLS, Population
from alumni.demonstration.texts import Pair
from alumni.membership.commands.petitions import Wish, add_document, begin, submit
from alumni.people.models import Residence


@dataclass(frozen=True, kw_only=True)
class Plea:
    city: str
    name: Pair
    reason: str
    supporters: int
    """Who began it included."""
    days_ago: int
    paper: bytes | None = None
    """With it, it is handed in."""


def _paper(*lines: str) -> bytes:
    """A page with these lines, in Latin letters, as a PDF."""
    words = "T* ".join(f"({line}) Tj " for line in lines)
    text = f"BT /F1 14 Tf 20 TL 72 740 Td {words}ET".encode()
    things = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 6 0 R>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Font<</F1 5 0 R>>>>",
    )
    paper, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(things, 1):
        places.append(len(paper))
        paper += b"%d 0 obj%b endobj\n" % (number, thing)
    listed = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(things) + 1
    return (
        paper
        + b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, listed)
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(paper))
    )


PLEAS = (
    Plea(
        city="成都",
        name=Pair("成都分会", "Chengdu Chapter"),
        reason="在川工作的校友已有数十人，多在成都各大医院和高校。我们自发聚会已有三年，希望成立分会："
        "为来川进修、考研的师弟师妹提供帮助，每季度办一次学术沙龙，并与附近城市的校友互通信息。",
        supporters=27,
        days_ago=41,
    ),
    Plea(
        city="深圳",
        name=Pair("深圳分会", "Shenzhen Chapter"),
        reason="深圳校友以临床和医药产业为主，目前参加广州分会活动路途较远。三十余位校友联名申请在深圳设立分会，"
        "第一年计划：建立通讯名册、举办两次职业发展座谈、组织一次社区义诊。",
        supporters=34,
        days_ago=66,
        paper=_paper(
            "Shenzhen Chapter: plan for the first year",
            "",
            "1. A register of graduates in Shenzhen",
            "2. Two conversations about careers, in spring and autumn",
            "3. A free clinic in the neighbourhood",
        ),
    ),
)


def plead(population: Population, random: Random) -> None:
    """Let those who are in no chapter ask for one where there is none."""
    for plea in PLEAS:
        _enter(plea, _standing(plea, population, random))


def _standing(plea: Plea, population: Population, random: Random) -> Sequence[int]:
    """Those who live there first, then others who are in no chapter."""
    place = find_place(plea.city)
    there = set(
        db.session.scalars(
            select(Residence.person_id).where(
                Residence.place_id == (place.id if place else None), Residence.is_current
            )
        )
    )
    near = [one for one in population.others if one in there][: plea.supporters]
    far = [one for one in population.others if one not in there]
    return near + random.sample(far, min(plea.supporters - len(near), len(far)))


def _enter(plea: Plea, people: Sequence[int]) -> None:
    positions, place = position_ids(), find_place(plea.city)
    first, *others = people
    actor = acting_person(first)
    wish = Wish(
        place_id=place.id if place else 0,
        name_zh=plea.name.zh,
        name_en=plea.name.en,
        reason=plea.reason,
        position_id=positions["president"],
    )
    petition = begin(actor, wish)
    begun_at = now() - timedelta(days=plea.days_ago)
    rows = [
        {
            "petition_id": petition.id,
            "person_id": person_id,
            "position_id": positions["secretary"] if number == 0 else None,
            "supported_at": begun_at + timedelta(days=number, minutes=37 * number % 600),
        }
        for number, person_id in enumerate(others)
    ]
    db.session.execute(insert(Supporter), rows, execution_options=WITH_NULLS)
    changed(
        update(Supporter)
        .where(Supporter.petition_id == petition.id, Supporter.person_id == first)
        .values(supported_at=begun_at)
    )
    if plea.paper:
        add_document(actor, petition, "plan-2027.pdf", plea.paper)
    if plea.paper and len(people) == plea.supporters:
        submit(actor, petition)
        submitted_at = now() - timedelta(days=3)
        changed(
            update(Petition).where(Petition.id == petition.id).values(submitted_at=submitted_at)
        )
    changed(update(Petition).where(Petition.id == petition.id).values(begun_at=begun_at))
