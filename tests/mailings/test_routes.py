import pytest
from sqlalchemy import select

from alumni.authz import Right, require
from alumni.chapters.models import Chapter, ChapterStatus, Position, PositionRight
from alumni.db import db
from alumni.mailings.jobs import prepare
from alumni.mailings.models import Choice, MailingStatus, MailList, Subscription
from alumni.mailings.policy import may_follow
from alumni.outbox.models import Delivery, DeliveryState, Suppression
from alumni.web import LETTER_POLICY
from tests.browser import Browser, FilledForm, Page
from tests.conftest import SignIn
from tests.factories import (
    actor_of,
    make_chapter,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.mailings.factories import all_mailings, approved, list_of, stored
from tests.outbox.factories import make_bulk, make_mailing, make_shared, states
from tests.refusals import refused

LETTER = {
    "subject_zh": "春节聚会",
    "source_zh": "亲爱的 {{name}}，\n\n欢迎回到 **{{chapter}}**。",
    "subject_en": "Spring gathering",
    "source_en": "Dear {{name}},\n\nwelcome to {{chapter}}.",
    "reply_to": "leader@example.com",
}


@pytest.fixture
def chapter() -> Chapter:
    return make_chapter(name_zh="小城分会", name_en="Small Town")


@pytest.fixture
def leader(signed_in: SignIn, chapter: Chapter) -> Browser:
    return signed_in(make_officer(chapter))


def test_from_the_leader_s_desk_to_the_readers(
    leader: Browser, office: Browser, chapter: Chapter
) -> None:
    list_of(chapter)
    member = make_member(chapter, make_verified("王小明", email="wang@example.com"))
    desk = f"/chapters/{chapter.slug}/desk/letters"

    empty = leader.get(desk)
    written = leader.follow(leader.submit(f"{desk}/new", **LETTER))
    (mailing,) = all_mailings()
    handed = leader.follow(leader.press(written.url, f"{written.url}/submit"))
    page = office.get(f"/office/mailings/{mailing.public_id}")
    done = office.follow(office.press(page.url, f"{page.url}/approve"))

    assert "No letters yet" in empty.text
    assert "2 Members who will get it" in written.text.replace("2Members", "2 Members")
    assert "Draft" in written.text
    assert "Waiting for approval" in handed.text
    assert "Being prepared" in done.text
    db.session.rollback()
    assert prepare() == 2
    assert "2Stilltosend" in leader.get(written.url).text.replace(" ", "")
    letter = db.session.scalars(select(Delivery).where(Delivery.person_id == member.id)).one()
    assert letter.email == "wang@example.com"
    for seen in (empty, written, handed, leader.get(written.url), leader.get(desk)):
        assert b"wang@example.com" not in seen.content


def test_the_preview_is_what_readers_see(leader: Browser, chapter: Chapter) -> None:
    leader.submit(
        f"/chapters/{chapter.slug}/desk/letters/new", **LETTER | {"source_en": "", "subject_en": ""}
    )
    (mailing,) = all_mailings()

    page = leader.get(f"/chapters/{chapter.slug}/desk/letters/{mailing.public_id}")
    frames = [leader.get(frame["src"]) for frame in page.all("iframe")]

    assert ["王小明" in frame.text for frame in frames] == [True, False]
    assert "欢迎回到 小城分会" in frames[0].text.replace("<strong>", "")
    assert "available in Chinese only" in frames[1].text
    assert "Only in Chinese" in page.text
    assert {frame.headers["Content-Security-Policy"] for frame in frames} == {LETTER_POLICY}


MISTAKES = [
    ({"subject_zh": ""}, "subject_zh"),
    ({"source_en": "Hello\n{{foo}}"}, "source_en"),
    ({"subject_en": "{{foo}}"}, "subject_en"),
    ({"subject_zh": "x" * 201}, "subject_zh"),
    ({"source_zh": "x" * 50_001}, "source_zh"),
    ({"reply_to": "nobody"}, "reply_to"),
]


@pytest.fixture(params=["desk_new", "desk_edit", "office_write", "office_edit"])
def writing(
    request: pytest.FixtureRequest, office: Browser, leader: Browser, chapter: Chapter
) -> tuple[Browser, str]:
    """Each form a letter is written on, with who opens it. There is one letter."""
    draft = make_mailing(list_of(chapter))
    desk = f"/chapters/{chapter.slug}/desk/letters"
    return {
        "desk_new": (leader, f"{desk}/new"),
        "desk_edit": (leader, f"{desk}/{draft.public_id}/edit"),
        "office_write": (office, f"/office/lists/{chapter.slug}/write"),
        "office_edit": (office, f"/office/mailings/{draft.public_id}/edit"),
    }[request.param]


@pytest.mark.parametrize(
    ("wrong", "field"),
    MISTAKES,
    ids=["no subject", "unknown field", "in the subject", "long", "too long", "no address"],
)
def test_a_mistake_comes_back_at_its_field(
    writing: tuple[Browser, str], wrong: dict[str, str], field: str
) -> None:
    browser, url = writing
    before = [mailing.body_hash for mailing in all_mailings()]
    typed = LETTER | wrong

    page = browser.submit(url, **typed)

    assert page.status == 422
    assert [
        one["id"] for tag in ("input", "textarea") for one in page.all(tag, aria_invalid="true")
    ] == [field]
    kept = {name: value.strip() for name, value in page.form().values.items()}
    assert kept | {"csrf_token": ""} == typed | {"csrf_token": ""}
    assert [mailing.body_hash for mailing in all_mailings()] == before


@pytest.mark.parametrize("who", ["leader", "office"])
def test_a_sent_letter_is_not_changed_and_what_was_typed_is_kept(
    office: Browser, leader: Browser, chapter: Chapter, who: str
) -> None:
    sent = make_mailing(list_of(chapter), status=MailingStatus.SENT)
    browser, url = {
        "leader": (leader, f"/chapters/{chapter.slug}/desk/letters/{sent.public_id}/edit"),
        "office": (office, f"/office/mailings/{sent.public_id}/edit"),
    }[who]

    page = browser.submit(url, **LETTER)

    assert page.status == 409
    assert "This letter is on its way" in page.all("div", role="alert")[0]["text"]
    assert page.form().values["subject_zh"] == LETTER["subject_zh"]


def test_giving_back_what_is_decided_already(office: Browser) -> None:
    mailing = make_mailing(list_of(None), status=MailingStatus.SUBMITTED)
    url = f"/office/mailings/{mailing.public_id}"
    page = office.get(url)
    office.send(page.form(f"{url}/approve"), url)

    answer = office.send(_form(page, "note"), url, note="请写明时间")

    assert answer.status == 409
    assert "does not wait for a decision" in answer.all("div", role="alert")[0]["text"]
    assert _form(answer, "note").values["note"].strip() == "请写明时间"


def test_looking_makes_no_lists(office: Browser, leader: Browser, chapter: Chapter) -> None:
    desk = f"/chapters/{chapter.slug}/desk/letters"
    pages = [
        office.get("/office/lists"),
        office.get(f"/office/lists/{chapter.slug}/write"),
        office.get("/office/lists/alumni/write"),
        leader.get(desk),
        leader.get(f"{desk}/new"),
    ]

    assert [page.status for page in pages] == [200] * 5
    assert db.session.scalars(select(MailList)).all() == []
    assert pages[0].all("a", href=f"/office/lists/{chapter.slug}/write")
    db.session.rollback()
    leader.submit(f"{desk}/new", **LETTER)
    office.submit(f"/office/lists/{chapter.slug}/write", **LETTER)
    assert [one.slug for one in db.session.scalars(select(MailList))] == [chapter.slug]
    assert office.get("/office/lists/nowhere/write").status == 404


def test_the_office_s_draft_is_not_at_the_chapter_s_desk(
    office: Browser, leader: Browser, chapter: Chapter
) -> None:
    office.submit(f"/office/lists/{chapter.slug}/write", **LETTER)
    (draft,) = all_mailings()
    desk = f"/chapters/{chapter.slug}/desk/letters"
    url, review = f"{desk}/{draft.public_id}", f"/office/mailings/{draft.public_id}"

    hidden = [leader.get(one) for one in (url, f"{url}/edit", f"/mailings/{draft.public_id}/zh")]
    listed = leader.get(desk)
    office.press(review, f"{review}/submit")
    office.press(review, f"{review}/approve")
    approved_one = leader.get(url)

    assert [page.status for page in hidden] == [404] * 3
    assert "No letters yet" in listed.text
    assert approved_one.status == 200
    assert not approved_one.all("a", href=f"{url}/edit")
    assert leader.get(f"{url}/edit").status == 403


def test_an_unknown_field_comes_back_with_all_that_was_typed(
    leader: Browser, chapter: Chapter
) -> None:
    wrong = LETTER | {"source_zh": "你好\n{{phone}}"}

    page = leader.submit(f"/chapters/{chapter.slug}/desk/letters/new", **wrong)

    assert page.status == 422
    assert "There is no field “phone” (line 2, character 1)" in page.text
    kept = {name: value.strip() for name, value in page.form().values.items()}
    assert kept | {"csrf_token": ""} == wrong | {"csrf_token": ""}
    assert page.all("textarea", id="source_zh")[0]["aria-invalid"] == "true"
    assert all_mailings() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject_zh": "", "source_zh": "", "subject_en": "", "source_en": ""},
        {"subject_zh": "x" * 201},
        {"subject_zh": "a\u2028b"},
        {"reply_to": "nobody"},
        {"csrf_token": "x"},
    ],
    ids=["nothing", "long", "two lines", "no address", "no token"],
)
def test_what_is_wrong_is_said(leader: Browser, chapter: Chapter, wrong: dict[str, str]) -> None:
    page = leader.submit(f"/chapters/{chapter.slug}/desk/letters/new", **LETTER | wrong)

    assert page.status == 422
    assert page.all("div", role="alert")
    assert all_mailings() == []


