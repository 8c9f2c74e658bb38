"""When the next row goes: at once, after a pause, after the password, and never under another name."""

from collections import Counter

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.sending.sender import BUSY_MS, Newest, Sender
from almoxarife.clients.desktop.frame.background import BackOff
from almoxarife.clients.queue.outgoing import State
from almoxarife.clients.queue.store import NotWritten, Outbox
from tests.clients.queue_things import ANA, AWAY, BRUNO, SESSION_OVER, InOrder, Server, entry


class Till:
    def __init__(self, scheduler, outbox):
        self.outbox = outbox
        self.server = Server()
        self.background = InOrder()
        self.owner = ANA
        self.sessions_over = []
        self.asks_for_password = True
        self.lost = []
        self.heard = []
        self.refused = []
        self.sender = Sender(
            scheduler,
            self.background,
            outbox,
            api=lambda: self.server,
            owner=lambda: self.owner,
            changed=self.heard.append,
            refused=lambda: self.refused.append(True),
            session_over=self.session_over,
            lost_server=lambda: self.lost.append(True),
            back_off=BackOff(spread=lambda low, high: 1.0),
        )

    def session_over(self, error):
        self.sessions_over.append(error)
        return self.asks_for_password

    def confirm(self, *quantities):
        for quantity in quantities:
            self.sender.confirm(entry(quantity), self.owner)

    @property
    def sent(self):
        known = {entry(n).body: n for n in range(1, 10)}
        return [known[body] for body in self.server.bodies]

    @property
    def states(self):
        return [row.state for row in self.sender.rows]


@pytest.fixture
def till(scheduler, tmp_path):
    outbox = Outbox(tmp_path)
    yield Till(scheduler, outbox)
    outbox.close()


def test_one_after_the_other_each_with_its_own_key(till):
    till.confirm(1, 2)
    assert len(till.background.calls) == 1
    till.background.answer_all()

    assert till.sent == [1, 2]
    assert len({key for _, _, key in till.server.sent}) == 2
    assert till.states == [State.ACKED, State.ACKED]
    assert till.sender.waiting == Counter()
    assert till.sender.last_sent_at is not None


def test_a_lost_answer_is_asked_for_again_with_the_same_key_before_anything_else(till, scheduler):
    till.confirm(1, 2)
    till.server.outcomes = [AWAY, ApiError("Agora não.", status=503), ApiError("Muitos.", status=429)]
    till.background.answer()
    assert till.lost == [True]
    for pause_s in (5, 10, 20):
        scheduler.advance(pause_s * 1000 - 1)
        assert till.background.calls == []
        scheduler.advance(1)
        till.background.answer()
    till.background.answer()

    assert till.sent == [1, 1, 1, 1, 2]
    assert len({key for _, _, key in till.server.sent}) == 2


def test_whoever_shows_the_queue_hears_of_every_change_and_what_was_accepted(till):
    till.confirm(1, 2)
    assert till.heard == [False, False]
    till.background.answer()
    assert till.heard[2:] == [True]
    till.server.outcomes = [AWAY]
    till.background.answer()
    assert till.heard[3:] == [False]
    till.sender.send_next()
    till.server.outcomes = [ApiError("Não.", status=409)]
    till.background.answer()
    assert till.heard[4:] == [False]
    till.sender.discard(till.sender.rows[1])
    till.confirm(3)
    till.sender.withdraw(till.sender.rows[1])
    assert till.heard[5:] == [False, False, False]


def test_after_an_answer_the_pauses_begin_anew(till, scheduler):
    till.confirm(1)
    for pause_s in (5, 10):
        till.server.outcomes = [AWAY]
        till.background.answer()
        scheduler.advance(pause_s * 1000)
    till.background.answer()
    till.confirm(2)
    till.server.outcomes = [AWAY]
    till.background.answer()

    scheduler.advance(5000)
    assert len(till.background.calls) == 1


def test_a_new_entry_does_not_cut_the_pause_short(till, scheduler):
    till.confirm(1)
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.confirm(2)
    assert till.background.calls == []

    scheduler.advance(5000)
    till.background.answer_all()
    assert till.sent == [1, 1, 2]


def test_what_another_program_queued_is_found_but_not_in_a_pause(till, scheduler):
    till.outbox.put(entry(1), ANA)
    till.sender.go_on()
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.sender.go_on()
    assert till.background.calls == []

    scheduler.advance(5000)
    till.background.answer_all()
    assert till.sent == [1, 1]


