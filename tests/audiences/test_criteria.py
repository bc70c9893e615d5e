"""The audience language: addresses in and out, in words, and in SQL."""

from typing import Any

import pytest
from sqlalchemy import select

from alumni.audiences.criteria import Audience, HasEmail, Kind, parameters, register
from alumni.authz import SYSTEM
from alumni.chapters.models import MembershipState
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import colleges
from alumni.db import db
from alumni.errors import BadRequest
from alumni.i18n import speaking
from alumni.people.models import Person, PersonStatus, Study
from alumni.people.policy import visible
from tests.factories import make_member, make_person, saved, the_chapter


def whom(query: str) -> set[str | None]:
    """The names of whom the audience means."""
    audience = Audience.from_text(SYSTEM, query)
    meant = select(Person.name_zh).where(visible(SYSTEM), audience.condition(SYSTEM))
    return set(db.session.scalars(meant))


def college(index: int = 0) -> Code:
    return colleges()[index]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=曾国强",
        "chapter=anshan",
        "year_from=1995&year_to=2005",
        "year_to=1960",
        "city=鞍山",
        "city=210300",
        "city=Springfield",
        "status=verified",
        "email=no",
        "q=zeng&chapter=anshan&year_from=1995&city=US-MA-boston&status=known&email=yes",
    ],
)
def test_an_audience_comes_back_from_its_own_address(query: str) -> None:
    audience = Audience.from_text(SYSTEM, query)

    assert Audience.from_text(SYSTEM, audience.to_text()) == audience
    assert audience.to_query() == dict(part.split("=") for part in filter(None, query.split("&")))


