"""Evidence beside the roster: certificates, answers, notes of calls, and classmates."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from alumni.audit.commands import record
from alumni.audit.models import Change
from alumni.authz import Actor
from alumni.db import db, transaction
from alumni.errors import BadRequest, Gone, NotFound, Refusal
from alumni.people.models import PersonStatus
from alumni.people.photos import LONG_SIDE
from alumni.roster.commands.deciding import approve_as_new, ask, discard, recommend, reject
from alumni.roster.commands.evidence import (
    MOST_ANSWERS,
    MOST_CERTIFICATES,
    NoClassmate,
    answer,
    note_call,
    vouch,
)
from alumni.roster.models import Application, ApplicationState, Evidence, EvidenceKind, Vouch
from alumni.roster.policy import may_give_evidence, may_see_evidence, may_vouch
from alumni.roster.queries.applications import applicant_of
from alumni.roster.queries.evidence import (
    Support,
    get_certificate,
    given_for,
    is_classmate,
    support_of,
)
from tests.browser import Browser, Page
from tests.conftest import SignIn
from tests.factories import (
    account_of,
    actor_of,
    make_account,
    make_officer,
    make_person,
    make_verified,
    the_chapter,
)
from tests.people.test_photos import halves, picture
from tests.refusals import refused
from tests.roster.test_applications import (
    ZENG,
    college_id,
    confirmed,
    kinds,
    the_office,
    verbs,
)

CLINICAL = "临床医学院"


def of_a_class(**values: Any) -> Application:
    """An applicant of 1998, clinical medicine, whom nobody knows."""
    return confirmed(**{"graduation_year": 1998, "college_id": college_id(), **values})


def applicant(application: Application) -> Actor:
    account = applicant_of(application)
    assert account is not None
    return actor_of(account)


def classmate(**values: Any) -> Actor:
    return actor_of(make_verified(**{"year": 1998, "college": CLINICAL, **values}))


def vouched(application: Application, *classmates: Actor) -> None:
    for actor in classmates:
        with transaction():
            vouch(actor, application, "We shared a room.")


def opened(content: bytes) -> Any:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def test_nobody_new_is_entered_before_something_speaks_for_them() -> None:
    application, office = of_a_class(), the_office()
    with pytest.raises(Refusal) as refusal, transaction():
        approve_as_new(office, application)
    assert refusal.value.status == 409

    vouched(application, classmate())
    with pytest.raises(Refusal), transaction():
        approve_as_new(office, application)
    vouched(application, classmate())
    assert support_of(application) == Support(vouches=2)
    assert support_of(application).is_vouched
    with transaction():
        person = approve_as_new(office, application)
    assert person.status is PersonStatus.VERIFIED
    assert kinds()[-1] == "application_approved"
    assert verbs()[-3:] == ["vouched", "vouched", "approved_application"]


@pytest.mark.parametrize("kind", ["call", "certificate", "answer", "recommendation"])
def test_each_way_to_show_it_is_enough(kind: str) -> None:
    chapter = the_chapter("anshan")
    application, office = of_a_class(chapter_id=chapter.id), the_office()
    with transaction():
        if kind == "call":
            note_call(office, application, "Her supervisor remembers her.")
        elif kind == "recommendation":
            recommend(actor_of(make_officer(chapter)), application, "We work together.")
        else:
            sent = picture() if kind == "certificate" else None
            answer(applicant(application), application, "" if sent else "Prof. Li.", sent)

    assert support_of(application).is_enough
    with transaction():
        approve_as_new(office, application)
    assert application.state is ApplicationState.APPROVED


def test_a_certificate_is_kept_whole_and_without_where_it_was() -> None:
    application = of_a_class()
    with transaction():
        answer(applicant(application), application, "", halves("JPEG"))
    with transaction():
        wide = picture("PNG", (5000, 100))
        answer(applicant(application), application, "", wide)

    first, second = given_for(the_office(), application).certificates
    kept = get_certificate(the_office(), application, first.public_id).picture
    assert kept is not None
    assert b"SECRET" not in kept
    assert (opened(kept).format, opened(kept).size) == ("JPEG", (400, 400))
    shrunk = get_certificate(the_office(), application, second.public_id).picture
    assert shrunk is not None
    assert opened(shrunk).size == (LONG_SIDE, 40)
    assert verbs()[-1] == "answered_office"
    written = select(Change.after).where(Change.table_name == "evidence")
    assert [after["picture"] for after in db.session.scalars(written) if after] == ["•••"] * 2


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"", picture()[:300]], ids=["pdf", "no", "cut"])
def test_what_is_no_picture_is_said(content: bytes) -> None:
    application = of_a_class()
    with pytest.raises(BadRequest), transaction():
        answer(applicant(application), application, "See the picture.", content)

    assert db.session.scalars(select(Evidence)).all() == []


def test_five_certificates_and_twenty_answers() -> None:
    application = of_a_class()
    me, sent = applicant(application), picture()
    for kind, most in ((sent, MOST_CERTIFICATES), (None, MOST_ANSWERS)):
        for _time in range(most):
            with transaction():
                answer(me, application, "" if kind else "And this.", kind)
        with pytest.raises(Refusal) as refusal, transaction():
            answer(me, application, "" if kind else "One more.", kind)
        assert refusal.value.status == 409

    assert support_of(application) == Support(certificates=MOST_CERTIFICATES, answers=MOST_ANSWERS)


def test_only_the_applicant_answers_and_only_while_it_waits() -> None:
    application, office = of_a_class(), the_office()
    for actor in (office, classmate(), Actor()):
        with refused(may_give_evidence), transaction():
            answer(actor, application, "I am.", None)
    with transaction():
        reject(office, application, "No.")
    with pytest.raises(Refusal) as refusal, transaction():
        answer(applicant(application), application, "But I am.", None)
    assert refusal.value.status == 409


def test_evidence_is_the_offices_alone() -> None:
    chapter = the_chapter("anshan")
    application = of_a_class(chapter_id=chapter.id)
    me = applicant(application)
    with transaction():
        answer(me, application, "", picture())
    one = db.session.scalars(select(Evidence)).one()

    for actor in (me, classmate(), actor_of(make_officer(chapter)), Actor()):
        with refused(may_see_evidence):
            given_for(actor, application)
        with refused(may_see_evidence):
            get_certificate(actor, application, one.public_id)
    with pytest.raises(NotFound):
        get_certificate(the_office(), of_a_class(email="b@example.org"), one.public_id)


@pytest.mark.parametrize(
    ("year", "college", "knows"),
    [
        (1998, CLINICAL, True),
        (1997, CLINICAL, True),
        (1999, CLINICAL, True),
        (2000, CLINICAL, False),
        (1998, "口腔医学院", False),
        (1998, None, False),
        (None, CLINICAL, False),
    ],
    ids=str,
)
def test_who_is_a_classmate(year: int | None, college: str | None, knows: bool) -> None:  # noqa: FBT001 - a case
    actor = classmate(year=year, college=college, class_label="1班")

    assert is_classmate(actor, of_a_class()) is knows


def test_what_was_not_told_tells_no_classmates_apart() -> None:
    numbered = confirmed()
    of_a_year = confirmed(email="b@example.org", student_number=None, graduation_year=1998)

    assert not is_classmate(classmate(), numbered)
    assert is_classmate(classmate(college="口腔医学院"), of_a_year)
    assert not is_classmate(classmate(year=1990), of_a_year)


def test_who_may_vouch() -> None:
    application = of_a_class()
    known = make_person(year=1998, college=CLINICAL)
    unverified = actor_of(make_account(person=known))
    for actor in (unverified, the_office(), Actor()):
        with refused(may_vouch), transaction():
            vouch(actor, application, "I know her.")
    stranger = classmate(year=1970)
    with pytest.raises(NoClassmate) as refusal:
        vouched(application, stranger)
    assert refusal.value.status == 403

    assert db.session.scalars(select(Vouch)).all() == []


def test_nobody_vouches_for_themselves() -> None:
    person = make_verified(year=1998, college=CLINICAL)
    application = of_a_class()
    with transaction():
        account = account_of(person)
        account.email = "moved@example.org"
        db.session.execute(
            update(Application).where(Application.id == application.id).values(email=account.email)
        )
        record(the_office(), "made", person)
    db.session.expire_all()

    with refused(may_vouch):
        vouched(application, actor_of(person))


def test_one_classmate_vouches_once_and_not_too_late() -> None:
    application, actor = of_a_class(), classmate()
    vouched(application, actor)
    with pytest.raises(Refusal) as refusal:
        vouched(application, actor)
    assert refusal.value.status == 409
    assert support_of(application) == Support(vouches=1)
    with transaction():
        discard(the_office(), application)
    with pytest.raises(Gone):
        vouched(application, classmate())


def at_my_application(signed_in: SignIn, application: Application) -> tuple[Browser, Page]:
    account = applicant_of(application)
    assert account is not None
    browser = signed_in(account)
    return browser, browser.get("/me/application")


def vouch_path(page: Page) -> str:
    (value,) = [text for text in page.texts("code") if "/vouch/" in text]
    return "/vouch/" + value.split("/vouch/")[1]


def test_the_applicant_sees_how_far_it_is_and_nothing_of_the_roster(signed_in: SignIn) -> None:
    make_person("曾国强", year=1998, student_number="19930001", birth_year=1975, phone="12345")
    application = confirmed(graduation_year=1998, birth_year=1976)
    browser, page = at_my_application(signed_in, application)

    assert "The office is checking your data" in page.text
    mine = browser.get("/me")
    assert "The office is checking your data" in mine.text
    assert mine.all("a", href="/me/application")
    for told in (page.text, mine.text):
        for never in ("Possible", "Beyond doubt", "of 100", "agrees", "differs", "1975", "12345"):
            assert never not in told.replace("1976", "")
    shown = browser.get(f"/office/applications/{application.public_id}")
    assert shown.status == 403


def test_known_and_unknown_applicants_read_the_same(signed_in: SignIn) -> None:
    make_person("曾国强", year=1998, student_number="19930001", birth_year=1975)
    known = confirmed(graduation_year=1998, birth_year=1976)
    unknown = confirmed(
        email="zeng2@example.org", student_number="77770009", graduation_year=1998, birth_year=1976
    )
    texts = []
    for application in (known, unknown):
        _browser, page = at_my_application(signed_in, application)
        text = page.text.replace("77770009", "19930001").replace("zeng2@", "zeng@")
        texts.append(text.replace(vouch_path(page) if "/vouch/" in text else "", ""))
    assert texts[0] == texts[1]


def test_answering_on_the_page(signed_in: SignIn, office: Browser) -> None:
    application = of_a_class()
    with transaction():
        ask(the_office(), application, "Who taught you anatomy?")
    browser, page = at_my_application(signed_in, application)
    assert "Who taught you anatomy?" in page.text
    assert "Who taught you anatomy?" in browser.get("/me").text

    nothing = browser.submit("/me/application", text=" ")
    assert nothing.status == 422
    assert "Please write something, or choose a picture." in nothing.text
    pdf = browser.submit("/me/application", text="Li", file=(BytesIO(b"%PDF-1.7"), "diploma.pdf"))
    assert pdf.status == 400
    assert "We cannot read this as a picture." in pdf.text
    sent = browser.submit(
        "/me/application", text="Professor Li.", file=(BytesIO(picture()), "diploma.jpg")
    )
    assert (sent.status, sent.location) == (303, "/me/application")
    assert "The office has 2 pieces from you." in browser.get("/me/application").text


def test_a_certificate_is_shown_to_the_office_alone(signed_in: SignIn, office: Browser) -> None:
    application = of_a_class()
    browser, _page = at_my_application(signed_in, application)
    sent: dict[str, Any] = {"text": "Professor Li.", "file": (BytesIO(picture()), "diploma.jpg")}
    assert browser.submit("/me/application", **sent).status == 303

    shown = office.get(f"/office/applications/{application.public_id}")
    assert "Professor Li." in shown.text
    (way,) = [a for a in shown.all("a") if "/certificates/" in (a.get("href") or "")]
    seen = office.get(way["href"])
    assert (seen.status, seen.headers["Content-Type"]) == (200, "image/jpeg")
    assert seen.headers["Cache-Control"] == "no-store"
    assert opened(seen.content).size == (300, 200)
    assert browser.get(way["href"]).status == 403
    listed = office.get("/office/applications")
    assert "1 certificate" in listed.text
    assert "Answered" in listed.text


def test_there_is_no_application_of_nobody(signed_in: SignIn, browser: Browser) -> None:
    assert browser.get("/me/application").status == 303
    assert signed_in(make_account()).get("/me/application").status == 404
    application = confirmed()
    with transaction():
        discard(the_office(), application)
    account = applicant_of(application)
    assert account is not None
    somebody = signed_in(account)
    assert somebody.get("/me/application").status == 404
    assert "This account belongs to no graduate" in somebody.get("/me").text


def test_who_was_recognised_goes_to_the_own_page(signed_in: SignIn) -> None:
    make_person("曾国强", student_number="19930001")
    _browser, page = at_my_application(signed_in, confirmed())

    assert (page.status, page.location) == (303, "/me")


def test_a_declined_applicant_reads_why(signed_in: SignIn) -> None:
    application = confirmed()
    with transaction():
        reject(the_office(), application, "Not of our university.")
    browser, page = at_my_application(signed_in, application)

    for told in (page, browser.get("/me")):
        assert "Not of our university." in told.text
        assert told.all("a", href="/join")
    assert [form for form in page.forms if "file" in form.values] == []


def test_vouching_on_the_page(signed_in: SignIn, office: Browser) -> None:
    application = of_a_class()
    browser, page = at_my_application(signed_in, application)
    path = vouch_path(page)
    friend = signed_in(make_verified("李四", year=1998, college=CLINICAL))

    asked = friend.get(path)
    assert "Do you know 曾国强?" in asked.text
    assert "Class of 1998" in asked.text
    for never in (ZENG.email, "19930001", "鞍山"):
        assert never not in asked.text
    assert friend.submit(path, text=" ").status == 422
    assert friend.submit(path, text="We shared a room.").status == 303
    assert "You have vouched for 曾国强" in friend.get(path).text
    assert "1 of 2 has vouched for you." in browser.get("/me/application").text
    signed_in(make_verified("王五", year=1999, college=CLINICAL)).submit(path, text="Football.")

    listed = office.get("/office/applications")
    assert "Vouched for by 2 classmates" in listed.text
    shown = office.get(f"/office/applications/{application.public_id}")
    assert [text in shown.text for text in ("We shared a room.", "Football.", "Li Si")] == [
        True
    ] * 3
    url = f"/office/applications/{application.public_id}"
    assert office.press(url, f"{url}/approve").status == 303
    late = signed_in(make_verified(year=1998, college=CLINICAL)).get(path)
    assert late.status == 410


def test_who_may_not_vouch_reads_no_name(signed_in: SignIn, browser: Browser) -> None:
    application = of_a_class()
    applicants, page = at_my_application(signed_in, application)
    path = vouch_path(page)
    known = make_person(year=1998, college=CLINICAL)

    assert browser.get(path).location.startswith("/sign-in")
    unverified = signed_in(make_account(person=known)).get(path)
    stranger = signed_in(make_verified(year=1970)).get(path)
    assert applicants.get(path).status == 403
    for refusal in (unverified, stranger):
        assert refusal.status == 403
        assert "曾国强" not in refusal.text
    assert "Only graduates of the same college" in stranger.text
    friend = signed_in(make_verified(year=1998, college=CLINICAL))
    for wrong in (path + "x", "/vouch/nothing", f"/vouch/{application.public_id}"):
        assert friend.get(wrong).status == 404


def test_without_year_and_college_there_is_nobody_to_ask(signed_in: SignIn) -> None:
    _browser, page = at_my_application(signed_in, confirmed())

    assert "Classmates who know you" not in page.text


def test_a_note_on_its_page(office: Browser) -> None:
    application = of_a_class()
    url = f"/office/applications/{application.public_id}/note"

    assert office.submit(url, text="").status == 422
    assert office.submit(url, text="Called Prof. Li.").status == 303
    assert "Called Prof. Li." in office.get(f"/office/applications/{application.public_id}").text
    db.session.rollback()
    kept = db.session.scalars(select(Evidence)).one()
    assert (kept.kind, kept.text) == (EvidenceKind.CALL, "Called Prof. Li.")


def test_what_speaks_for_many_is_asked_as_often_as_for_one(
    office: Browser, queries: list[str]
) -> None:
    counts = []
    for number in range(4):
        application = confirmed(
            email=f"z{number}@example.org",
            student_number=f"{number}",
            graduation_year=1998,
            college_id=college_id(),
            name=f"曾{'一二三四'[number]}",
        )
        vouched(application, classmate())
        with transaction():
            note_call(the_office(), application, "Called.")
        queries.clear()
        assert len(office.get("/office/applications").all("a", class_="who")) == number + 1
        counts.append(len(queries))

    assert counts[1] == counts[2] == counts[3]


def test_what_was_given_stands_in_no_history() -> None:
    application = of_a_class()
    with transaction():
        answer(applicant(application), application, "My room was 402.", None)
    with transaction():
        note_call(the_office(), application, "Her supervisor was ill.")

    told = db.session.scalars(select(Change.after).where(Change.table_name == "evidence")).all()
    assert [one["text"] for one in told if one] == ["•••", "•••"]
