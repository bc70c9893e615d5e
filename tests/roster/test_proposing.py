"""Officers send lists; the office brings in what is right; nobody learns by it whom we know."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from alumni.accounts.models import Account
from alumni.audit.models import ChangeSet
from alumni.authz import SYSTEM, Actor, Right
from alumni.db import db, now, today, transaction
from alumni.errors import Invalid, NotFound, Refusal
from alumni.membership.commands.uniting import unite
from alumni.membership.policy import may_see_desk
from alumni.outbox.models import Delivery
from alumni.people.models import Person
from alumni.roster.commands.imports import accept, discard
from alumni.roster.commands.proposing import propose, say_columns, send_back, withdraw
from alumni.roster.commands.receiving import map_columns
from alumni.roster.commands.settling import Wish, settle_all
from alumni.roster.commands.undoing import ask_undo
from alumni.roster.jobs import clear_away, forget
from alumni.roster.models import (
    BatchKind,
    BatchState,
    ImportBatch,
    ImportChunk,
    ImportMapping,
    ImportRow,
    Proposal,
)
from alumni.roster.policy import (
    PROPOSAL_BYTES,
    PROPOSAL_ROWS,
    PROPOSALS_A_DAY,
    may_change_proposal,
    may_fetch_template,
    may_import,
    may_propose,
)
from alumni.roster.queries.proposing import (
    get_proposal,
    get_proposing,
    insist_room,
    my_proposals,
    origins,
    proposals_waiting,
    unreadable,
    unsettled,
    waiting_proposals,
)
from alumni.roster.queries.templates import template_csv, template_xlsx
from alumni.roster.reading import look
from tests.browser import at_once
from tests.factories import (
    actor_of,
    make_account,
    make_chapter,
    make_member,
    make_officer,
    make_person,
    the_chapter,
)
from tests.refusals import refused
from tests.roster.rosters import as_csv, counts, worked

HEADER = ("姓名", "届别", "院系", "手机", "微信")
LI, HAN = ("李雷", "2001", "口腔医学院", "", ""), ("韩梅梅", "2001", "护理学院", "", "")
ODD = ("姓名", "乙")
"""The second is a header that nobody can know."""


def leader(slug: str = "anshan") -> Actor:
    return actor_of(make_officer(the_chapter(slug)))


def importer() -> Actor:
    return actor_of(make_account(role="office"))


def sent(
    *rows: tuple[str, ...],
    actor: Actor | None = None,
    header: tuple[str, ...] = HEADER,
    slug: str = "anshan",
) -> ImportBatch:
    """A list that was proposed, and read as far as its columns are clear."""
    content = as_csv(*rows, header=header)
    actor = actor or leader(slug)
    with transaction():
        batch = propose(actor, the_chapter(slug), "名单.csv", content, look(content))
    return worked(batch)


@contextmanager
def conflict() -> Iterator[None]:
    """It is refused since things stand otherwise by now, and not for who asks it."""
    with pytest.raises(Refusal) as refusal:
        yield
    assert (refusal.type, refusal.value.status) == (Refusal, 409)


def sender(batch: ImportBatch) -> Actor:
    return actor_of(db.session.get_one(Account, batch.proposed_by_id))


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def number_of(model: Any, batch: ImportBatch) -> int:
    mine = select(func.count()).select_from(model).where(model.batch_id == batch.id)
    return db.session.scalar(mine) or 0


def verbs(batch: ImportBatch) -> list[str]:
    told = select(ChangeSet.verb).where(
        ChangeSet.subject_table == "import_batch", ChangeSet.subject_id == batch.id
    )
    return list(db.session.scalars(told.order_by(ChangeSet.id)))


def test_a_list_waits_for_the_office_and_changes_nothing() -> None:
    actor = leader()
    before = people()

    batch = sent(LI, HAN, actor=actor)

    assert (batch.kind, batch.state) == (BatchKind.CHAPTER, BatchState.STAGED)
    assert (batch.proposal, batch.proposed_by_id) == (Proposal.WAITING, actor.account_id)
    assert batch.chapter_id == the_chapter("anshan").id
    assert batch.account_id is None
    assert counts(batch) == (2, 0, 0, 0, 0)
    assert people() == before
    assert verbs(batch) == ["proposed_list"]


def test_the_office_brings_it_in_and_takes_it_back() -> None:
    batch, office = sent(LI, HAN), importer()
    before = people()
    assert proposals_waiting(office) == 1
    assert list(db.session.scalars(waiting_proposals(office))) == [batch]

    with transaction():
        accept(office, batch)
    worked(batch)

    assert (batch.proposal, batch.state) == (Proposal.TAKEN, BatchState.APPLIED)
    assert batch.account_id == office.account_id
    assert people() == before + 2
    assert proposals_waiting(office) == 0
    deeds = select(ChangeSet.verb, ChangeSet.account_id).where(ChangeSet.batch_id == batch.id)
    assert db.session.execute(deeds).all() == [("imported", office.account_id)]
    with transaction():
        ask_undo(office, batch)
    worked(batch)
    assert people() == before


@pytest.mark.parametrize("deed", ["columns", "rows"])
def test_whatever_the_office_says_of_it_takes_it_up(deed: str) -> None:
    batch, office = sent(LI), importer()

    with transaction():
        if deed == "columns":
            map_columns(office, batch, {"姓名": "name", "届别": "graduation"}, {})
        else:
            settle_all(office, batch, Wish.LEAVE)

    assert (batch.proposal, batch.account_id) == (Proposal.TAKEN, office.account_id)
    assert "took_up_proposal" in verbs(batch)
    with conflict(), transaction():
        withdraw(sender(batch), batch)
    with conflict(), transaction():
        say_columns(sender(batch), batch, {"姓名": "name", "届别": "graduation"})


def test_a_list_without_news_waits_too_until_the_office_says_so() -> None:
    make_person("李雷", year=2001, college="口腔医学院")
    batch, office = sent(LI), importer()
    assert batch.unchanged + batch.possible + batch.updated == 1
    with transaction():
        settle_all(office, batch, Wish.LEAVE)
    assert batch.state is BatchState.STAGED

    with transaction():
        accept(office, batch)
    assert worked(batch).state is BatchState.APPLIED


def test_who_may_send_a_list() -> None:
    chapter, content = the_chapter("anshan"), as_csv(LI, header=HEADER)
    looked = look(content)
    keeper = importer()
    own = leader()
    reader = replace(own, rights={chapter.id: frozenset(Right) - {Right.EDIT}})
    for actor in (keeper, reader, leader("shenyang"), actor_of(make_member(chapter)), Actor()):
        with refused(may_propose), transaction():
            propose(actor, chapter, "x.csv", content, looked)
        with refused(may_propose):
            my_proposals(actor, chapter)
        with refused(may_propose):
            unsettled(actor, chapter)
    for actor in (leader("shenyang"), actor_of(make_member(chapter)), Actor()):
        with pytest.raises(NotFound):
            get_proposing(actor, "anshan")
    with refused(may_propose):
        get_proposing(keeper, "anshan")
    with refused(may_propose):
        get_proposing(reader, "anshan")
    assert get_proposing(own, "anshan").id == chapter.id


def test_who_had_a_term_may_no_more() -> None:
    yesterday = today() - timedelta(days=1)
    former = actor_of(make_officer(the_chapter("anshan"), ends_on=yesterday))

    with refused(may_propose), transaction():
        sent(LI, actor=former)
    with refused(may_see_desk):
        get_proposing(former, "anshan")


def test_each_sees_and_withdraws_the_own_alone() -> None:
    batch, chapter = sent(LI), the_chapter("anshan")
    mine, other = sender(batch), leader()
    above = replace(other, rights={**other.rights, the_chapter("shenyang").id: frozenset(Right)})

    assert list(db.session.scalars(my_proposals(mine, chapter))) == [batch]
    assert get_proposal(mine, chapter, batch.public_id) == batch
    assert list(db.session.scalars(my_proposals(other, chapter))) == []
    for actor, led in ((other, chapter), (above, the_chapter("shenyang"))):
        with pytest.raises(NotFound):
            get_proposal(actor, led, batch.public_id)
    for actor in (other, importer(), replace(mine, rights={})):
        with refused(may_change_proposal), transaction():
            withdraw(actor, batch)
        with refused(may_change_proposal), transaction():
            say_columns(actor, batch, {})


def test_a_list_is_withdrawn_before_the_office_begins() -> None:
    batch = sent(LI)
    mine = sender(batch)
    for _again in range(2):
        with transaction():
            withdraw(mine, batch)

    assert (batch.proposal, batch.state) == (Proposal.WITHDRAWN, BatchState.DISCARDED)
    assert number_of(ImportRow, batch) == number_of(ImportChunk, batch) == 0
    assert verbs(batch) == ["proposed_list", "withdrew_list"]
    office = importer()
    assert proposals_waiting(office) == 0
    with conflict(), transaction():
        accept(office, batch)
    with conflict(), transaction():
        send_back(office, batch, "Why?")


def test_of_what_is_withdrawn_or_sent_back_no_value_is_kept_as_a_sample() -> None:
    withdrawn, returned = sent(LI), sent(HAN)
    worked(withdrawn)
    worked(returned)
    assert "李雷" in str(withdrawn.looked)
    with transaction():
        withdraw(sender(withdrawn), withdrawn)
        send_back(importer(), returned, "看不清")
    for batch in (withdrawn, returned):
        assert not any(column["samples"] for column in batch.looked["columns"])
        assert batch.looked["headers"] == list(HEADER)


def test_while_it_is_read_it_is_not_withdrawn() -> None:
    content, actor = as_csv(LI, header=HEADER), leader()
    with transaction():
        batch = propose(actor, the_chapter("anshan"), "x.csv", content, look(content))
    assert batch.state is BatchState.READING

    with conflict(), transaction():
        withdraw(actor, batch)


def test_the_office_sends_it_back_with_the_reason() -> None:
    batch, office = sent(LI, ("王五", "20O1", "", "", "")), importer()
    with conflict(), transaction():
        discard(office, batch)
    with pytest.raises(Invalid), transaction():
        send_back(office, batch, "")
    with refused(may_import), transaction():
        send_back(sender(batch), batch, "Why?")
    for _again in range(2):
        with transaction():
            send_back(office, batch, "届别请写四位数字。")

    assert (batch.proposal, batch.state) == (Proposal.SENT_BACK, BatchState.DISCARDED)
    assert unreadable([batch]) == {batch.id: 1}
    assert number_of(ImportRow, batch) == 1
    assert number_of(ImportChunk, batch) == 0
    account = db.session.get_one(Account, batch.proposed_by_id)
    letter = db.session.scalars(select(Delivery).where(Delivery.kind == "list_sent_back")).one()
    assert (letter.email, letter.person_id) == (account.email, account.person_id)
    assert "届别请写四位数字。" in (letter.text or "")
    assert f"/chapters/anshan/desk/imports/{batch.public_id}" in (letter.text or "")
    assert unsettled(sender(batch), the_chapter("anshan")) == (0, 1, 0)
    with conflict(), transaction():
        accept(office, batch)


def test_what_has_begun_or_is_the_offices_own_is_not_sent_back() -> None:
    batch, office = sent(LI), importer()
    with transaction():
        accept(office, batch)
    worked(batch)
    with conflict(), transaction():
        send_back(office, batch, "Too late.")

    own = sent(HAN)
    with transaction():
        own.proposal = own.chapter_id = own.proposed_by_id = None
    with conflict(), transaction():
        send_back(office, own, "To whom?")


def test_wrong_rows_of_what_was_sent_back_are_forgotten_in_time() -> None:
    batch = sent(("王五", "20O1", "", "", ""))
    with transaction():
        send_back(importer(), batch, "No.")

    with time_machine.travel(now() + timedelta(days=29)):
        forget()
        assert number_of(ImportRow, batch) == 1
    with time_machine.travel(now() + timedelta(days=31)):
        assert forget() == 1
        assert forget() == 0
        assert unsettled(sender(batch), the_chapter("anshan")) == (0, 0, 0)
    assert number_of(ImportRow, batch) == 0


def test_a_list_that_the_office_leaves_lying_goes_back_by_itself() -> None:
    batch = sent(LI)

    with time_machine.travel(now() + timedelta(days=29)):
        assert clear_away() == 0
    with time_machine.travel(now() + timedelta(days=31)):
        assert clear_away() == 1

    db.session.refresh(batch)
    assert (batch.proposal, batch.state) == (Proposal.SENT_BACK, BatchState.DISCARDED)
    assert batch.answer
    kinds = select(func.count()).where(Delivery.kind == "list_sent_back")
    assert db.session.scalar(kinds) == 1


def test_a_day_has_an_end_and_so_has_a_list() -> None:
    actor, chapter = leader(), the_chapter("anshan")
    for _each in range(PROPOSALS_A_DAY):
        batch = sent(LI, actor=actor)
    with transaction():
        withdraw(actor, batch)
    with conflict(), transaction():
        sent(LI, actor=leader())
    assert sent(LI, slug="shenyang").proposal is Proposal.WAITING
    with time_machine.travel(now() + timedelta(hours=25)):
        assert sent(LI, actor=actor).proposal is Proposal.WAITING

    content = as_csv(LI, header=HEADER)
    looked = replace(look(content), rows=PROPOSAL_ROWS + 1)
    insist_room(the_chapter("benxi"), PROPOSAL_BYTES)
    with pytest.raises(Invalid):
        insist_room(the_chapter("benxi"), PROPOSAL_BYTES + 1)
    with (
        time_machine.travel(now() + timedelta(hours=50)),
        pytest.raises(Invalid),
        transaction(),
    ):
        propose(actor, chapter, "x.csv", content, looked)


def test_of_two_lists_at_the_same_moment_one_is_the_last_of_the_day(app: Flask) -> None:
    actor = leader()
    for _each in range(PROPOSALS_A_DAY - 1):
        sent(LI, actor=actor)
    content = as_csv(LI, header=HEADER)
    looked = look(content)

    def one(_number: int) -> None:
        with app.app_context(), transaction():
            propose(actor, the_chapter("anshan"), "x.csv", content, looked)

    problems = at_once(one, range(3))

    assert [type(problem) for problem in problems] == [Refusal, Refusal]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(ImportBatch)) == PROPOSALS_A_DAY


def test_either_the_office_begins_or_the_list_is_withdrawn(app: Flask) -> None:
    batch, office = sent(LI), importer()
    mine, batch_id = sender(batch), batch.id

    def one(deed: Any) -> None:
        with app.app_context(), transaction():
            deed(db.session.get_one(ImportBatch, batch_id))

    problems = at_once(
        one, [lambda found: withdraw(mine, found), lambda found: accept(office, found)]
    )

    assert [type(problem) for problem in problems] == [Refusal]
    db.session.rollback()
    db.session.refresh(batch)
    assert (batch.proposal, batch.state) in (
        (Proposal.WITHDRAWN, BatchState.DISCARDED),
        (Proposal.TAKEN, BatchState.WAITING),
    )


def test_the_officer_says_what_the_columns_hold_and_the_office_alone_is_remembered() -> None:
    batch = sent(("李雷", "2001"), header=ODD)
    mine = sender(batch)
    assert batch.state is BatchState.RECEIVED
    assert unsettled(mine, the_chapter("anshan")) == (1, 0, 0)
    with pytest.raises(Invalid), transaction():
        say_columns(mine, batch, {"姓名": "name"})

    with transaction():
        say_columns(mine, batch, {"姓名": "name", "乙": "graduation"})
    worked(batch)

    assert (batch.state, batch.proposal) == (BatchState.STAGED, Proposal.WAITING)
    assert counts(batch) == (1, 0, 0, 0, 0)
    assert batch.policies == {}
    assert db.session.scalars(select(ImportMapping)).all() == []
    assert unsettled(mine, the_chapter("anshan")) == (0, 0, 1)


def test_what_depends_on_whom_we_know_is_not_told() -> None:
    """Rows that mean nobody, or one person twice, are wrong for the office alone."""
    make_person("曾国强", year=1998, phone="+8613800001234")
    rows = (
        ("", "", "", "13800001234", "a"),
        ("", "", "", "13800001234", "b"),
        ("", "", "", "13900005678", "c"),
        ("王五", "20O1", "", "", ""),
    )
    batch = sent(*rows)

    assert batch.errors > 1
    assert unreadable([batch]) == {batch.id: 1}
    lines = select(ImportRow.line).where(ImportRow.batch_id == batch.id, ImportRow.is_unreadable)
    assert db.session.scalars(lines).all() == [5]


def test_the_tables_to_be_filled_in_are_for_who_can_send_them() -> None:
    actor = leader()
    assert b"".join(template_csv(actor, BatchKind.CHAPTER))
    assert b"".join(template_xlsx(importer(), BatchKind.REGISTRAR))[:2] == b"PK"
    for who, kind in (
        (actor, BatchKind.REGISTRAR),
        (actor, BatchKind.CONTACTS),
        (actor_of(make_member(the_chapter("anshan"))), BatchKind.CHAPTER),
    ):
        with refused(may_fetch_template):
            template_csv(who, kind)
        with refused(may_fetch_template):
            template_xlsx(who, kind)


def test_only_the_office_sees_the_queue() -> None:
    for see in (proposals_waiting, waiting_proposals):
        with refused(may_import):
            see(leader())
    assert proposals_waiting(SYSTEM) == 0


def test_a_united_chapter_keeps_what_it_sent() -> None:
    gone, kept = make_chapter(), make_chapter()
    batch = sent(LI, slug=gone.slug)
    with transaction():
        unite(SYSTEM, gone, kept)

    db.session.refresh(batch)
    assert (batch.chapter_id, batch.proposal) == (gone.id, Proposal.WAITING)
    assert origins([batch])[batch.id].chapter == gone