def test_given_back_changed_and_handed_in_again(
    leader: Browser, office: Browser, chapter: Chapter
) -> None:
    desk = f"/chapters/{chapter.slug}/desk/letters"
    url = leader.submit(f"{desk}/new", **LETTER).location
    leader.press(url, f"{url}/submit")
    (mailing,) = all_mailings()
    review = f"/office/mailings/{mailing.public_id}"

    without = office.send(_form(office.get(review), "note"), review, note=" ")
    given_back = office.follow(office.send(_form(office.get(review), "note"), review, note="When?"))
    seen = leader.get(url)
    changed = leader.follow(leader.submit(f"{url}/edit", subject_zh="新年聚会"))
    again = leader.follow(leader.press(url, f"{url}/submit"))

    assert without.status == 422
    assert "To be changed" in given_back.text
    assert "When?" in seen.text
    assert changed.texts("h1") == ["Spring gathering"]
    assert "Draft" in changed.text
    assert "Waiting for approval" in again.text


def test_a_stale_approval_is_a_conflict(office: Browser) -> None:
    mailing = make_mailing(list_of(None), status=MailingStatus.SUBMITTED)
    url = f"/office/mailings/{mailing.public_id}"
    page = office.get(url)
    office.submit(f"{url}/edit", subject_zh="Something else")
    office.press(url, f"{url}/submit")

    answer = office.send(page.form(f"{url}/approve"), url)

    assert answer.status == 409
    assert stored(mailing).status is MailingStatus.SUBMITTED


