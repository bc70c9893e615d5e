"""A person's page: who sees what of it, the same as a card, and previewed by the person."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from limits import RateLimitItem
from PIL import Image
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.audit.commands import record
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.chapters.models import Chapter
from alumni.codes.models import Code, CodeKind
from alumni.codes.queries import code_named, find_place, home_institution
from alumni.db import db, now, transaction
from alumni.errors import NotFound
from alumni.i18n import speaking
from alumni.people.commands.photos import set_photo
from alumni.people.models import (
    ContactKind,
    ContactPoint,
    Employment,
    FormerName,
    Level,
    Person,
    PersonStatus,
    Residence,
    Study,
    StudyInstitution,
    Training,
    TrainingKind,
)
from alumni.people.queries.cards import card_of, parts_of_name, phone_kind
from alumni.people.queries.facts import month_text, span_text
from alumni.people.queries.profile import Profile, get_profile, many_views
from alumni.people.routes.profile import MOST_VIEWS, MOST_VIEWS_OF_OFFICE
from alumni.web import limiter
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    make_verified,
    saved,
)

SCHOOL: dict[str, Any] = {"year": 1998, "college": "口腔医学院", "class_label": "3班"}


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (50, 50)).save(file, "JPEG")
    return file.getvalue()


def code(kind: CodeKind, zh: str, en: str) -> Code:
    return code_named(kind, zh) or saved(Code(kind=kind, name_zh=zh, name_en=en))


def plant(person: Person, level: Level, mark: str) -> None:
    """Rows of every kind about the person, shown to the level; each says the mark."""
    to: dict[str, Any] = {"person_id": person.id, "visibility": level}
    study = saved(Study(**to, supervisor=f"{mark}supervisor", class_label=f"{mark}class"))
    saved(
        StudyInstitution(
            person_id=person.id,
            study_id=study.id,
            institution_id=home_institution().id,
            degree=f"{mark}degree",
            student_number=f"{mark}student",
            certificate_number=f"{mark}certificate",
        ),
        Training(**to, kind=TrainingKind.FURTHER, written=f"{mark}hospital"),
        Employment(**to, employer=f"{mark}employer", title=f"{mark}title", is_current=False),
        FormerName(**to, name=f"{mark}former"),
        ContactPoint(**to, kind=ContactKind.WECHAT, value=f"{mark}wechat", normal=f"{mark}wechat"),
        ContactPoint(
            **to, kind=ContactKind.EMAIL, value=f"{mark}@example.org", normal=f"{mark}@example.org"
        ),
    )


SHOWN_OF_EACH = {"supervisor", "class", "degree", "hospital", "employer", "title", "former"} | {
    "wechat",
    "@example.org",
}
NUMBERS = {"student", "certificate"}


def planted(listed: Level = Level.PUBLIC, chapter: Chapter | None = None) -> Person:
    """Somebody with rows at every level, in a class and in a chapter."""
    person = make_verified("曾国强", name_en="Kevin", listed=listed, **SCHOOL)
    for level in Level:
        plant(person, level, f"mark{level.value}")
    return make_member(chapter or make_chapter(), person)


def marks(page: Page | str) -> dict[str, set[str]]:
    """Of each level, which of its rows are on the page."""
    text = page if isinstance(page, str) else page.content.decode()
    found: dict[str, set[str]] = {}
    for level, what in re.findall(
        "mark(office|class|chapters|alumni|public)([a-z]+|@example.org)", text
    ):
        found.setdefault(level, set()).add(what)
    return found


def main_of(page: Page) -> str:
    """The content of the page, without what is new with every request."""
    found = re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)
    assert found
    return re.sub(r'(name="csrf_token" value=")[^"]*', r"\1", found[0])


def test_everyone_sees_the_rows_of_their_levels_and_no_others(
    signed_in: SignIn, browser: Browser, office: Browser
) -> None:
    chapter = make_chapter()
    person = planted(chapter=chapter)
    path = f"/people/{person.public_id}"
    all_of_it = {level.value: SHOWN_OF_EACH for level in Level}

    def seen(*levels: str) -> dict[str, set[str]]:
        return dict.fromkeys(levels, SHOWN_OF_EACH)

    classmate, mate, other = make_verified(**SCHOOL), make_member(chapter), make_verified()
    unknown = make_account(person=make_person(status=PersonStatus.APPLICANT))

    assert marks(browser.get(path)) == seen("public")
    assert marks(signed_in(unknown).get(path)) == seen("public")
    assert marks(signed_in(other).get(path)) == seen("public", "alumni")
    assert marks(signed_in(classmate).get(path)) == seen("public", "alumni", "class")
    assert marks(signed_in(mate).get(path)) == seen("public", "alumni", "chapters")
    assert marks(signed_in(make_officer(chapter)).get(path)) == seen("public", "alumni", "chapters")
    assert marks(signed_in(person).get(path)) == all_of_it
    assert marks(office.get(path)) == {level.value: SHOWN_OF_EACH | NUMBERS for level in Level}


@pytest.mark.parametrize("listed", list(Level))
def test_a_preview_is_what_such_a_viewer_gets(
    signed_in: SignIn, browser: Browser, listed: Level
) -> None:
    """To the byte: the same content, or the same nothing."""
    chapter = make_chapter()
    person = planted(listed, chapter)
    with transaction():
        set_photo(SYSTEM, db.session.get_one(Person, person.id), picture(), Level.CLASS)
    viewers = {
        "class": signed_in(make_verified(**SCHOOL)),
        "chapters": signed_in(make_member(chapter)),
        "alumni": signed_in(make_verified()),
        "public": browser,
    }
    mine = signed_in(person)
    found = set()
    for level, viewer in viewers.items():
        preview = mine.get(f"/me/profile/as/{level}")
        theirs = viewer.get(f"/people/{person.public_id}")
        assert preview.status == 200
        if theirs.status == 200:
            assert main_of(preview) == main_of(theirs)
            found.add(level)
        else:
            assert theirs.status == (303 if level == "public" else 404)
            assert "They do not find you" in preview.text
            assert marks(preview) == {}
    reached = {
        Level.OFFICE: set(),
        Level.CLASS: {"class"},
        Level.CHAPTERS: {"chapters"},
        Level.ALUMNI: {"class", "chapters", "alumni"},
        Level.PUBLIC: {"class", "chapters", "alumni", "public"},
    }
    assert found == reached[listed]


def test_the_preview_of_the_right_level_shows_the_picture(signed_in: SignIn) -> None:
    person = planted()
    with transaction():
        set_photo(SYSTEM, db.session.get_one(Person, person.id), picture(), Level.CLASS)
    mine = signed_in(person)

    shown = {
        level: len(mine.get(f"/me/profile/as/{level}").all("img"))
        for level in ("class", "chapters", "alumni", "public")
    }

    assert shown == {"class": 1, "chapters": 0, "alumni": 0, "public": 0}


def test_who_is_in_no_chapter_and_no_class_is_told_so(signed_in: SignIn) -> None:
    mine = signed_in(make_verified())

    assert "You are in no chapter" in mine.get("/me/profile/as/chapters").text
    assert "We know no class" in mine.get("/me/profile/as/class").text


def test_an_applicant_is_found_by_nobody_yet(signed_in: SignIn) -> None:
    applicant = make_account(person=make_person(status=PersonStatus.APPLICANT, listed=Level.PUBLIC))

    for level in ("class", "chapters", "alumni", "public"):
        page = signed_in(applicant).get(f"/me/profile/as/{level}")
        assert "They do not find you yet" in page.text


def test_an_account_of_nobody_has_no_preview(office: Browser) -> None:
    assert office.get("/me/profile/as/alumni").status == 404


def test_there_is_no_preview_as_the_office(signed_in: SignIn) -> None:
    assert signed_in(make_verified()).get("/me/profile/as/office").status == 404


def test_the_own_page_says_so_outside_of_what_others_see(signed_in: SignIn) -> None:
    person = make_verified()

    page = signed_in(person).get(f"/people/{person.public_id}")

    assert "This is you." in page.text
    assert "This is you." not in main_of(page)
    assert "/me/profile" not in main_of(page)
    assert {"/me/profile", "/me/profile/as/class", "/me/profile/as/public"} <= {
        a.get("href") for a in page.all("a")
    }


def test_the_office_finds_its_own_page_from_there(office: Browser, signed_in: SignIn) -> None:
    person = make_verified()
    path = f"/people/{person.public_id}"
    theirs = f"/office{path}"

    assert theirs in [a.get("href") for a in office.get(path).all("a")]
    assert theirs not in [a.get("href") for a in signed_in(make_verified()).get(path).all("a")]


@pytest.mark.parametrize("end", ["", "/card.vcf"])
def test_who_is_not_signed_in_cannot_tell_who_there_is(browser: Browser, end: str) -> None:
    hidden = make_verified(listed=Level.ALUMNI)
    shown = make_verified(listed=Level.PUBLIC)
    known = make_person(status=PersonStatus.KNOWN, listed=Level.PUBLIC)

    asked = {
        public_id: browser.get(f"/people/{public_id}{end}")
        for public_id in (hidden.public_id, known.public_id, "x" * 22, "zz", "x" * 90)
    }

    for public_id, page in asked.items():
        assert page.status == 303
        assert page.location == f"/sign-in?next=/people/{public_id}{end}"
    answers = {page.content.replace(key.encode(), b"") for key, page in asked.items()}
    assert len(answers) == 1
    assert browser.get(f"/people/{shown.public_id}{end}").status == 200


@pytest.mark.parametrize("public_id", ["x" * 22, "x" * 90])
@pytest.mark.parametrize("end", ["", "/card.vcf", "/photo"])
def test_who_is_not_there_is_not_found(signed_in: SignIn, public_id: str, end: str) -> None:
    assert signed_in(make_verified()).get(f"/people/{public_id}{end}").status == 404


def whole() -> Person:
    """Somebody of whom all is known and shown."""
    person = make_verified(
        "曾国强", name_en="Kevin", listed=Level.PUBLIC, city="大连", phone="+8613800001234"
    )
    study = saved(
        Study(
            person_id=person.id,
            is_primary=True,
            level="bachelor",
            programme_id=code(CodeKind.PROGRAMME, "中外联合培养", "Joint programme").id,
            college_id=code(CodeKind.COLLEGE, "第一临床学院", "First Clinical College").id,
            major_id=code(CodeKind.MAJOR, "临床医学", "Clinical Medicine").id,
            class_label="3班",
            entry_year=1993,
            entry_month=9,
            graduation_year=1998,
            graduation_month=7,
            supervisor="王教授",
        )
    )
    partner = code(CodeKind.INSTITUTION, "北方大学", "University of the North")
    for institution, degree in ((home_institution(), "医学学士"), (partner, "MBBS")):
        saved(
            StudyInstitution(
                person_id=person.id,
                study_id=study.id,
                institution_id=institution.id,
                degree=degree,
                student_number=f"N{institution.id}",
            )
        )
    to: dict[str, Any] = {"person_id": person.id, "visibility": Level.ALUMNI}
    hospital = code(CodeKind.HOSPITAL, "协和医院", "Union Hospital")
    saved(
        Training(
            **to,
            kind=TrainingKind.RESIDENCY,
            hospital_id=hospital.id,
            written="协和",
            department="心内科",
            from_year=1998,
            from_month=8,
            to_year=2001,
        ),
        Employment(**to, employer="县医院", is_current=False, from_year=2001, to_year=2010),
        Employment(
            **to,
            employer="市中心医院",
            department="心内科",
            title="主任医师",
            industry_id=code(CodeKind.INDUSTRY, "医疗", "Health care").id,
            from_year=2010,
        ),
        FormerName(**to, name="曾小强"),
        ContactPoint(
            **to, kind=ContactKind.WECHAT, value="zeng_gq", normal="zeng_gq", label="工作微信"
        ),
        ContactPoint(**to, kind=ContactKind.POSTAL, value="中山路1号", normal="中山路1号"),
    )
    theirs = select(ContactPoint).where(ContactPoint.person_id == person.id)
    for point in db.session.scalars(theirs):
        point.visibility = Level.ALUMNI
    record(SYSTEM, "made", None)
    db.session.commit()
    return person


ONLOOKER = Actor(is_verified=True)


def of(person: Person, code: str, actor: Actor = ONLOOKER) -> Profile:
    with speaking(code):
        return get_profile(actor, person.public_id)


def test_a_name_is_written_as_the_reader_writes() -> None:
    person = make_verified("曾国强", name_en="Kevin")
    latin = make_verified("John Smith")

    assert [(of(person, code).name, of(person, code).other_names) for code in ("zh", "en")] == [
        ("曾国强", ("Zeng Guoqiang", "Kevin")),
        ("Zeng Guoqiang", ("曾国强", "Kevin")),
    ]
    assert [(of(latin, code).name, of(latin, code).other_names) for code in ("zh", "en")] == [
        ("John Smith", ()),
        ("John Smith", ()),
    ]


def test_a_profile_says_all_that_is_shown_in_both_languages() -> None:
    person = whole()
    zh, en = of(person, "zh"), of(person, "en")

    assert (zh.class_text, en.class_text) == (
        "1998届 临床医学 3班",
        "Class of 1998, Clinical Medicine, Class 3",
    )
    (course,) = zh.courses
    assert (course.span, course.level, course.programme, course.college, course.supervisor) == (
        "1993年9月 – 1998年7月",
        "本科",
        "中外联合培养",
        "第一临床学院",
        "王教授",
    )
    assert [(there.institution, there.degree) for there in en.courses[0].registrations] == [
        (home_institution().name_en, "医学学士"),
        ("University of the North", "MBBS"),
    ]
    assert en.courses[0].span == "September 1993 – July 1998"
    assert [(one.hospital, one.department, one.span) for one in en.trainings] == [
        ("Union Hospital", "心内科", "August 1998 – 2001")
    ]
    assert [(job.employer, job.span, job.is_current) for job in en.jobs] == [
        ("市中心医院", "since 2010", True),
        ("县医院", "2001 – 2010", False),
    ]
    assert (zh.place, en.place) == ("大连 · 中国", "Dalian · China")
    assert zh.former_names == ("曾小强",)
    assert [contact.value for contact in zh.contacts][:2] == ["+8613800001234", "zeng_gq"]


def test_a_page_links_to_telephones_and_addresses(signed_in: SignIn) -> None:
    page = signed_in(make_verified()).get(f"/people/{whole().public_id}")

    links = {str(a.get("href")).partition("@")[0] for a in page.all("a")}
    assert "tel:+8613800001234" in links
    assert any(link.startswith("mailto:alumna") for link in links)
    assert "zeng_gq" in [button.get("data-copy") for button in page.all("button")]
    assert "工作微信" in page.text
    assert page.texts("h1") == ["Zeng Guoqiang"]


def test_student_numbers_are_for_the_office_alone(signed_in: SignIn, office: Browser) -> None:
    person, other = whole(), signed_in(make_verified())
    path, number = f"/people/{person.public_id}", f"N{home_institution().id}"
    db.session.rollback()

    assert number in office.get(path).text.split()
    assert number not in other.get(path).text.split()
    assert number not in signed_in(person).get(path).text.split()


@pytest.mark.parametrize("make", [make_verified, whole, planted])
def test_a_profile_takes_the_same_number_of_statements(
    make: Callable[[], Person], queries: list[str]
) -> None:
    public_id = make().public_id
    db.session.expunge_all()
    queries.clear()

    get_profile(ONLOOKER, public_id)

    assert len([query for query in queries if query.startswith(("SELECT", "WITH"))]) == 8


@pytest.mark.parametrize(
    ("place", "written", "said"),
    [
        ("大连", "大连", "Dalian · China"),
        ("辽宁", "辽宁", "Liaoning · China"),
        ("辽宁", "某小镇", "某小镇 · China"),
        ("美国", "美国", "United States"),
        ("", "某小镇", "某小镇"),
    ],
)
def test_a_home_is_said_as_far_as_it_is_known(place: str, written: str, said: str) -> None:
    person = make_verified()
    found = find_place(place) if place else None
    saved(
        Residence(person_id=person.id, place_id=found.id if found else None, written=written),
        Residence(person_id=person.id, written="earlier", is_current=False),
    )

    assert of(person, "en").place == said


@pytest.mark.parametrize(
    ("first", "last", "how", "said"),
    [
        ("1998", "2001", {}, "1998 – 2001"),
        ("1998", "", {"goes_on": True}, "since 1998"),
        ("1998", "", {}, "1998 –"),
        ("", "2001", {}, "until 2001"),
        ("", "", {"goes_on": True}, ""),
    ],
)
def test_a_span_is_said_as_far_as_it_is_known(
    app: Flask,
    first: str,
    last: str,
    how: dict[str, bool],
    said: str,
) -> None:
    with speaking("en"):
        assert span_text(first, last, **how) == said


def test_a_month_is_said_as_far_as_it_is_known(app: Flask) -> None:
    said = {}
    for code in ("zh", "en"):
        with speaking(code):
            said[code] = [month_text(1998, 7), month_text(1998, None), month_text(None, None)]

    assert said == {"zh": ["1998年7月", "1998年", ""], "en": ["July 1998", "1998", ""]}


@pytest.mark.parametrize(
    ("name", "surname", "parts"),
    [
        ("曾国强", "zeng", ("曾", "国强")),
        ("欧阳修", "ou yang", ("欧阳", "修")),
        ("Zeng Guoqiang", "zeng", ("Zeng", "Guoqiang")),
        ("OUYANG XIU", "ou yang", ("OUYANG", "XIU")),
        ("Ou Yang Xiu", "ou yang", ("Ou Yang", "Xiu")),
        ("John Smith", "smith", ("Smith", "John")),
        ("John Q. Smith", "", ("Smith", "John Q.")),
        ("阿依古丽·买买提", "", ("", "阿依古丽·买买提")),
        ("Madonna", "madonna", ("", "Madonna")),
    ],
)
def test_a_name_has_two_parts(name: str, surname: str, parts: tuple[str, str]) -> None:
    assert parts_of_name(name, surname) == parts


@pytest.mark.parametrize(
    ("number", "kind"),
    [("+8613800001234", "CELL"), ("+861088880000", "VOICE"), ("+16175550100", "VOICE")],
)
def test_a_chinese_mobile_is_known_as_one(number: str, kind: str) -> None:
    assert phone_kind(number) == kind


def test_a_card_is_what_the_profile_shows() -> None:
    person = whole()
    zh, en = (card_of(of(person, code)) for code in ("zh", "en"))

    assert (zh.full, zh.family, zh.given, zh.nickname) == ("曾国强", "曾", "国强", "Kevin")
    assert (en.full, en.family, en.given) == ("Zeng Guoqiang", "Zeng", "Guoqiang")
    assert (zh.organisation, zh.department, zh.title) == ("市中心医院", "心内科", "主任医师")
    assert list(zh.phones) == [("CELL", "+8613800001234")]
    assert (zh.city, zh.country) == ("大连", "中国")
    with speaking("zh"):
        assert card_of(of(person, "zh")).note.split("\n") == [
            "Zeng Guoqiang",
            "1998届 临床医学 3班",
            "微信：zeng_gq",
            "中山路1号",
        ]


def test_a_card_is_sent_as_a_file_with_the_persons_name(signed_in: SignIn) -> None:
    person = whole()

    page = signed_in(make_verified()).get(
        f"/people/{person.public_id}/card.vcf", headers={"Accept-Language": "zh"}
    )

    assert page.headers["Content-Type"] == "text/vcard; charset=utf-8"
    plain, _, named = page.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert plain == 'attachment; filename="Zeng Guoqiang.vcf"'
    assert unquote(named) == "Zeng Guoqiang.vcf"
    assert page.content.startswith(b"BEGIN:VCARD\r\nVERSION:3.0\r\n")


def test_a_card_has_nothing_that_the_viewer_does_not_see(
    signed_in: SignIn, browser: Browser
) -> None:
    person = planted()
    path = f"/people/{person.public_id}/card.vcf"

    def told(page: Page) -> dict[str, set[str]]:
        return marks(page.content.decode().replace("\r\n ", ""))

    in_card = {"@example.org", "wechat"}
    assert told(browser.get(path)) == {"public": in_card | {"class"}}
    assert told(signed_in(make_verified()).get(path)) == {"public": in_card, "alumni": in_card}
    assert set(told(signed_in(person).get(path))) == {level.value for level in Level}


def test_wechat_is_told_that_it_keeps_no_files(signed_in: SignIn) -> None:
    person, browser = make_verified(), signed_in(make_verified())
    said = "WeChat’s browser cannot keep files"
    wechat = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50"}

    assert said in browser.get(f"/people/{person.public_id}", headers=wechat).text
    assert said not in browser.get(f"/people/{person.public_id}").text


def viewed(actor: Actor, most: RateLimitItem, times: int) -> None:
    """As if the account had opened so many pages lately."""
    db.session.rollback()
    limiter.limiter.hit(most, "profiles", f"account:{actor.account_id}", cost=times)


def stopped(since: datetime) -> int:
    """``many_views``, as a request that begins now finds it."""
    db.session.rollback()
    return many_views(since)


@pytest.mark.parametrize("end", ["", "/card.vcf"])
def test_nobody_opens_the_whole_directory_page_by_page(signed_in: SignIn, end: str) -> None:
    viewer, person = make_verified(), make_verified()
    browser = signed_in(viewer)
    path = f"/people/{person.public_id}{end}"
    viewed(actor_of(viewer), MOST_VIEWS, 299)

    assert browser.get(path).status == 200
    assert stopped(now() - timedelta(days=7)) == 0
    assert [browser.get(path).status for _ in range(3)] == [429, 429, 429]

    assert stopped(now() - timedelta(days=7)) == 1
    assert stopped(now() + timedelta(minutes=1)) == 0
    deed = db.session.scalars(select(ChangeSet).where(ChangeSet.verb == "viewed_many")).one()
    assert (deed.account_id, deed.facts) == (account_of(viewer).id, {"views": 300})


def test_the_own_page_and_its_previews_are_not_counted(signed_in: SignIn) -> None:
    viewer, other = make_verified(), make_verified()
    browser = signed_in(viewer)
    viewed(actor_of(viewer), MOST_VIEWS, 300)

    assert browser.get(f"/people/{viewer.public_id}").status == 200
    assert browser.get("/me/profile/as/alumni").status == 200
    assert browser.get(f"/people/{other.public_id}").status == 429
    assert browser.get(f"/people/{'x' * 22}").status == 404


def test_the_office_opens_more_but_not_all(office: Browser) -> None:
    person = make_verified()
    account = db.session.scalars(select(Account).where(Account.person_id.is_(None))).one()
    viewed(Actor(account_id=account.id), MOST_VIEWS_OF_OFFICE, 1_999)

    assert office.get(f"/people/{person.public_id}").status == 200
    assert office.get(f"/people/{person.public_id}").status == 429
    assert stopped(now() - timedelta(days=7)) == 1


def test_who_is_not_signed_in_is_counted_by_address_and_noted_nowhere(browser: Browser) -> None:
    person = make_verified(listed=Level.PUBLIC)
    limiter.limiter.hit(MOST_VIEWS, "profiles", "127.0.0.1", cost=300)

    assert browser.get(f"/people/{person.public_id}").status == 429
    assert stopped(now() - timedelta(days=7)) == 0


def test_a_hidden_person_has_no_profile() -> None:
    with pytest.raises(NotFound):
        of(make_verified(listed=Level.OFFICE), "en")
