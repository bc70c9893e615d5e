from datetime import timedelta

import pytest

from alumni.authz import ANYONE, SYSTEM, Actor
from alumni.db import now, transaction
from alumni.errors import NotFound, Refusal
from alumni.exports import commands, queries
from alumni.exports.commands import MOST_OPEN
from alumni.exports.making import makers
from alumni.exports.models import FileState
from alumni.exports.policy import may_handle, may_order_files
from alumni.i18n import speaking
from tests.exports.made import actor, anew, kept, making, ordered, ordered_by, set_to
from tests.factories import make_account
from tests.refusals import refused

pytestmark = pytest.mark.usefixtures("test_files")


@pytest.fixture
def test_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(makers, "test", lambda _file: making())


def test_an_order_waits_for_the_worker_and_is_kept_for_a_week() -> None:
    account = make_account()
    before = now()

    file = ordered(account, total=7, wish={"columns": ["name"]}, tell=True)

    assert (file.state, file.account_id, file.total, file.tell) == (
        FileState.WAITING,
        account.id,
        7,
        True,
    )
    assert file.wish == {"columns": ["name"]}
    assert before + timedelta(days=7) <= file.expires_at <= now() + timedelta(days=7)


def test_nobody_makes_such_a_thing() -> None:
    with pytest.raises(KeyError):
        ordered(make_account(), kind="unheard-of")


@pytest.mark.parametrize("who", [ANYONE, SYSTEM])
def test_somebody_has_to_come_back_for_it(who: Actor) -> None:
    with refused(may_order_files):
        ordered_by(who)


def test_so_many_may_be_open_and_no_more() -> None:
    account = make_account()
    files = [ordered(account) for _ in range(MOST_OPEN)]

    with speaking("en"), pytest.raises(Refusal, match="20 files"):
        ordered(account)
    ordered(make_account())

    set_to(files[0], state=FileState.FAILED)
    set_to(files[1], expires_at=now())
    ordered(account)
    ordered(account)
    with pytest.raises(Refusal):
        ordered(account)


def test_a_file_is_its_owners_and_nobody_elses() -> None:
    account, office = make_account(), make_account(role="office")
    file = ordered(account)

    assert queries.get_file(actor(account), file.public_id).id == file.id
    for other in (actor(office), SYSTEM, ANYONE):
        with pytest.raises(NotFound):
            queries.get_file(other, file.public_id)
        with refused(may_handle):
            commands.cancel(other, file)
        with refused(may_handle):
            commands.remove(other, file)
        with refused(may_handle):
            commands.ask_for_letter(other, file)


def test_cancelling_comes_too_late_for_a_file_that_is_ready() -> None:
    account = make_account()
    waiting, ready = ordered(account), ordered(account)
    set_to(ready, state=FileState.READY, sha256="0" * 64)

    with transaction():
        assert commands.cancel(actor(account), waiting)
        assert not commands.cancel(actor(account), waiting)
        assert not commands.cancel(actor(account), ready)

    assert anew(waiting).state is FileState.CANCELLED
    assert anew(ready).state is FileState.READY


def test_deleting_leaves_nothing() -> None:
    account = make_account()
    file, other = ordered(account), ordered(account)

    with transaction():
        commands.remove(actor(account), file)

    with pytest.raises(NotFound):
        queries.get_file(actor(account), file.public_id)
    assert kept(file) == b""
    assert anew(other).state is FileState.WAITING
