"""People whom the office knows, their classes, and the lists that they are described with."""

from sqlalchemy import select

from alumni.codes.models import Code, CodeAlias, CodeKind, Logo, PlaceName
from alumni.codes.queries import find_place
from alumni.db import db, today
from alumni.people.models import Level, PersonStatus, PersonTag, Photo, Tag
from alumni.people.models.classes import ClassLiaison
from tests.factories import make_member, make_person, make_verified, saved
from tests.matrix.objects.members import employed
from tests.matrix.objects.naming import called, fixed, pair, png
from tests.matrix.world import Things, World


def of_people(world: World) -> dict[str, Things]:
    """People whom the office knows, and the parts of their pages."""
    known, other = make_person("施某", lost_since=today()), make_person("张某")
    gone = make_person("孔某", status=PersonStatus.MERGED, merged_into_id=known.id)
    photo = make_member(world.home, make_verified("曹会员"))
    saved(Photo(person_id=photo.id, content=png(), visibility=Level.ALUMNI))
    tags = [saved(Tag(name_zh=f"标签{n}")) for n in range(2)]
    saved(
        PersonTag(person_id=known.id, tag_id=tags[0].id),
        PersonTag(person_id=other.id, tag_id=tags[1].id),
    )
    named = {"public_id": known.public_id}
    return {
        "known": Things(named, {"united": {"public_id": gone.public_id}}),
        "known_two": pair(
            {**named, "other_id": other.public_id}, gone={**named, "other_id": gone.public_id}
        ),
        "known_row": pair({**named, **employed(known)}, foreign={**named, **employed(other)}),
        "known_section": fixed({**named, "section": "jobs"}),
        "lost": pair({**named, "mark": "lost"}, hidden={**named, "mark": "deceased"}),
        "tagged": pair(
            {**named, "tag_id": tags[0].public_id}, foreign={**named, "tag_id": tags[1].public_id}
        ),
        "photo": called(photo),
        "token": fixed({"token": "nothing-that-there-is-xxxx"}),
    }


def of_lists(world: World) -> dict[str, Things]:
    codes = [
        db.session.scalars(select(Code).where(Code.kind == kind).order_by(Code.id)).first()
        for kind in (CodeKind.COLLEGE, CodeKind.MAJOR)
    ]
    ids = [one.id for one in codes if one is not None]
    names = [
        saved(CodeAlias(code_id=code, kind=kind, name=f"alias {n}"))
        for n, (code, kind) in enumerate(zip(ids, (CodeKind.COLLEGE, CodeKind.MAJOR), strict=True))
    ]
    places = [find_place(city) for city in ("鞍山", "大连")]
    kept = [one.id for one in places if one is not None]
    place_names = [saved(PlaceName(place_id=one, name=f"place {n}")) for n, one in enumerate(kept)]
    college = {"kind": "college"}
    return {
        "kind": fixed(college),
        "logo": called(saved(Logo(content=png()))),
        "code": pair({**college, "code_id": ids[0]}, foreign={**college, "code_id": ids[1]}),
        "other_code": pair({**college, "code_id": _another(ids[0])}),
        "code_name": pair(
            {**college, "code_id": ids[0], "name_id": names[0].id},
            foreign={**college, "code_id": ids[0], "name_id": names[1].id},
        ),
        "place": pair({"place_id": kept[0]}),
        "other_place": pair({"place_id": kept[1]}),
        "place_name": pair(
            {"place_id": kept[0], "name_id": place_names[0].id},
            foreign={"place_id": kept[0], "name_id": place_names[1].id},
        ),
        **_classes(world),
    }


def _another(code_id: int) -> int:
    """Another word of the same list."""
    kind = select(Code.kind).where(Code.id == code_id).scalar_subquery()
    return db.session.scalars(
        select(Code.id).where(Code.kind == kind, Code.id != code_id).order_by(Code.id).limit(1)
    ).one()


def _classes(world: World) -> dict[str, Things]:
    """The liaison's class, with somebody whom it misses."""
    liaison = world.people["liaison"].id
    term = db.session.scalars(select(ClassLiaison).where(ClassLiaison.person_id == liaison)).one()
    college = db.session.get_one(Code, term.college_id)
    own = {"year": 1998, "college": college.id, "class": "3班"}
    missing = make_person("严失联", year=1998, college=college.name_zh, class_label="3班")
    elsewhere = make_person("金失联", year=1999, college=college.name_zh, class_label="3班")
    return {
        "class": Things(own, {"foreign": {**own, "year": 1999}}, is_fixed=True),
        "missing_mate": pair(
            {**own, "public_id": missing.public_id},
            foreign={**own, "public_id": elsewhere.public_id},
        ),
        "liaison_term": pair({"liaison_id": term.id}),
    }
