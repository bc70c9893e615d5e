"""The audience language: addresses in and out, in words, and in SQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alumni.audiences import criteria
from alumni.audiences.criteria import Audience, Kind, parameters, register
from alumni.authz import SYSTEM, Actor, Capability, Right
from alumni.chapters.models import MembershipState
from alumni.codes.models import Code, CodeKind, Place, PlaceKind
from alumni.codes.queries import colleges, home_institution
from alumni.db import db, today
from alumni.errors import BadRequest
from alumni.events.criteria import register_criteria as register_events
from alumni.events.models import Registration, RegistrationState
from alumni.i18n import speaking
from alumni.mailings.criteria import register_criteria as register_lists
from alumni.mailings.models import Choice, MailList, Subscription
from alumni.people.models import (
    Employment,
    Level,
    Person,
    PersonStatus,
    PersonTag,
    Residence,
    Study,
    StudyInstitution,
    Tag,
    Training,
    TrainingKind,
)
from alumni.people.policy import visible
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
    the_chapter,
)


def whom(query: str, actor: Actor = SYSTEM) -> set[str | None]:
    """The names of whom the audience means."""
    audience = Audience.from_text(actor, query)
    meant = select(Person.name_zh).where(visible(actor), audience.condition(actor))
    return set(db.session.scalars(meant))


def code(kind: CodeKind, name: str, **values: Any) -> Code:
    return saved(Code(kind=kind, name_zh=name, **values))


def train(
    name: str, hospital: Code | None, first: int | None, last: int | None, **values: Any
) -> Person:
    person = make_person(name)
    invented: dict[str, Any] = {"kind": TrainingKind.RESIDENCY, "written": "医院"}
    saved(
        Training(
            person_id=person.id,
            hospital_id=hospital.id if hospital else None,
            from_year=first,
            to_year=last,
            **invented | values,
        )
    )
    return person


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
        ("phone=1", "phone"),
        ("language=fr", "language"),
        ("listed=all", "listed"),
        ("level=postdoc", "level"),
        ("class=" + "x" * 41, "class"),
        ("entry_from=1776", "entry_from"),
        ("major=1", "major"),
        ("hospital=x", "hospital"),
        ("training=sport", "training"),
        ("trained_to=20155", "trained_to"),
        ("employer=" + "x" * 81, "employer"),
        ("industry=-1", "industry"),
        ("province=鞍山", "province"),
        ("country=辽宁", "country"),
        ("country=亚特兰蒂斯", "country"),
        ("confirmed_before=2026-02-30", "confirmed_before"),
        ("confirmed_before=20260131", "confirmed_before"),
        ("confirmed_before=0001-01-01", "confirmed_before"),
        ("consent=everything", "consent"),
        ("tag=nothing", "tag"),
        ("saved=nothing", "saved"),
        ("saved=" + "x" * 500, "saved"),
        ("chapter=anshan&chapter_state=rejected", "chapter_state"),
        ("chapter=anshan&chapter_sub=1", "chapter_sub"),
        ("chapter=anshan&chapter_since=yesterday", "chapter_since"),
        ("chapter_sub=yes", "chapter_sub"),
        ("chapter_since=2026-01-01", "chapter_since"),
        ("chapter=anshan&chapter=beijing", "chapter"),
    ],
)
def test_what_cannot_be_meant_names_its_place(query: str, named: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Audience.from_text(SYSTEM, query)

    assert refused.value.field == named
    assert f"“{criteria.base.named(named)}”" in str(refused.value)


def test_a_refusal_says_what_was_asked_in_words() -> None:
    with pytest.raises(BadRequest) as refused, speaking("en"):
        Audience.from_text(SYSTEM, "year_from=二零零零")

    said = "The condition “Year of graduation · From the year” cannot be “二零零零”."
    assert str(refused.value) == said


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
        register(Kind(("email",), criteria.KINDS[0].read))
    with pytest.raises(ValueError, match="taken"):
        register(Kind(("where",), criteria.KINDS[0].read))
    register(criteria.KINDS[0])

    assert parameters() == before


def test_a_hidden_character_in_an_address_is_refused() -> None:
    for query in ("q=%00", "q=a%1Fb", "city=%00"):
        with pytest.raises(BadRequest):
            Audience.from_text(SYSTEM, query)


def test_of_a_study_all_is_asked_of_one_row() -> None:
    one = make_person("赵一", year=1995, college=college(0).name_zh, class_label="3班")
    other = home_institution()
    partner = code(CodeKind.INSTITUTION, "试验大学", position=99)
    major, programme = code(CodeKind.MAJOR, "试验专业"), code(CodeKind.PROGRAMME, "试验联合培养")
    second = saved(
        Study(
            person_id=one.id,
            graduation_year=2001,
            entry_year=1998,
            level="master",
            major_id=major.id,
            programme_id=programme.id,
        )
    )
    saved(StudyInstitution(person_id=one.id, study_id=second.id, institution_id=partner.id))
    make_person("钱二", year=2001, class_label="4班")

    for query, found in {
        "class=3": {"赵一"},
        "class=3班&year_to=1996": {"赵一"},
        "class=3班&year_from=2000": set(),
        "entry_from=1990&entry_to=1990": {"赵一"},
        "entry_from=1998&level=master": {"赵一"},
        "level=bachelor": set(),
        f"major={major.id}&year_from=2001&year_to=2001": {"赵一"},
        f"major={major.id}&class=3班": set(),
        f"programme={programme.id}": {"赵一"},
        f"institution={partner.id}": {"赵一"},
        f"institution={partner.id}&year_to=1995": set(),
        f"institution={other.id}&year_from=2000": {"钱二"},
        "year_from=2001": {"赵一", "钱二"},
    }.items():
        assert whom(query) == found, query


def test_who_was_at_a_hospital_in_these_years() -> None:
    first, second = code(CodeKind.HOSPITAL, "试验一院"), code(CodeKind.HOSPITAL, "试验二院")
    train("在内", first, 2015, 2018)
    train("接上", first, 2012, 2015)
    train("还在", first, 2014, None)
    train("之前", first, 2010, 2014)
    train("之后", first, 2019, 2020)
    train("只知尾", first, None, 2016)
    train("不知", first, None, None)
    train("别处", second, 2016, 2017, kind=TrainingKind.FELLOWSHIP)
    train("无名", None, 2016, 2017)

    here = f"hospital={first.id}"
    assert whom(f"{here}&trained_from=2015&trained_to=2018") == {"在内", "接上", "还在", "只知尾"}
    assert whom(f"{here}&trained_from=2019") == {"还在", "之后"}
    assert whom(f"{here}&trained_to=2013") == {"接上", "之前"}
    assert whom("training=fellowship") == {"别处"}
    assert whom(f"{here}&training=fellowship") == set()
    assert whom("trained_from=2016&trained_to=2016") == {
        "在内",
        "还在",
        "只知尾",
        "别处",
        "无名",
    }


def test_hospital_and_years_are_asked_of_one_training() -> None:
    first, second = code(CodeKind.HOSPITAL, "试验一院"), code(CodeKind.HOSPITAL, "试验二院")
    person = train("赵一", first, 2010, 2012)
    again = {"kind": TrainingKind.FURTHER, "written": "x", "from_year": 2020, "to_year": 2020}
    saved(Training(person_id=person.id, hospital_id=second.id, **again))

    assert whom(f"hospital={first.id}&trained_from=2020&trained_to=2020") == set()
    assert whom(f"hospital={second.id}&trained_from=2020&trained_to=2020") == {"赵一"}


def test_an_employer_is_found_by_how_it_begins() -> None:
    industry = code(CodeKind.INDUSTRY, "试验行业")
    for name, employer in {
        "赵一": "鞍山中心医院",
        "钱二": "鞍山中心医院眼科",
        "孙三": "海城中心医院",
        "李四": "Mayo Clinic",
        "周五": "mayo clinic Florida",
    }.items():
        make_person(name, employer=employer)
    past = make_person("吴六")
    saved(Employment(person_id=past.id, employer="鞍山中心医院", is_current=False))
    works = make_person("郑七")
    saved(Employment(person_id=works.id, employer="试验公司", industry_id=industry.id))

    for query, found in {
        "employer=鞍山中心医院": {"赵一", "钱二"},
        "employer=鞍山": {"赵一", "钱二"},
        "employer=中心医院": set(),
        "employer=MAYO": {"李四", "周五"},
        "employer=Mayo Clinic F": {"周五"},
        "employer=%25": set(),
        "employer=_": set(),
        f"industry={industry.id}": {"郑七"},
        f"industry={industry.id}&employer=试验": {"郑七"},
        f"industry={industry.id}&employer=鞍山": set(),
    }.items():
        assert whom(query) == found, query


def test_where_people_live_by_kind_of_place() -> None:
    make_person("赵一", city="鞍山")
    make_person("钱二", city="波士顿")

    assert whom("province=辽宁") == whom("province=辽宁省") == whom("province=210000") == {"赵一"}
    assert whom("country=CN") == whom("country=中国") == {"赵一"}
    assert whom("country=US") == {"钱二"}


def test_a_merged_word_or_place_means_what_it_turned_out_to_be() -> None:
    kept = code(CodeKind.MAJOR, "试验留下")
    middle = code(CodeKind.MAJOR, "试验中间", is_obsolete=True, merged_into_id=kept.id)
    lost = code(CodeKind.MAJOR, "试验并入", is_obsolete=True, merged_into_id=middle.id)
    person = make_person("赵一")
    saved(Study(person_id=person.id, major_id=kept.id))
    town = {"kind": PlaceKind.CITY, "name_en": "Town"}
    new = saved(Place(code="T-new", name_zh="试验新城", **town))
    saved(Place(code="T-old", name_zh="试验旧城", merged_into_id=new.id, **town))
    saved(Residence(person_id=person.id, written="试验新城", place_id=new.id))

    assert Audience.from_text(SYSTEM, f"major={lost.id}").to_query() == {"major": str(kept.id)}
    assert whom(f"major={lost.id}") == {"赵一"}
    assert whom("city=T-old") == {"赵一"}


def test_a_chapter_with_those_under_it_and_its_past_and_coming_members() -> None:
    parent = make_chapter(slug="parent")
    child = make_chapter(slug="child", parent_id=parent.id)
    grandchild = make_chapter(slug="grandchild", parent_id=child.id)
    saved(parent)
    parent.parent_id = grandchild.id  # a ring is no chapter's fault
    saved(parent)
    early, late = today() - timedelta(days=400), today() - timedelta(days=3)
    make_member(parent, make_person("赵一"), starts_on=early)
    make_member(child, make_person("钱二"), starts_on=late)
    make_member(grandchild, make_person("孙三"), starts_on=late)
    asked_at = datetime.combine(late, datetime.min.time(), UTC)
    pending = {"state": MembershipState.PENDING, "starts_on": None, "asked_at": asked_at}
    make_member(parent, make_person("李四"), **pending)
    left = {"state": MembershipState.LEFT, "starts_on": early, "ends_on": late}
    make_member(parent, make_person("周五"), **left)
    since = (late - timedelta(days=2)).isoformat()

    for query, found in {
        "chapter=parent": {"赵一"},
        "chapter=parent&chapter_sub=no": {"赵一"},
        "chapter=parent&chapter_sub=yes": {"赵一", "钱二", "孙三"},
        f"chapter=parent&chapter_sub=yes&chapter_since={since}": {"钱二", "孙三"},
        "chapter=parent&chapter_state=active": {"赵一"},
        "chapter=parent&chapter_state=pending": {"李四"},
        f"chapter=parent&chapter_state=pending&chapter_since={since}": {"李四"},
        "chapter=parent&chapter_state=left": {"周五"},
        f"chapter=parent&chapter_state=left&chapter_since={today()}": set(),
        f"chapter_state=left&chapter_since={since}": {"周五"},
        "chapter_state=active": {"赵一", "钱二", "孙三"},
    }.items():
        assert whom(query) == found, query
    audience = Audience.from_text(SYSTEM, f"chapter=parent&chapter_sub=yes&chapter_since={since}")
    assert Audience.from_text(SYSTEM, audience.to_text()) == audience
    assert len(audience.chips("/")) == 3


def test_graduates_ask_for_their_own_chapters_and_officers_for_more_of_theirs() -> None:
    anshan, beijing = the_chapter("anshan"), the_chapter("beijing")
    member = make_member(anshan, make_verified("赵一"))
    officer = make_officer(beijing)
    mine, led = actor_of(member), actor_of(officer)
    assert Right.VIEW in led.rights[beijing.id]

    assert whom("chapter=anshan", mine) == {"赵一"}
    Audience.from_text(led, "chapter=beijing&chapter_state=pending&chapter_since=2026-01-01")
    for actor, query in (
        (mine, "chapter=beijing"),
        (mine, "chapter=anshan&chapter_state=pending"),
        (mine, "chapter=anshan&chapter_since=2026-01-01"),
        (mine, "chapter_state=active"),
        (led, "chapter=anshan"),
        (led, "chapter_state=pending"),
    ):
        with pytest.raises(BadRequest):
            Audience.from_text(actor, query)


def test_what_the_office_asks_of_the_person() -> None:
    before = datetime(2026, 1, 30, 23, 0, tzinfo=UTC)  # the 31st in China
    tag = saved(Tag(name_zh="试验标签"))
    one = make_person(
        "赵一", phone="+8613800138000", language="en", listed=Level.OFFICE, confirmed_at=before
    )
    saved(PersonTag(person_id=one.id, tag_id=tag.id))
    make_person("钱二", consents=("mailings",), email="two@example.org")

    for query, found in {
        "phone=yes": {"赵一"},
        "phone=no": {"钱二"},
        "language=en": {"赵一"},
        "listed=office": {"赵一"},
        "listed=alumni": {"钱二"},
        "confirmed_before=never": {"钱二"},
        "confirmed_before=2026-01-31": set(),
        "confirmed_before=2026-02-01": {"赵一"},
        "consent=mailings": {"钱二"},
        "consent=address_book": set(),
        f"tag={tag.public_id}": {"赵一"},
    }.items():
        assert whom(query) == found, query


def test_what_somebody_does_not_show_counts_as_not_there() -> None:
    viewer = actor_of(make_verified("看者"))
    hospital = code(CodeKind.HOSPITAL, "试验一院")
    person = make_verified(
        "赵一", year=1995, class_label="3班", city="鞍山", employer="鞍山中心医院"
    )
    saved(Training(person_id=person.id, kind="intern", written="x", hospital_id=hospital.id))
    asked = ("year_from=1995", "class=3班", "city=鞍山", "employer=鞍山", f"hospital={hospital.id}")

    assert [whom(query, viewer) for query in asked] == [{"赵一"}, {"赵一"}, {"赵一"}, set(), set()]
    study = db.session.scalars(select(Study).where(Study.person_id == person.id)).one()
    home = db.session.scalars(select(Residence).where(Residence.person_id == person.id)).one()
    study.visibility = home.visibility = Level.OFFICE
    saved(study, home)
    assert [whom(query, viewer) for query in asked] == [set()] * 5
    assert [whom(query) for query in asked] == [{"赵一"}] * 5


def test_who_comes_to_an_event() -> None:
    register_events()
    anshan = the_chapter("anshan")
    event, other = make_event(anshan, slug="dinner"), make_event(slug="ball")
    for place, state in enumerate(RegistrationState):
        person = make_person(("赵一", "钱二", "孙三")[place])
        number = 1 if state is RegistrationState.WAITING else None
        saved(Registration(event_id=event.id, person_id=person.id, state=state, wait_number=number))
    names = dict(zip(RegistrationState, ("赵一", "钱二", "孙三"), strict=True))
    officer = actor_of(make_officer(anshan))

    assert whom("event=dinner") == {names[RegistrationState.CONFIRMED]}
    assert whom("event=dinner&event_state=waiting") == {names[RegistrationState.WAITING]}
    assert whom("event=dinner&event_state=cancelled") == {names[RegistrationState.CANCELLED]}
    assert whom(f"event={other.slug}") == set()
    assert Audience.from_text(officer, "event=dinner").to_query() == {"event": "dinner"}
    member = actor_of(make_member(anshan))
    for actor, query in (
        (member, "event=dinner"),
        (officer, "event=ball"),
        (SYSTEM, "event=nothing"),
        (SYSTEM, "event=dinner&event_state=asleep"),
        (SYSTEM, "event_state=waiting"),
    ):
        with pytest.raises(BadRequest):
            Audience.from_text(actor, query)


def test_who_gets_the_letters_of_a_list() -> None:
    register_lists()
    anshan = the_chapter("anshan")
    reader, leaver = make_member(anshan, make_verified("赵一")), make_verified("钱二")
    make_member(anshan, leaver)
    make_verified("孙三")
    mail_list = saved(
        MailList(slug="anshan", name_zh="鞍山", name_en="Anshan", chapter_id=anshan.id)
    )
    saved(MailList(slug="alumni", name_zh="全体校友", name_en="All alumni"))
    choice = {"choice": Choice.UNSUBSCRIBED, "source": "test"}
    saved(Subscription(mail_list_id=mail_list.id, person_id=leaver.id, **choice))
    office = Actor(account_id=1, capabilities=frozenset({Capability.VIEW_PEOPLE}))

    assert whom("list=anshan", office) == {"赵一"}
    assert whom("list=alumni", office) == {"赵一", "钱二", "孙三"}
    assert whom('where={"not":{"list":"anshan"}}', office) == {"钱二", "孙三"}
    with pytest.raises(BadRequest):
        Audience.from_text(office, "list=nothing")
    with pytest.raises(BadRequest):
        Audience.from_text(actor_of(reader), "list=anshan")


def test_every_question_of_the_editor_asks_for_parameters_of_its_kind() -> None:
    asked = [
        control.parameter
        for kind in criteria.KINDS
        for question in kind.questions
        for control in question.controls
    ]
    keys = [question.key for kind in criteria.KINDS for question in kind.questions]

    assert set(asked) == set(parameters()) - {"where"}
    assert len(asked) == len(set(asked))
    assert len(keys) == len(set(keys))