def test_the_office_writes_to_a_list(office: Browser) -> None:
    make_verified()
    lists = office.get("/office/lists")
    assert "All alumni" in lists.text

    url = office.submit("/office/lists/alumni/write", **LETTER).location
    page = office.follow(office.press(url, f"{url}/submit"))
    office.press(url, f"{url}/approve")

    assert "It goes to 1 reader" in page.all("form", action=f"{url}/approve")[0]["data-confirm"]
    assert [mailing.status for mailing in all_mailings()] == [MailingStatus.PREPARING]
    assert "Spring gathering" in office.get("/office/mailings").text
    assert "Spring gathering" in office.get("/office/mailings?status=preparing").text
    assert "No mailings here" in office.get("/office/mailings?status=sent").text


def test_the_list_of_mailings_has_pages(office: Browser) -> None:
    for _ in range(35):
        make_mailing()

    first = office.get("/office/mailings")
    second = office.get(first.all("a", rel="next")[0]["href"])

    assert (len(first.all("tr")), len(second.all("tr"))) == (31, 6)
    assert office.get("/office/mailings?status=lost").status == 400
    assert office.get("/office/mailings?before=nothing").status == 404


@pytest.mark.parametrize("how_many", [1, 3])
def test_as_many_statements_for_three_as_for_one(
    office: Browser, queries: list[str], how_many: int
) -> None:
    for _ in range(how_many):
        make_mailing(list_of(make_chapter()))
    for url in ("/office/mailings", "/office/lists"):
        office.get(url)
    queries.clear()

    office.get("/office/mailings")
    office.get("/office/lists")

    assert len([query for query in queries if "mail_list" in query]) == 5


def test_another_chapter_s_letters_are_not_there(leader: Browser, chapter: Chapter) -> None:
    other = make_chapter()
    theirs = make_mailing(list_of(other))
    ours = make_mailing(list_of(chapter))
    desk = f"/chapters/{chapter.slug}/desk/letters"

    assert [
        leader.get(url).status
        for url in (
            f"/chapters/{other.slug}/desk/letters",
            f"/chapters/{other.slug}/desk/letters/new",
            f"/chapters/{other.slug}/desk/letters/{ours.public_id}",
            f"{desk}/{theirs.public_id}",
            f"{desk}/{theirs.public_id}/edit",
            f"/mailings/{theirs.public_id}/zh",
            f"/mailings/{ours.public_id}/fr",
        )
    ] == [404] * 7
    assert leader.get(f"{desk}/{ours.public_id}").status == 200


