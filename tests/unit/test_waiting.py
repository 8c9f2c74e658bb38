"""What a thread that must not wait is kept from, before anything has begun."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Thread

import pytest

from almoxarife.server.catalog.cached_list import CachedProducts
from almoxarife.server.errors import ServerBusy
from almoxarife.server.http.requests import QUICK, Environ, parse_keyed
from almoxarife.server.identity import Identity
from almoxarife.server.stock.poll import CachedMovements
from almoxarife.server.store import waiting
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import GivenKey, hold
from almoxarife.server.store.waiting import BoundedLock, WouldWait, never_wait
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import MovementIn
from tests.programs import wait_until


@pytest.fixture
def busy_thread() -> Iterator[None]:
    """The thread of the test must not wait, until the test is over."""
    never_wait()
    yield
    del waiting._thread.must_not


def read(database: Database) -> None:
    with database.reading():
        pytest.fail("it has begun")


def write(database: Database) -> None:
    with database.transaction():
        pytest.fail("it has begun")


def run(database: Database) -> None:
    database.run(lambda session, items: items, 1)


@pytest.mark.parametrize("wait", [read, write, run])
def test_for_the_database_nobody_waits_there(
    database: Database, wait: Callable[[Database], None], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("busy_thread")  # Opening the database may wait.

    with pytest.raises(WouldWait):
        wait(database)


@contextmanager
def held_by_another() -> Iterator[None]:
    pytest.fail("it waits for whoever reads the list")
    yield


@pytest.mark.parametrize(("make", "query"), [(CachedProducts, ""), (CachedMovements, "depois=0")])
def test_nor_for_a_list_that_another_thread_reads(
    database: Database,
    make: Callable[[Database], CachedProducts | CachedMovements],
    query: str,
    request: pytest.FixtureRequest,
) -> None:
    """Nor is what is kept of it taken away, only to read all of it again."""
    kept = make(database)
    kept._lock = held_by_another()  # type: ignore[assignment]
    request.getfixturevalue("busy_thread")

    with pytest.raises(WouldWait):
        kept.find_page(Identity(1, "ana", Role.SELLER, (1,), session_id=1), query)


@pytest.mark.sqlite
def test_nor_for_a_key_that_runs(database: Database, request: pytest.FixtureRequest) -> None:
    once = GivenKey("a-key", b"")
    held = hold(database, 1, once)
    request.getfixturevalue("busy_thread")

    with pytest.raises(WouldWait):
        hold(database, 1, once)

    hold(database, 2, once).release()
    held.release()
    hold(database, 1, once).release()


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.usefixtures("busy_thread")
def test_a_long_body_is_not_checked_there(*, is_long: bool) -> None:
    text = b'{"produto_id": "p1", "quantidade": 5}'
    body = text + b" " * (QUICK - len(text) + is_long)
    environ: Environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/inventario", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
    }  # fmt: skip
    if not is_long:
        assert parse_keyed(MovementIn, environ)[0].product_id == "p1"
        return

    with pytest.raises(WouldWait):
        parse_keyed(MovementIn, environ)
    del waiting._thread.must_not
    assert parse_keyed(MovementIn, environ)[0].product_id == "p1"
    never_wait()


def test_turns_are_taken_one_after_another_by_a_few() -> None:
    lock = BoundedLock(waiting=1, timeout_s=30)
    went_on = []

    def second() -> None:
        with lock.hold():
            went_on.append("second")

    with lock.hold():
        waiting = Thread(target=second)
        waiting.start()
        wait_until(lambda: lock._slots._value == 0, "the second waits")
        with pytest.raises(ServerBusy), lock.hold():
            pass
        went_on.append("first")
    waiting.join(30)

    assert went_on == ["first", "second"]


def test_who_waits_in_vain_leaves_the_place() -> None:
    lock = BoundedLock(waiting=1, timeout_s=0.01)

    with lock.hold():
        for _ in range(3):
            with pytest.raises(ServerBusy), lock.hold():
                pass
    with lock.hold():
        pass
