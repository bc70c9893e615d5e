"""Asking the office to change a name or a study, and what it answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from alumni.accounts.models import Account, Assignment
from alumni.audit.models import Change, ChangeSet
from alumni.authz import SYSTEM, Actor
from alumni.codes.models import Code, CodeKind
from alumni.db import db, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.i18n import speaking
from alumni.outbox.models import Delivery
from alumni.people.commands import done
from alumni.people.commands.asking import (
    Wanted,
    approve_change,
    ask_change,
    reject_change,
    withdraw_change,
)
from alumni.people.commands.studies import remove_study
from alumni.people.models import Person, Study, StudyInstitution
from alumni.people.models.asking import ChangeRequest, ChangeState
from alumni.people.policy import (
    may_decide_change,
    may_edit,
    may_edit_people,
    may_withdraw_change,
)
from alumni.people.queries.asking import changes_waiting, get_wish, wishes
from alumni.people.queries.editing import get_row
from alumni.people.queries.search import hits, matches
from tests.browser import Browser, at_once
from tests.conftest import SignIn
from tests.factories import account_of, actor_of, make_account, make_person, make_verified, saved
from tests.refusals import refused

STUDIED: dict[str, Any] = {"year": 1998, "college": "口腔医学院", "class_label": "3班"}


@pytest.fixture(autouse=True)
def _in_english(_clean: None) -> Iterator[None]:
    with speaking("en"):
        yield


def wish_for(
    person: Person, field: str, after: str, row_id: int = 0, *, reason: str = "diploma"
) -> ChangeRequest:
    """What the person asks for, kept."""
    with transaction():
        wanted = Wanted(after=after, reason=reason)
        return ask_change(actor_of(person), _anew(person), field, row_id, wanted)


def decide(request: ChangeRequest, actor: Actor = SYSTEM, *, seen: str | None = None) -> None:
    with transaction():
        held = get_wish(actor, request.public_id).request
        approve_change(actor, held, held.before if seen is None else seen)


def _anew(person: Person) -> Person:
    return db.session.scalars(select(Person).where(Person.id == person.id)).one()


def now_of(person: Person) -> Person:
    """The person as they are kept."""
    db.session.rollback()
    db.session.expire_all()
    return _anew(person)


def change(person: Person, **values: str) -> None:
    """Somebody else changes the names."""
    with transaction():
        changed = _anew(person)
        for name, value in values.items():
            setattr(changed, name, value)
        done(SYSTEM, "changed_names", changed)


def state_of(request: ChangeRequest) -> ChangeState:
    db.session.rollback()
    asked = select(ChangeRequest.state).where(ChangeRequest.id == request.id)
    return db.session.scalars(asked).one()


def study_of(person: Person) -> Study:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Study).where(Study.person_id == person.id)).one()


def letters(kind: str) -> list[Delivery]:
    db.session.rollback()
    sent = select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)
    return list(db.session.scalars(sent))


def test_a_name_that_is_approved_is_found_read_and_sorted_anew() -> None:
    person = make_verified("曾国强", language="zh")
    request = wish_for(person, "name_zh", "单雪", reason="户口本")

    decide(request)

    person = now_of(person)
    assert (person.name_zh, person.pinyin_surname, person.sort_key) == (
        "单雪",
        "shan",
        "shan xue 单雪",
    )
    assert account_of(person).name == "单雪"
    found = select(hits(SYSTEM)).where(matches(SYSTEM, "shanxue"))
    assert list(db.session.scalars(found)) == [person.id]
    [letter] = letters("change_approved")
    assert (letter.language, letter.person_id) == ("zh", person.id)
    assert "曾国强 → 单雪" in str(letter.text)


def test_the_history_says_who_asked_and_why() -> None:
    person = make_verified("曾国强")
    request = wish_for(person, "name_latin", "Zeng Guoqiang", reason="as in my passport")

    decide(request)

    deeds = select(ChangeSet).order_by(ChangeSet.id.desc()).limit(2)
    last, before = db.session.scalars(deeds)
    assert (before.verb, last.verb) == ("changed_names", "approved_change")
    assert last.why == "as in my passport"
    assert last.facts == {"asked_by": account_of(person).id}
    told = select(Change).where(Change.change_set_id == before.id, Change.table_name == "person")
    change = db.session.scalars(told).one()
    assert change.after is not None
    assert change.after["name_latin"] == "Zeng Guoqiang"


def test_a_reading_that_somebody_wrote_outlives_a_new_passport() -> None:
    person = make_verified("曾国强", pinyin_surname="tseng", pinyin_given="kuo", pinyin_edited=True)

    decide(wish_for(person, "name_latin", "Tseng Kuo"))

    person = now_of(person)
    assert (person.pinyin_surname, person.pinyin_given) == ("tseng", "kuo")
    assert person.pinyin_edited


@pytest.mark.parametrize(
    ("field", "after", "column", "kept"),
    [
        ("graduation", "1999-07", "graduation_year", 1999),
        ("graduation", "1999-07", "graduation_month", 7),
        ("entry", "", "entry_year", None),
        ("class_label", "5班", "class_label", "5班"),
        ("level", "master", "level", "master"),
        ("supervisor", "李平", "supervisor", "李平"),
    ],
)
def test_a_study_is_changed_in_that_and_in_nothing_else(
    field: str, after: str, column: str, kept: object
) -> None:
    person = make_verified(**STUDIED, student_number="1993001")
    study = study_of(person)
    request = wish_for(person, field, after, study.id)

    decide(request)

    columns = ("class_label", "college_id", "graduation_year", "is_primary")
    before = {name: getattr(study, name) for name in columns}
    study = study_of(person)
    assert getattr(study, column) == kept
    assert {name: getattr(study, name) for name in columns if name != column} == {
        name: value for name, value in before.items() if name != column
    }
    number = select(StudyInstitution.student_number).where(StudyInstitution.study_id == study.id)
    assert list(db.session.scalars(number)) == ["1993001"]


def test_a_word_of_a_list_is_asked_for_by_its_name() -> None:
    person = make_verified(**STUDIED)
    college = db.session.scalars(
        select(Code).where(Code.kind == CodeKind.COLLEGE, Code.name_zh == "药学院")
    ).one()
    request = wish_for(person, "college", "药学院", study_of(person).id)

    assert (request.before, request.after) == ("口腔医学院", "药学院")
    decide(request)
    assert study_of(person).college_id == college.id


def test_a_word_that_nobody_lists_is_refused() -> None:
    person = make_verified(**STUDIED)
    with pytest.raises(Invalid, match="not in the list"):
        wish_for(person, "college", "魔法学院", study_of(person).id)


def test_a_number_of_somebody_else_is_refused_to_the_office_alone() -> None:
    make_person("单雪", **STUDIED, student_number="1993001")
    person = make_verified(**STUDIED, student_number="1993002")
    row = db.session.scalars(
        select(StudyInstitution).where(StudyInstitution.person_id == person.id)
    ).one()
    request = wish_for(person, "student_number", "1993001", row.id)

    with pytest.raises(Refusal, match="Shan Xue"):
        decide(request)
    assert state_of(request) is ChangeState.WAITING


@pytest.mark.parametrize(("field", "after"), [("graduation", "1990"), ("entry", "1999")])
def test_nobody_graduates_before_the_entry(field: str, after: str) -> None:
    person = make_verified(**STUDIED)
    with pytest.raises(Invalid) as raised:
        wish_for(person, field, after, study_of(person).id)
    assert raised.value.field == "after"


def test_the_order_is_looked_at_again_when_it_is_decided() -> None:
    person = make_verified(**STUDIED)
    study = study_of(person)
    request = wish_for(person, "entry", "1997", study.id)
    decide(wish_for(person, "graduation", "1996", study.id))

    with pytest.raises(Invalid):
        decide(request)
    assert study_of(person).entry_year == 1993


def test_one_request_waits_for_each_fact() -> None:
    person = make_verified("曾国强")
    first = wish_for(person, "name_zh", "单雪")
    with pytest.raises(Refusal, match="already"):
        wish_for(person, "name_zh", "单冰")
    wish_for(person, "name_latin", "Shan Xue")

    with transaction():
        withdraw_change(actor_of(person), first)
    second = wish_for(person, "name_zh", "单冰")

    assert (state_of(first), state_of(second)) == (ChangeState.WITHDRAWN, ChangeState.WAITING)
    assert changes_waiting(SYSTEM) == 2


def test_what_stands_there_is_no_wish() -> None:
    person = make_verified("曾国强")
    with pytest.raises(Invalid):
        wish_for(person, "name_zh", "曾国强")


def test_the_last_name_stays() -> None:
    person = make_verified("曾国强")
    with pytest.raises(Invalid, match="one name"):
        wish_for(person, "name_zh", "")


@pytest.mark.parametrize("field", ["status", "name_en", "listed", "id", "name_zh\x00", "sort_key"])
def test_only_what_the_office_keeps_is_asked_for(field: str) -> None:
    person = make_verified("曾国强")
    with pytest.raises(NotFound):
        wish_for(person, field, "verified")


def test_nobody_asks_for_the_study_of_another() -> None:
    theirs = study_of(make_verified(**STUDIED))
    person = make_verified(**STUDIED)
    with pytest.raises(NotFound):
        wish_for(person, "class_label", "9班", theirs.id)
    with pytest.raises(NotFound):
        wish_for(person, "name_zh", "单雪", person.id)
    with refused(may_edit), transaction():
        ask_change(
            actor_of(person),
            db.session.get_one(Person, theirs.person_id),
            "class_label",
            theirs.id,
            Wanted(after="9班", reason="x"),
        )


def test_nobody_decides_about_the_own_request() -> None:
    person = make_verified("曾国强")
    for capability in ("people.view", "people.edit"):
        saved(
            Assignment(account_id=account_of(person).id, capability=capability, starts_on=today())
        )
    request = wish_for(person, "name_zh", "单雪")
    with refused(may_decide_change):
        decide(request, actor_of(person))
    with refused(may_decide_change), transaction():
        reject_change(actor_of(person), get_wish(SYSTEM, request.public_id).request, "no")
    assert state_of(request) is ChangeState.WAITING


def test_rules() -> None:
    person, other = make_verified("曾国强"), make_verified()
    request = wish_for(person, "name_zh", "单雪")
    with refused(may_withdraw_change), transaction():
        withdraw_change(actor_of(other), request)
    with refused(may_edit_people):
        wishes(actor_of(person), ChangeState.WAITING, 1)
    with refused(may_decide_change), transaction():
        approve_change(actor_of(other), request, "曾国强")


def test_a_value_that_changed_meanwhile_is_said_and_not_overwritten() -> None:
    person = make_verified("曾国强")
    request = wish_for(person, "name_latin", "Tseng Kuo-chiang")
    change(person, name_latin="Zeng Guoqiang")

    wish = get_wish(SYSTEM, request.public_id)
    assert (wish.is_stale, wish.now) == (True, "Zeng Guoqiang")
    with pytest.raises(Refusal, match="meanwhile"):
        decide(request)

    decide(request, seen="Zeng Guoqiang")
    assert now_of(person).name_latin == "Tseng Kuo-chiang"


def test_a_study_that_was_removed_can_only_be_declined() -> None:
    person = make_verified(**STUDIED)
    study = study_of(person)
    request = wish_for(person, "class_label", "5班", study.id)
    with transaction():
        kept = _anew(person)
        remove_study(SYSTEM, kept, get_row(kept, Study, study.id))

    assert not get_wish(SYSTEM, request.public_id).is_there
    with pytest.raises(Refusal, match="removed"):
        decide(request)
    with transaction():
        reject_change(SYSTEM, get_wish(SYSTEM, request.public_id).request, "It is gone.")
    assert state_of(request) is ChangeState.REJECTED


def test_a_decision_is_taken_once(app: Any) -> None:
    request = wish_for(make_verified("曾国强"), "name_zh", "单雪")
    db.session.rollback()

    def work(deed: str) -> None:
        with app.app_context(), transaction():
            held = get_wish(SYSTEM, request.public_id).request
            if deed == "approve":
                approve_change(SYSTEM, held, "曾国强")
            else:
                reject_change(SYSTEM, held, "no")

    problems = at_once(work, ["approve", "reject"])

    assert [type(problem) for problem in problems] == [Refusal]
    kinds = select(func.count()).where(Delivery.kind.in_(("change_approved", "change_rejected")))
    assert db.session.scalar(kinds) == 1


def test_the_own_page_asks_shows_and_withdraws(signed_in: SignIn) -> None:
    person = make_verified("曾国强", **STUDIED, student_number="1993001")
    browser = signed_in(person)
    page = browser.get("/me/profile")
    assert "/me/profile/changes" in [a["href"] for a in page.all("a")]

    here = f"/me/profile/changes/graduation/{study_of(person).id}"
    page = browser.submit(here, after="August", reason="")
    assert page.status == 422
    assert page.form().values["after"] == "August"

    browser.submit(here, after="1999.7", reason="diploma")
    page = browser.get("/me/profile/changes")
    assert "1998 → July 1999" in page.text
    assert "Waits for the office" in page.text

    db.session.rollback()
    request = db.session.scalars(select(ChangeRequest)).one()
    assert (request.before, request.after) == ("1998", "1999-07")
    browser.press("/me/profile/changes", f"/me/profile/changes/{request.public_id}/withdraw")
    assert state_of(request) is ChangeState.WITHDRAWN


def test_strangers_reach_neither_request_nor_queue(signed_in: SignIn) -> None:
    request = wish_for(make_verified("曾国强"), "name_zh", "单雪")
    stranger = signed_in(make_verified())
    page = stranger.get("/me/profile/changes")
    form = next(form for form in page.forms if form.action == "/language")
    token = form.values["csrf_token"]
    withdraw = f"/me/profile/changes/{request.public_id}/withdraw"
    assert stranger.post(withdraw, csrf_token=token).status == 404
    for path in ("/office/changes", f"/office/changes/{request.public_id}"):
        assert stranger.get(path).status == 403
    assert state_of(request) is ChangeState.WAITING


def test_the_office_decides_about_several_at_once(office: Browser) -> None:
    one, two, three = (make_verified(name) for name in ("曾国强", "李平", "王伟"))
    good, stale = wish_for(one, "name_zh", "曾强"), wish_for(two, "name_latin", "Lee Ping")
    wish_for(three, "name_zh", "王玮")
    change(two, name_latin="Li Ping")

    page = office.get("/office/changes")
    assert "Changed meanwhile: Li Ping" in page.text
    page = office.submit(
        "/office/changes", change=[good.public_id, stale.public_id, "x"], deed="approve"
    )

    assert [now_of(one).name_zh, now_of(two).name_latin, now_of(three).name_zh] == [
        "曾强",
        "Li Ping",
        "王伟",
    ]
    assert [row["text"] for row in page.all("span", class_="state ok")] == ["Changed as asked"]
    assert len(page.all("span", class_="state bad")) == 2


def test_the_office_declines_with_a_reason(office: Browser) -> None:
    person = make_verified("曾国强", language="en")
    request = wish_for(person, "name_zh", "曾强")
    here = f"/office/changes/{request.public_id}"

    page = office.submit(here, action=f"{here}/reject", on=here, answer=" ")
    assert page.status == 422
    office.submit(here, action=f"{here}/reject", on=here, answer="The register says so.")

    assert state_of(request) is ChangeState.REJECTED
    assert now_of(person).name_zh == "曾国强"
    [letter] = letters("change_rejected")
    assert letter.subject == "Not changed: Chinese name"
    assert "The register says so." in str(letter.text)


def test_the_office_approves_what_it_saw(office: Browser) -> None:
    person = make_verified("曾国强")
    request = wish_for(person, "name_zh", "单雪")
    here = f"/office/changes/{request.public_id}"

    office.press(here, f"{here}/approve", seen="somebody")
    assert state_of(request) is ChangeState.WAITING
    office.press(here, f"{here}/approve")

    assert state_of(request) is ChangeState.APPROVED
    page = office.get(f"/office/people/{person.public_id}")
    assert f"Asked for by {account_of(person).name}" in page.text


def test_a_queue_is_read_in_as_many_statements_for_many(
    office: Browser, queries: list[str]
) -> None:
    office.get("/office/changes")
    numbers = []
    for _ in range(2):
        for _one in range(2):
            person = make_verified("曾国强", **STUDIED)
            wish_for(person, "name_zh", "单雪")
            wish_for(person, "class_label", "5班", study_of(person).id)
        queries.clear()
        office.get("/office/changes")
        numbers.append(len([query for query in queries if query.startswith("SELECT")]))
    assert numbers[0] == numbers[1]


def test_the_account_of_the_office_stays_who_it_is() -> None:
    """The row that is changed is the asker's account, not the office's."""
    office = make_account(role="office")
    person = make_verified("曾国强")
    decide(wish_for(person, "name_zh", "单雪"), actor_of(office))
    names = select(Account.name).where(Account.id == office.id)
    assert db.session.scalar(names) == office.name


def test_what_was_ticked_stays_ticked_when_the_answer_is_missing(office: Browser) -> None:
    one, two = (make_verified(name) for name in ("曾国强", "李平"))
    first, _second = wish_for(one, "name_zh", "曾强"), wish_for(two, "name_zh", "李萍")

    page = office.submit("/office/changes", change=[first.public_id], deed="reject")

    assert page.status == 422
    boxes = {box["value"]: "checked" in box for box in page.all("input", type="checkbox")}
    assert len(boxes) == 2
    assert [value for value, is_checked in boxes.items() if is_checked] == [first.public_id]


def test_with_nothing_ticked_the_choice_and_the_answer_are_kept(office: Browser) -> None:
    wish_for(make_verified("曾国强"), "name_zh", "曾强")

    page = office.submit("/office/changes", deed="reject", answer="Not so.")

    assert page.status == 422
    assert page.texts("div", role="alert") == ["Tick the requests first."]
    chosen = [one["value"] for one in page.all("option") if "selected" in one]
    assert "reject" in chosen
    assert [one["value"] for one in page.all("input", name="answer")] == ["Not so."]
