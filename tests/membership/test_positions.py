"""Positions, what each of them brings, and how soon it holds."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from alumni.accounts.models import Account
from alumni.authz import Actor, Capability, Right
from alumni.chapters.models import (
    ChapterStatus,
    Officer,
    OfficerRight,
    Position,
    PositionRight,
)
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import speaking
from alumni.membership.commands.officers import Appointment, appoint
from alumni.membership.commands.positions import (
    PositionDetails,
    RightsChange,
    change_position,
    change_rights,
    make_position,
    retire_position,
)
from alumni.membership.policy import may_manage_chapters
from alumni.membership.policy.officers import may_give_to_position
from alumni.membership.queries.positions import (
    BY_POSITION,
    get_position,
    list_positions,
    positions,
    rights_of_positions,
)
from alumni.people.models import Person
from tests.browser import Browser
from tests.factories import (
    actor_of,
    make_chapter,
    make_event,
    make_member,
    make_officer,
    make_verified,
    saved,
)
from tests.refusals import refused

SignIn = Callable[[Account | Person], Browser]

OFFICE = Actor(capabilities=frozenset({Capability.MANAGE_CHAPTERS}))


def own_position(*rights: Right, code: str = "dean", **values: object) -> Position:
    """A position of this test: those the program brings are not to be changed."""
    invented: dict[str, object] = {"name_zh": "干事", "name_en": "Clerk", "order": 9}
    position = saved(Position(code=code, **(invented | values)))
    for right in rights:
        saved(PositionRight(position_id=position.id, right=right))
    return position


def details(**values: object) -> PositionDetails:
    invented: dict[str, object] = {
        "name_zh": "理事",
        "name_en": "Board Member",
        "order": 5,
        "reaches_below": False,
    }
    return PositionDetails(**(invented | values))  # type: ignore[arg-type]


def brings(position: Position) -> set[Right]:
    return set(rights_of_positions().get(position.id, frozenset()))


def test_making_a_position() -> None:
    with transaction():
        made = make_position(OFFICE, details(), frozenset({Right.VIEW, Right.REPORT}))

    assert (made.code, made.name_zh, made.order) == ("board_member", "理事", 5)
    assert brings(made) == {Right.VIEW, Right.REPORT}
    assert made.id in [position.id for position in positions()]


def test_two_positions_of_one_code_have_two() -> None:
    with transaction():
        first = make_position(OFFICE, details(), frozenset())
    with transaction():
        second = make_position(OFFICE, details(name_zh="委员", name_en="Board-Member"), frozenset())
    with transaction():
        chinese = make_position(OFFICE, details(name_zh="顾问", name_en="顾问"), frozenset())

    assert first.code == "board_member"
    assert second.code not in ("", first.code)
    assert chinese.code


@pytest.mark.parametrize(("field", "name"), [("name_zh", "会长"), ("name_en", "president")])
def test_no_two_positions_have_one_name(field: str, name: str) -> None:
    with pytest.raises(Invalid) as raised, transaction():
        make_position(OFFICE, details(**{field: name}), frozenset())

    assert raised.value.field == field


def test_changing_a_position() -> None:
    position = own_position(Right.VIEW)

    with transaction():
        change_position(OFFICE, position, details(reaches_below=True))
    with transaction():
        change_position(OFFICE, position, details(order=6))

    assert (position.name_en, position.order, position.reaches_below) == ("Board Member", 6, False)
    assert brings(position) == {Right.VIEW}


def test_a_change_of_rights_holds_at_once_and_leaves_others_alone() -> None:
    position = own_position(Right.VIEW, Right.EVENTS)
    other = own_position(Right.VIEW, Right.EVENTS, code="other", name_zh="甲", name_en="A")
    chapter = make_chapter()
    person, mate = make_officer(chapter, "dean"), make_officer(chapter, "other")
    change = {
        position.id: RightsChange(given=frozenset({Right.REPORT}), taken=frozenset({Right.EVENTS}))
    }

    with transaction():
        first = change_rights(OFFICE, change)
    with transaction():
        again = change_rights(OFFICE, change)

    assert (first, again) == (1, 0)
    assert brings(other) == {Right.VIEW, Right.EVENTS}
    assert actor_of(person).rights == {chapter.id: {Right.VIEW, Right.REPORT}}
    assert actor_of(mate).rights == {chapter.id: {Right.VIEW, Right.EVENTS}}


def test_exporting_comes_with_no_position() -> None:
    position = own_position(Right.VIEW)

    with pytest.raises(Refusal), transaction():
        change_rights(OFFICE, {position.id: RightsChange(given=frozenset({Right.EXPORT}))})

    assert brings(position) == {Right.VIEW}
    assert Right.EXPORT not in BY_POSITION


def test_who_works_at_a_desk_sees_it() -> None:
    position = own_position(Right.VIEW, Right.EVENTS)

    with pytest.raises(Invalid), transaction():
        change_rights(OFFICE, {position.id: RightsChange(taken=frozenset({Right.VIEW}))})
    with transaction():
        change_rights(
            OFFICE, {position.id: RightsChange(taken=frozenset({Right.VIEW, Right.EVENTS}))}
        )

    assert brings(position) == set()


def test_a_retired_position_is_kept_by_who_holds_it_and_given_to_nobody() -> None:
    position = own_position(Right.VIEW)
    chapter = make_chapter()
    holder, person = make_officer(chapter, "dean"), make_verified()
    wanted = Appointment(
        person=person.public_id, position_id=position.id, starts_on=today(), ends_on=None
    )

    for _again in range(2):
        with transaction():
            retire_position(OFFICE, position, is_retired=True)
    with pytest.raises(Invalid) as raised, transaction():
        appoint(OFFICE, chapter, wanted)
    assert raised.value.field == "position_id"
    assert position.id not in [offered.id for offered in positions()]
    assert actor_of(holder).may_in(Right.VIEW, chapter.id)

    with transaction():
        retire_position(OFFICE, position, is_retired=False)
    with transaction():
        appoint(OFFICE, chapter, wanted)
    assert actor_of(person).may_in(Right.VIEW, chapter.id)


def test_only_the_office_keeps_positions() -> None:
    leader = actor_of(make_officer(make_chapter()))
    position = own_position(Right.VIEW)

    with refused(may_manage_chapters):
        list_positions(leader)
    with refused(may_manage_chapters):
        get_position(leader, position.id)
    for forbidden in (
        lambda: make_position(leader, details(), frozenset()),
        lambda: change_position(leader, position, details()),
        lambda: change_rights(leader, {}),
        lambda: retire_position(leader, position, is_retired=True),
    ):
        with refused(may_manage_chapters), transaction():
            forbidden()
    with pytest.raises(NotFound):
        get_position(OFFICE, 999_999)


def test_nobody_gives_more_to_the_position_they_hold() -> None:
    chapter = make_chapter()
    position = own_position(Right.VIEW)
    clerk, next_one = make_member(chapter), make_member(chapter)
    day = timedelta(days=1)
    for person, starts_on in ((clerk, today() - day), (next_one, today() + day)):
        saved(
            Officer(
                person_id=person.id,
                chapter_id=chapter.id,
                position_id=position.id,
                starts_on=starts_on,
            )
        )
    more = {position.id: RightsChange(given=frozenset({Right.LETTERS}))}
    for person in (clerk, next_one):
        staff = Actor(person_id=person.id, capabilities=OFFICE.capabilities)
        with refused(may_give_to_position), transaction():
            change_rights(staff, more)
        with refused(may_give_to_position), transaction():
            change_position(staff, position, details(reaches_below=True))
        with transaction():
            change_position(staff, position, details())
    with transaction():
        change_rights(staff, {position.id: RightsChange(taken=frozenset({Right.VIEW}))})
    former = Actor(person_id=make_verified().id, capabilities=OFFICE.capabilities)
    with transaction():
        change_rights(former, {position.id: RightsChange(given=frozenset({Right.VIEW}))})

    assert actor_of(clerk).rights == {chapter.id: {Right.VIEW}}


def test_taking_the_right_to_decide_says_how_many_chapters_it_leaves_alone() -> None:
    lost, kept, granted = own_position(Right.VIEW, Right.APPROVE), make_chapter(), make_chapter()
    for chapter in (make_chapter(), make_chapter(), kept, granted):
        make_officer(chapter, lost.code)
    make_officer(kept)
    make_officer(make_chapter(status=ChapterStatus.ARCHIVED), lost.code)
    officer = db.session.scalars(select(Officer).where(Officer.chapter_id == granted.id)).one()
    saved(
        OfficerRight(officer_id=officer.id, right=Right.APPROVE, starts_on=today(), ends_on=today())
    )
    change = {lost.id: RightsChange(taken=frozenset({Right.APPROVE}))}

    with speaking("en"), pytest.raises(Refusal, match="nobody in 2") as raised, transaction():
        change_rights(OFFICE, change)
    before = brings(lost)
    with transaction():
        change_rights(OFFICE, change, leaving_nobody=True)

    assert (raised.value.status, before) == (409, {Right.VIEW, Right.APPROVE})
    assert brings(lost) == {Right.VIEW}


def test_what_another_position_brings_instead_leaves_nobody_alone() -> None:
    chapter = make_chapter()
    lost, instead = own_position(Right.VIEW, Right.APPROVE), own_position(Right.VIEW, code="vice")
    make_officer(chapter, lost.code)
    make_officer(chapter, instead.code)

    with transaction():
        change_rights(
            OFFICE,
            {
                lost.id: RightsChange(taken=frozenset({Right.APPROVE})),
                instead.id: RightsChange(given=frozenset({Right.APPROVE})),
            },
        )

    assert brings(instead) == {Right.VIEW, Right.APPROVE}


def test_the_page_of_the_rights_asks_for_a_tick(office: Browser) -> None:
    lost = own_position(Right.VIEW, Right.APPROVE)
    make_officer(make_chapter(), lost.code)
    url, cell = "/office/positions", f"{lost.id}:approve"
    form = office.get(url).form()
    given = [one for one in form.values["given"] if one != cell]

    stopped = office.send(form, url, given=given)
    meant = office.send(stopped.form(), url, leaving_nobody="y")

    assert not office.get(url).all("input", name="leaving_nobody")
    assert (stopped.status, meant.status) == (409, 303)
    assert stopped.all("input", name="leaving_nobody")
    assert brings(lost) == {Right.VIEW}


def test_the_list_counts_who_is_in_term() -> None:
    position = own_position(Right.VIEW)
    make_officer(make_chapter(), "dean")
    make_officer(
        make_chapter(),
        "dean",
        ends_on=today().replace(year=2020),
        starts_on=today().replace(year=2019),
    )

    row = next(row for row in list_positions(OFFICE) if row.position.id == position.id)

    assert (row.holders, row.rights) == (1, frozenset({Right.VIEW}))


def test_the_office_takes_events_from_a_position_and_the_next_post_is_refused(
    office: Browser, signed_in: SignIn
) -> None:
    position = own_position(Right.VIEW, Right.EVENTS, Right.LETTERS)
    chapter = make_chapter()
    clerk, leader = signed_in(make_officer(chapter, "dean")), signed_in(make_officer(chapter))
    event = make_event(chapter)
    form = clerk.get(f"/chapters/{chapter.slug}/desk/events/new")
    shown = office.get("/office/positions")
    cells = shown.form().values["given"]

    page = office.send(
        shown.form(),
        "/office/positions",
        given=[cell for cell in cells if cell != f"{position.id}:events"],
    )

    assert page.status == 303
    assert "1 position changed" in office.follow(page).text
    refusal = clerk.send(form.form(), form.url, title_zh="聚会的名字")
    assert refusal.status == 403
    assert "聚会的名字" in refusal.text
    assert clerk.get(f"/chapters/{chapter.slug}/desk/members").status == 200
    assert clerk.get(f"/chapters/{chapter.slug}/desk/letters").status == 200
    assert leader.get(f"/chapters/{chapter.slug}/desk/events/new").status == 200
    assert event.chapter_id == chapter.id
    assert brings(position) == {Right.VIEW, Right.LETTERS}


def test_what_another_changed_meanwhile_stays(office: Browser) -> None:
    position = own_position(Right.VIEW)
    shown = office.get("/office/positions")
    with transaction():
        change_rights(OFFICE, {position.id: RightsChange(given=frozenset({Right.REPORT}))})

    cells = [*shown.form().values["given"], f"{position.id}:events"]
    assert office.send(shown.form(), "/office/positions", given=cells).status == 303
    nothing = office.submit("/office/positions")

    db.session.rollback()
    assert brings(position) == {Right.VIEW, Right.REPORT, Right.EVENTS}
    assert "Nothing was changed" in office.follow(nothing).text


def test_the_matrix_comes_back_as_it_was_sent(office: Browser) -> None:
    position = own_position(Right.VIEW, Right.EVENTS)
    shown = office.get("/office/positions")
    cells = [
        cell
        for cell in shown.form().values["given"]
        if cell not in (f"{position.id}:view", f"{position.id}:nothing")
    ]

    page = office.send(shown.form(), "/office/positions", given=cells)
    strange = office.send(shown.form(), "/office/positions", given=["1:export", "x:view"])

    assert page.status == 422
    assert "also has to see it" in page.text
    assert page.form().values["given"] == cells
    assert strange.status == 422
    assert brings(position) == {Right.VIEW, Right.EVENTS}


def test_the_pages_of_a_position(office: Browser, signed_in: SignIn) -> None:
    made = office.submit(
        "/office/positions/new", name_zh="理事", name_en="Board Member", rights=["view", "report"]
    )
    wrong = office.submit("/office/positions/new", name_zh="会长", name_en="Other")
    db.session.rollback()
    position = db.session.scalars(select(Position).where(Position.name_zh == "理事")).one()
    url = f"/office/positions/{position.id}"
    saved_again = office.submit(url, name_en="Board member", reaches_below="y")
    retired = office.press(url, f"{url}/retire")
    shown = office.get("/office/positions")
    back = office.press(url, f"{url}/reinstate")

    assert (made.status, wrong.status, saved_again.status) == (303, 422, 303)
    assert (retired.status, back.status) == (303, 303)
    assert "Retired" in shown.text
    assert "Chapters below too" in shown.text
    db.session.rollback()
    db.session.refresh(position)
    assert (position.name_en, position.reaches_below) == ("Board member", True)
    assert not position.is_retired
    assert brings(position) == {Right.VIEW, Right.REPORT}
    assert office.get("/office/positions/999999").status == 404
    leader = signed_in(make_officer(make_chapter()))
    for page in ("/office/positions", "/office/positions/new", url):
        assert leader.get(page).status == 403


def test_titles_stand_in_both_languages_and_ended_terms_are_hidden(
    office: Browser, signed_in: SignIn
) -> None:
    own_position(Right.VIEW, name_zh="首席", name_en="Chief", order=-1)
    chapter = make_chapter()
    make_officer(chapter, "secretary")
    make_officer(chapter, "president")
    make_officer(chapter, "dean")
    make_officer(
        chapter,
        "treasurer",
        ends_on=today().replace(year=2025),
        starts_on=today().replace(year=2024),
    )
    reader = signed_in(make_member(chapter))

    english = reader.get(f"/chapters/{chapter.slug}")
    with reader.client.session_transaction() as session:
        session["language"] = "zh"
    chinese = reader.get(f"/chapters/{chapter.slug}")

    assert english.texts("dt")[:3] == ["Chief", "President", "Secretary General"]
    assert chinese.texts("dt")[:3] == ["首席", "会长", "秘书长"]
    assert "Treasurer" not in english.text
    assert db.session.scalars(select(Officer)).all()