def test_the_office_s_pages_are_the_office_s(leader: Browser, chapter: Chapter) -> None:
    ours = make_mailing(list_of(chapter))

    assert [
        leader.get(url).status
        for url in (
            "/office/mailings",
            "/office/lists",
            "/office/lists/alumni/write",
            f"/office/mailings/{ours.public_id}",
            f"/office/mailings/{ours.public_id}/edit",
        )
    ] == [403] * 5


def test_who_may_only_look_does_not_write(signed_in: SignIn, chapter: Chapter) -> None:
    treasurer = signed_in(make_officer(chapter, "treasurer"))
    desk = f"/chapters/{chapter.slug}/desk/letters"

    assert "Write a letter" not in treasurer.get(desk).text
    assert treasurer.get(f"{desk}/new").status == 403


def test_a_chapter_that_is_not_open_has_no_letters(office: Browser) -> None:
    dormant = make_chapter(status=ChapterStatus.DORMANT)

    assert "No letters yet" in office.get(f"/chapters/{dormant.slug}/desk/letters").text
    assert office.get(f"/chapters/{dormant.slug}/desk/letters/new").status == 404


def test_a_letter_on_its_way_shows_how_far_it_is(office: Browser) -> None:
    mailing = approved(list_of(None), status=MailingStatus.SENDING)
    shared = make_shared()
    make_bulk(mailing, shared, state=DeliveryState.SENT)
    make_bulk(mailing, shared, state=DeliveryState.SKIPPED, reason="same address")

    page = office.get(f"/office/mailings/{mailing.public_id}")

    assert page.all("progress")[0]["value"] == page.all("progress")[0]["max"] == "2"
    assert "Somebody else at the same address" in page.text
    assert not page.all("a", href=f"/office/mailings/{mailing.public_id}/edit")


class TestUnsubscribing:
    @pytest.fixture
    def letter(self) -> Delivery:
        return make_bulk(make_mailing(), make_shared(), email="wang@example.com")

    @pytest.fixture
    def url(self, letter: Delivery) -> str:
        return f"/u/{letter.token}"

    def test_looking_changes_nothing(self, browser: Browser, url: str) -> None:
        page = browser.get(url)
        browser.client.head(url)

        assert page.status == 200
        assert "w•••@example.com" in page.text
        assert b"wang@" not in page.content
        assert db.session.scalars(select(Subscription)).all() == []

    def test_with_one_click(self, browser: Browser, url: str, letter: Delivery) -> None:
        """As a mail provider does it: no cookie, no token, no redirect; and again."""
        for _ in range(2):
            page = browser.post(url, **{"List-Unsubscribe": "One-Click"})
            assert page.status == 200
            assert "You get no more letters of" in page.text

        assert db.session.scalars(select(Subscription.choice)).all() == [Choice.UNSUBSCRIBED]
        assert states(letter) == [DeliveryState.SKIPPED]

    def test_by_button_and_back(self, browser: Browser, url: str) -> None:
        page = browser.get(url)
        (first, all_of_them) = [form for form in page.forms if form.action == url]

        gone = browser.send(first, url)
        (_, back) = [form for form in gone.forms if form.action == url]
        again = browser.send(back, url)
        nothing = browser.send(all_of_them, url)

        assert "You get the letters of this list" in again.text
        assert "You get no more letters from the association" in nothing.text
        assert db.session.scalars(select(Suppression.email)).all() == ["wang@example.com"]

    @pytest.mark.parametrize("token", ["a" * 26, "a", "%00" * 26, "0" * 27])
    def test_an_unknown_token(self, browser: Browser, token: str) -> None:
        assert browser.get(f"/u/{token}").status == 404
        assert browser.post(f"/u/{token}").status == 404

    def test_in_capitals(self, browser: Browser, url: str) -> None:
        assert browser.get("/u/" + url.removeprefix("/u/").upper()).status == 200


def _form(page: Page, name: str) -> FilledForm:
    return next(form for form in page.forms if name in form.values)


def test_letters_are_followed_by_who_views_members_or_writes(signed_in: SignIn) -> None:
    chapter = make_chapter()
    position = saved(Position(code="archivist", name_zh="档案员", name_en="Archivist"))
    saved(PositionRight(position_id=position.id, right=Right.EDIT))
    archivist = make_officer(chapter, "archivist")

    with refused(may_follow):
        require(may_follow, actor_of(archivist), chapter.id)
    page = f"/chapters/{chapter.slug}/desk/letters"
    assert signed_in(archivist).get(page).status == 403
    assert signed_in(make_officer(chapter, "treasurer")).get(page).status == 200