def test_values_are_read_as_people_type_them() -> None:
    audience = Audience.from_text(SYSTEM, "?year_from=05&year_to=９８&q=++曾　国强+&chapter=&city=")

    assert audience.to_query() == {"q": "曾 国强", "year_from": "1998", "year_to": "2005"}


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("unknown=1", "unknown"),
        ("chapter=atlantis", "chapter"),
        ("chapter=" + "x" * 5000, "chapter"),
        ("year_from=nineteen", "year_from"),
        ("year_to=19998", "year_to"),
        ("year_to=1776", "year_to"),
        ("year_from=²", "year_from"),
        ("college=medicine", "college"),
        ("college=99999999999999999999", "college"),
        ("college=0", "college"),
        ("city=" + "沈" * 81, "city"),
        ("status=erased", "status"),
        ("status=merged", "status"),
        ("status=Verified", "status"),
        ("email=maybe", "email"),
        ("chapter=anshan&chapter=beijing", "chapter"),
    ],
)
def test_what_cannot_be_meant_names_its_place(query: str, named: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Audience.from_text(SYSTEM, query)

    assert refused.value.field == named
    assert f"“{named}”" in str(refused.value)


def test_a_major_is_no_college() -> None:
    major = saved(Code(kind=CodeKind.MAJOR, name_zh="试验专业"))

    with pytest.raises(BadRequest):
        Audience.from_text(SYSTEM, f"college={major.id}")


def test_an_audience_says_itself_in_both_languages() -> None:
    audience = Audience.from_text(
        SYSTEM, "q=zeng&chapter=anshan&year_from=1995&year_to=2005&city=210300"
    )

    assert audience.sentence() == "“zeng”，鞍山分会，1995–2005届，现居鞍山"
    with speaking("en"):
        assert audience.sentence() == (
            "“zeng”, Anshan Chapter, Classes of 1995–2005, Lives in Anshan"
        )
        assert Audience().sentence() == "All people"


def test_a_chip_leads_to_the_list_without_it() -> None:
    audience = Audience.from_text(SYSTEM, "chapter=anshan&year_from=1995&year_to=1995&email=no")

    with speaking("en"):
        assert audience.chips("/office/people") == [
            ("Anshan Chapter", "/office/people?year_from=1995&year_to=1995&email=no"),
            ("Class of 1995", "/office/people?chapter=anshan&email=no"),
            (
                "Without an e-mail address",
                "/office/people?chapter=anshan&year_from=1995&year_to=1995",
            ),
        ]


def test_whom_each_criterion_means() -> None:
    anshan = the_chapter("anshan")
    make_member(anshan, make_person("赵一", year=1995, city="鞍山", email="one@example.org"))
    make_member(anshan, make_person("钱二", year=2005), state=MembershipState.LEFT, ends_on=None)
    make_person("孙三", year=2010, college=college().name_zh, city="沈阳")
    make_person("李四", status=PersonStatus.VERIFIED, city="波士顿新城")
    make_person("周五", status=PersonStatus.ERASED, year=1995)

    found = {
        query: whom(query)
        for query in (
            "",
            "chapter=anshan",
            "chapter=beijing",
            "year_from=1995&year_to=2005",
            "year_from=2006",
            "year_to=1995",
            f"college={college().id}",
            "city=鞍山市",
            "city=辽宁",
            "city=CN",
            "city=波士顿新城",
            "status=verified",
            "email=yes",
            "email=no&year_to=2005",
        )
    }

    assert found == {
        "": {"赵一", "钱二", "孙三", "李四"},
        "chapter=anshan": {"赵一"},
        "chapter=beijing": set(),
        "year_from=1995&year_to=2005": {"赵一", "钱二"},
        "year_from=2006": {"孙三"},
        "year_to=1995": {"赵一"},
        f"college={college().id}": {"孙三"},
        "city=鞍山市": {"赵一"},
        "city=辽宁": {"赵一", "孙三"},
        "city=CN": {"赵一", "孙三"},
        "city=波士顿新城": {"李四"},
        "status=verified": {"李四"},
        "email=yes": {"赵一"},
        "email=no&year_to=2005": {"钱二"},
    }


def test_year_and_college_are_asked_of_one_course_of_study() -> None:
    person = make_person("吴六", year=1995, college=college(0).name_zh)
    saved(Study(person_id=person.id, graduation_year=1998, college_id=college(1).id))

    assert whom(f"year_from=1998&year_to=1998&college={college(1).id}") == {"吴六"}
    assert whom(f"year_from=1998&year_to=1998&college={college(0).id}") == set()


@pytest.mark.parametrize(
    "typed", ["zeng", "zgq", "zengguoqiang", "国强", "曾国强", "ZENG Guo Qiang"]
)
def test_a_name_is_found_by_what_people_type(typed: str) -> None:
    make_person("曾国强")
    make_person("王伟")

    assert whom(f"q={typed}") == {"曾国强"}


@pytest.mark.parametrize("typed", ["!!!", "' OR 1=1 --", '"', "*", "(", "NEAR(", "\\"])
def test_what_is_no_word_finds_nobody_and_breaks_nothing(typed: str) -> None:
    make_person("曾国强")

    assert Audience.from_query(SYSTEM, {"q": [typed]}).to_query() == {"q": typed}
    assert whom(f"q={typed.replace('+', ' ')}") == set()


def test_a_criterion_looked_up_person_by_person_means_the_same() -> None:
    make_member(the_chapter("anshan"), make_person("赵一", year=1995, city="鞍山"))
    make_person("钱二", year=2005)

    for query in ("chapter=anshan", "year_from=1990&year_to=1999", "city=鞍山"):
        (criterion,) = Audience.from_text(SYSTEM, query).criteria
        probed: Any = criterion
        assert set(db.session.scalars(select(Person.name_zh).where(probed.probed(SYSTEM)))) == {
            "赵一"
        }


def test_a_parameter_belongs_to_one_kind() -> None:
    before = parameters()

    with pytest.raises(ValueError, match="taken"):
        register(Kind(("email",), lambda _actor, given: HasEmail(wanted=True)))

    assert parameters() == before