def test_the_server_being_back_ends_the_pause(till, scheduler):
    till.confirm(1)
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.sender.send_next()
    till.background.answer()
    scheduler.advance(600_000)

    assert till.sent == [1, 1]
    assert till.background.calls == []


def test_a_refusal_does_not_stop_the_next_and_waits_for_a_person(till):
    till.confirm(1, 2)
    till.server.outcomes = [ApiError("O saldo não é suficiente.", status=409, code="estoque-insuficiente")]
    till.background.answer_all()

    refused = till.sender.rows[0]
    assert (refused.state, refused.reason) == (State.REJECTED, "O saldo não é suficiente.")
    assert till.refused == [True], "once: the next was accepted"
    till.sender.discard(refused)
    assert till.states == [State.ACKED]


def test_after_a_401_it_waits_for_the_password_and_goes_out_then(till, scheduler):
    till.confirm(1)
    till.server.outcomes = [SESSION_OVER]
    till.background.answer()
    scheduler.advance(600_000)
    assert till.sessions_over == [SESSION_OVER]
    assert till.background.calls == []

    till.sender.send_next()
    till.background.answer()
    assert till.states == [State.ACKED]
    assert len({key for _, _, key in till.server.sent}) == 1


def test_a_late_401_of_an_older_login_is_no_reason_to_wait(till, scheduler):
    till.confirm(1)
    till.asks_for_password = False
    till.server.outcomes = [SESSION_OVER]
    till.background.answer()
    scheduler.advance(BUSY_MS)
    till.background.answer()

    assert till.states == [State.ACKED]


def test_nothing_goes_out_under_another_name(till):
    till.confirm(1)
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.owner = till.server.owner = BRUNO
    till.sender.send_next()
    assert till.background.calls == []
    assert till.sender.waiting == Counter({ANA: 1})

    till.confirm(2)
    till.background.answer()
    assert till.sent == [1, 2]
    till.owner = till.server.owner = ANA
    till.sender.send_next()
    till.background.answer()
    assert till.sent == [1, 2, 1]


def test_a_login_of_somebody_else_half_way_sends_nothing(till):
    till.confirm(1)
    till.server.owner = BRUNO  # the token is bruno's already, the window still says ana
    till.background.answer()

    assert till.sent == []
    assert [row.state for row in till.outbox.waiting()] == [State.PENDING]


def test_what_is_withdrawn_before_its_turn_is_never_sent(till):
    till.confirm(1, 2)
    first, second = till.sender.rows
    assert till.sender.withdraw(second)
    till.background.answer_all()

    assert till.sent == [1]
    assert not till.sender.withdraw(first)


def test_another_programs_turn_is_waited_out(till, scheduler):
    till.confirm(1)
    with till.outbox.sending_lock() as is_ours:
        assert is_ours
        till.background.answer()
        scheduler.advance(BUSY_MS)
        till.background.answer()
    assert till.sent == []
    scheduler.advance(BUSY_MS)
    till.background.answer()

    assert till.sent == [1]


def test_what_the_disk_does_not_take_is_not_claimed(till):
    till.outbox.close()

    with pytest.raises(NotWritten):
        till.confirm(1)
    assert till.background.calls == []


def test_the_list_of_a_long_day_stays_short(till):
    till.confirm(1)
    till.server.outcomes = [ApiError("Não.", status=409)]
    till.background.answer()
    for _ in range(60):
        till.confirm(2)
        till.background.answer_all()

    assert [row.number for row in till.sender.rows] == [1, *range(32, 62)]
    assert till.states.count(State.REJECTED) == 1


def test_of_a_long_queue_the_refused_and_the_newest_are_shown_and_the_rest_counted(till):
    assert till.sender.newest(4) == Newest([], 0, is_held=False)
    till.confirm(1)
    till.server.outcomes = [ApiError("Não.", status=409)]
    till.background.answer()
    till.confirm(2)
    till.background.answer()
    till.confirm(3)
    assert not till.sender.newest(4).is_held
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.confirm(4, 5, 6, 7)

    shown = till.sender.newest(4)
    assert [(row.number, row.state) for row in shown.rows] == [
        (1, State.REJECTED), (2, State.ACKED), (5, State.PENDING), (6, State.PENDING), (7, State.PENDING),
    ]  # fmt: skip
    assert (shown.more, shown.is_held) == (2, True), "3 was tried; 4 waits behind it"
    till.owner = None
    assert till.sender.newest(4) == Newest([], 0, is_held=False)
