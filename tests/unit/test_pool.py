"""The queue before the threads: bounded, and nobody in it is worked for who has gone."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest

from almoxarife.server.errors import ServerBusy
from almoxarife.server.http.requests import Environ
from almoxarife.server.intake import pool
from almoxarife.server.intake.pool import Pool


class Request:
    """Stands for an exchange."""

    def __init__(self, *, is_known: bool = True) -> None:
        self.environ: Environ = {"known": is_known}
        self.answered, self.refused = Event(), Event()
        self.go_away: Callable[[], object] = lambda: None

    def watch_disconnect(self, on_disconnect: Callable[[], object]) -> None:
        self.go_away = on_disconnect


class Held:
    """A pool whose threads wait until they are let go."""

    def __init__(self) -> None:
        self.let_go = Event()
        self.pool = Pool(self.answer, self.refuse, lambda environ: environ["known"])

    def answer(self, request: Request) -> None:
        assert self.let_go.wait(30)
        request.answered.set()

    def refuse(self, error: Exception, request: Request) -> None:
        assert isinstance(error, ServerBusy)
        request.refused.set()

    def submit(self, *, is_known: bool = True) -> Request:
        request = Request(is_known=is_known)
        self.pool.submit(request)  # type: ignore[arg-type]
        return request


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    monkeypatch.setattr(pool, "THREADS", 2)
    monkeypatch.setattr(pool, "QUEUED", 4)
    monkeypatch.setattr(pool, "FOR_TOKENS", 2)
    held = Held()
    yield held
    held.let_go.set()


def test_what_the_queue_cannot_hold_is_refused_at_once(held: Held) -> None:
    taken = [held.submit() for _ in range(6)]

    assert held.submit().refused.is_set()
    held.let_go.set()
    assert all(request.answered.wait(30) for request in taken)


def test_a_part_of_the_queue_is_for_those_with_a_token(held: Held) -> None:
    taken = [held.submit(is_known=False) for _ in range(4)]

    assert held.submit(is_known=False).refused.is_set()
    known = held.submit()
    held.let_go.set()
    assert all(request.answered.wait(30) for request in [*taken, known])


def test_who_goes_away_makes_room_and_is_not_worked_for(held: Held) -> None:
    for _ in range(2):
        held.submit()
    gone = [held.submit() for _ in range(4)]
    assert held.submit().refused.is_set()

    for request in gone:
        request.go_away()

    others = [held.submit() for _ in range(4)]
    held.let_go.set()
    assert all(request.answered.wait(30) for request in others)
    assert not any(request.answered.is_set() for request in gone)


def test_who_has_waited_too_long_is_told_so(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        held.submit()
    monkeypatch.setattr(pool, "QUEUED_S", -1.0)
    late = held.submit()

    held.let_go.set()

    assert late.refused.wait(30)
    assert not late.answered.is_set()


def test_there_is_room_again_after_every_answer(held: Held) -> None:
    held.let_go.set()
    for _ in range(50):
        assert held.submit().answered.wait(30)
