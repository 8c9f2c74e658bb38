"""What was just done, in words and in order, and how long it can be taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from almoxarife.clients.desktop.cadastro.sending.recent import can_be_undone, describe, in_order
from almoxarife.clients.queue.outgoing import Kind, State
from tests.clients.test_queue_line import NOON, ROW


def row(number, state):
    return replace(ROW, number=number, key=f"k{number}", state=state)


def test_refused_ones_stay_on_top_and_of_the_accepted_the_last_five():
    rows = [row(1, State.REJECTED), row(2, State.PENDING), *(row(n, State.ACKED) for n in range(3, 10))]
    rows += [row(10, State.SENT), row(11, State.REJECTED)]

    assert [r.number for r in in_order(rows)] == [11, 1, 10, 9, 8, 7, 6, 5, 2]


@pytest.mark.parametrize("state", State)
def test_what_may_be_on_its_way_cannot_be_taken_back(state):
    is_certain = state in {State.ACKED, State.PENDING}
    assert can_be_undone(row(1, state)) is is_certain
    assert not can_be_undone(replace(row(1, state), is_undone=True))
    assert not can_be_undone(replace(row(1, state), kind=Kind.REVERSAL))


@time_machine.travel(NOON, tick=False)
def test_each_is_told_with_its_sign():
    assert describe(row(1, State.ACKED), is_held=False) == ("Good", "+1 Café · 12:02")
    undone = replace(row(1, State.ACKED), is_undone=True)
    assert describe(undone, is_held=False) == ("Good", "+1 Café · 12:02 · desfeito")
    refused = replace(row(1, State.REJECTED), reason="O saldo é 0.")
    assert describe(refused, is_held=True) == ("Bad", "+1 Café · o servidor recusou: O saldo é 0.")
    assert describe(row(1, State.SENT), is_held=False) == ("Quiet", "⇡ +1 Café · enviando…")
    assert describe(row(1, State.PENDING), is_held=True) == ("Warn", "+1 Café · espera o servidor")


def test_what_was_accepted_yesterday_has_its_day():
    with time_machine.travel(NOON + timedelta(hours=12), tick=False):
        assert describe(row(1, State.ACKED), is_held=False) == ("Good", "+1 Café · 20/11 12:02")
