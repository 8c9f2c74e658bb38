"""Threads deliver into the window's thread; the clock here is turned by hand."""

import threading

import pytest

from almoxarife.clients.api.errors import OWN_FAULT, ApiError
from almoxarife.clients.desktop.frame.background import MAX_POLL_MS, Background, BackOff
from tests.programs import PATIENCE_S, wait_until


class Caller:
    """A Background and what came out of it."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.unexpected = []
        self.heard = []
        self.background = Background(scheduler, on_unexpected=self.unexpected.append)

    def run(self, call, **more):
        self.background.run(call, then=self.heard.append, **more)

    def settle(self, count=1):
        """Until this many outcomes were delivered or dropped."""

        def are_there():
            self.scheduler.advance(MAX_POLL_MS)
            return len(self.heard) + len(self.unexpected) >= count

        wait_until(are_there, f"{count} outcomes")


@pytest.fixture
def caller(scheduler):
    caller = Caller(scheduler)
    yield caller
    caller.background.close()


def test_an_answer_comes_back_in_the_thread_of_the_window(caller):
    threads = []
    caller.background.run(threading.get_ident, then=lambda worker: threads.extend([worker, threading.get_ident()]))
    caller.run(lambda: "pronto")
    caller.settle()

    assert threads[0] != threads[1] == threading.get_ident()
    assert caller.heard == ["pronto"]


def test_a_window_at_rest_is_not_woken(caller, scheduler):
    assert scheduler.is_idle

    go_on = threading.Event()
    caller.run(lambda: go_on.wait(PATIENCE_S), key="velha")
    caller.run(lambda: "nova", key="velha")
    caller.settle()
    assert not scheduler.is_idle, "the older call is under way, though nobody hears of it"
    go_on.set()
    wait_until(lambda: scheduler.advance(MAX_POLL_MS) or scheduler.is_idle, "nobody looks any more")

    assert caller.heard == ["nova"]


def test_of_one_key_only_the_newest_is_delivered(caller):
    first = threading.Event()
    caller.run(lambda: first.wait(PATIENCE_S) and "velha", key="lista")
    caller.run(lambda: "nova", key="lista")
    caller.settle()
    first.set()
    caller.run(lambda: "outra", key="resumo")
    caller.settle(2)
    caller.run(lambda: "fim")
    caller.settle(3)

    assert caller.heard == ["nova", "outra", "fim"]


def test_what_nobody_waits_for_any_more_is_not_delivered(caller):
    caller.run(lambda: "saude", key="saude")
    caller.background.forget("saude")
    caller.run(lambda: "fim")
    caller.settle()

    assert caller.heard == ["fim"]


def test_a_refusal_goes_to_failed_and_a_fault_of_ours_to_the_one_handler_too(caller):
    refusal, bug = ApiError("Não."), KeyError("nada")
    failed = []
    caller.run(raising(refusal), failed=failed.append)
    wait_until(lambda: caller.scheduler.advance(MAX_POLL_MS) or failed, "the refusal")
    caller.run(raising(bug), failed=failed.append)
    caller.settle(1)
    caller.run(raising(refusal))
    caller.settle(2)

    assert caller.unexpected == [bug, refusal]
    assert failed[0] is refusal
    assert failed[1].code == OWN_FAULT, "whoever waits must hear that nothing will come"


def test_one_bad_receiver_does_not_stop_the_others(caller):
    bug = ValueError("receiver")
    caller.background.run(lambda: 1, then=lambda _: raising(bug)())
    caller.run(lambda: 2)
    caller.settle(2)

    assert (caller.unexpected, caller.heard) == ([bug], [2])


def test_nothing_is_delivered_after_close(caller, scheduler):
    started, go_on = threading.Event(), threading.Event()
    caller.run(lambda: started.set() or go_on.wait(PATIENCE_S))
    assert started.wait(PATIENCE_S)
    caller.background.close()
    go_on.set()
    caller.run(lambda: "tarde")
    scheduler.advance(5000)

    assert caller.heard == []
    assert scheduler.is_idle


def test_the_pauses_grow_to_a_minute_and_are_spread():
    spreads = []
    back_off = BackOff(spread=lambda low, high: spreads.append((low, high)) or 1.0)

    assert [back_off.next_s() for _ in range(6)] == [5, 10, 20, 40, 60, 60]
    assert set(spreads) == {(0.75, 1.25)}
    assert back_off.next_s(at_least_s=90) == 90
    back_off.reset()
    assert back_off.next_s() == 5


def raising(error):
    def call():
        raise error

    return call
