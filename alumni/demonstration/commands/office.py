"""What the office has made of its people: tags, audiences, a way of exporting, photographs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from alumni.audiences.commands.content import Format, Wish
from alumni.audiences.commands.profiles import keep_profile
from alumni.audiences.commands.saved import Naming, save
from alumni.audiences.criteria import Audience
from alumni.audiences.models import Sharing
from alumni.audiences.queries.exports import Rows
from alumni.authz import SYSTEM, Actor
from alumni.codes.models import CodeKind
from alumni.db import db
from alumni.demonstration import queries
from alumni.demonstration.cast import LEADERS_CHAPTER
from alumni.demonstration.commands.people import Population
from alumni.demonstration.lives import Fact
from alumni.demonstration.portraits import LOOKS, portrait
from alumni.people.commands.photos import set_photo
from alumni.people.commands.tags import add_tag, tag_named
from alumni.people.models import ConsentPurpose, Level, Person, PersonStatus, Tag, TrainingKind

VOLUNTEERS = "返校周志愿者"

TAGS = (
    (VOLUNTEERS, "Homecoming volunteer"),
    ("八十周年校庆嘉宾", "Guest of the 80th anniversary"),
    ("青年校友论坛讲者", "Speaker at the young graduates’ forum"),
)

TAGGED = 12
"""People with each tag."""

PROFILE = "每月通讯录"
COLUMNS = (
    "name",
    "graduation_year",
    "college",
    "class_label",
    "employer",
    "title",
    "phone",
    "email",
    "city",
    "chapters",
)


def photograph(population: Population) -> None:
    """Give those their photographs who have a look."""
    for name, look in LOOKS.items():
        for person_id, graduate in population.named(name):
            level = graduate.life.levels.get(Fact.PHOTO, Level.OFFICE)
            set_photo(SYSTEM, db.session.get_one(Person, person_id), portrait(look), level)


def gather(population: Population, office: Actor, graduate: Actor) -> None:
    """Tag some people, and keep the searches of the office and of the graduate."""
    tags = {name_zh: _tag(population, office, name_zh, name_en) for name_zh, name_en in TAGS}
    for naming, criteria in _audiences(tags[VOLUNTEERS]):
        save(office, Audience.from_json(office, criteria), naming)
    classmates = {"year_from": "2006", "year_to": "2006", "class": "2班"}
    naming = Naming(name_zh="2006届2班的同学", name_en="My class of 2006")
    save(graduate, Audience.from_json(graduate, classmates), naming)
    wish = Wish(columns=COLUMNS, format=Format.XLSX, purpose="", rows=Rows.MAIN)
    keep_profile(office, PROFILE, wish)


def _tag(population: Population, office: Actor, name_zh: str, name_en: str) -> Tag:
    tag = tag_named(office, name_zh, name_en)
    verified = sorted(population.verified())
    chosen = verified[tag.id :: max(len(verified) // TAGGED, 1)][:TAGGED]
    for person in db.session.scalars(select(Person).where(Person.id.in_(chosen))).all():
        add_tag(office, person, tag)
    return tag


def _audiences(volunteers: Tag) -> list[tuple[Naming, Mapping[str, Any]]]:
    """Target groups with their names, and who may use them."""
    first_hospital = queries.codes(CodeKind.HOSPITAL)["附属第一医院"]
    verified = {"status": PersonStatus.VERIFIED.value}
    at_home = {"any": [{"hospital": str(first_hospital.id)}, {"employer": first_hospital.name_zh}]}
    return [
        (
            Naming(
                name_zh="在附属第一医院规培过的校友",
                name_en="Residents of the First Affiliated Hospital",
                sharing=Sharing.OFFICE,
            ),
            {"hospital": str(first_hospital.id), "training": TrainingKind.RESIDENCY.value},
        ),
        (
            Naming(name_zh="海外校友", name_en="Graduates abroad", sharing=Sharing.OFFICE),
            {"all": [verified, {"any": [{"country": "US"}, {"country": "CA"}]}]},
        ),
        (
            Naming(
                name_zh="可以联系的返校周志愿者",
                name_en="Homecoming volunteers we may write to",
                sharing=Sharing.OFFICE,
            ),
            {
                "all": [
                    {"tag": volunteers.public_id},
                    {"email": "yes"},
                    {"consent": ConsentPurpose.MAILINGS.value},
                ]
            },
        ),
        (
            Naming(
                name_zh="附属第一医院的校友，1995届及以后",
                name_en="Of the First Affiliated Hospital, class of 1995 or later",
            ),
            {"all": [at_home, {"year_from": "1995"}]},
        ),
        (
            Naming(
                name_zh="鞍山分会1995届及以后的会员",
                name_en="Anshan, class of 1995 or later",
                sharing=Sharing.CHAPTER,
                chapter=LEADERS_CHAPTER,
            ),
            {"all": [{"chapter": LEADERS_CHAPTER}, {"year_from": "1995"}]},
        ),
    ]
