"""Confirmed actions reach the server once, in order, under the name of who confirmed them."""

import threading
from decimal import Decimal

import pytest

from almoxarife.clients.desktop.background import BackOff
from almoxarife.clients.desktop.cadastro.sending import Item, Reversal, Sender, Stage
from almoxarife.clients.errors import ApiError
from almoxarife.wire.stock import MovementIn, ReversalIn
from tests.clients.things import movement

AWAY = ApiError("Servidor fora do ar.")


class InOrder:
    """A background whose calls run when the test says so."""

    def __init__(self):
        self.calls = []

    def run(self, call, *, then, failed=None, key=None):
        self.calls.append((call, then, failed))

    def answer(self):
        call, then, failed = self.calls.pop(0)
        try:
            result = call()
        except ApiError as error:
            failed(error)
        else:
            then(result)


class Server:
    """Records what it is sent; ``outcomes`` are errors to raise first."""

    base_url = "http://127.0.0.1:5000"

    def __init__(self):
        self.sent = []
        self.outcomes = []

    def record_movement(self, body, *, key):
        self.sent.append((int(body.quantity), key))
        return self.next()

    def reverse(self, movement_id, body, *, key):
        self.sent.append((movement_id, key))
        return self.next()

    def next(self):
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        return movement(len(self.sent))


class Till:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.server = Server()
        self.background = InOrder()
        self.person = "ana"
        self.sessions_over = []
        self.asks_for_password = True
        self.lost = []
        self.changes = []
        self.sender = Sender(
            scheduler,
            self.background,
            api=lambda: self.server,
            person=lambda: self.person,
            changed=lambda item: self.changes.append((item.label, item.stage)),
            session_over=self.session_over,
            lost_server=lambda: self.lost.append(True),
            back_off=BackOff(spread=lambda low, high: 1.0),
        )

    def session_over(self, error):
        self.sessions_over.append(error)
        return self.asks_for_password

    def confirm(self, quantity, owner="ana"):
        movement = MovementIn(produto_id="p1", quantidade=Decimal(quantity))
        item = Item(request=movement, owner=owner, server=Server.base_url, label=f"+{quantity}")
        self.sender.confirm(item)
        return item


def reversal(movement_id):
    request = Reversal(movement_id, ReversalIn(motivo="engano"))
    return Item(request=request, owner="ana", server=Server.base_url, label="estorno")


@pytest.fixture
def till(scheduler):
    return Till(scheduler)


def test_one_after_the_other_each_with_its_own_key(till):
    first, second = till.confirm(1), till.confirm(2)
    assert (first.stage, second.stage) == (Stage.SENDING, Stage.PENDING)
    till.background.answer()
    till.background.answer()

    assert [quantity for quantity, _ in till.server.sent] == [1, 2]
    assert first.key != second.key
    assert (first.stage, second.stage) == (Stage.SENT, Stage.SENT)
    assert first.movement is not None
    assert till.sender.waiting == []


def test_a_lost_answer_is_asked_for_again_with_the_same_key_before_anything_else(till, scheduler):
    first = till.confirm(1)
    till.confirm(2)
    till.server.outcomes = [AWAY, ApiError("Agora não.", status=503), ApiError("Muitos.", status=429), None]
    till.background.answer()
    assert first.stage is Stage.PENDING
    assert till.lost == [True]
    for pause_s in (5, 10, 20):
        assert till.background.calls == []
        scheduler.advance(pause_s * 1000)
        till.background.answer()
    till.background.answer()

    assert [quantity for quantity, _ in till.server.sent] == [1, 1, 1, 1, 2]
    assert len({key for quantity, key in till.server.sent if quantity == 1}) == 1


def test_the_server_being_back_ends_the_pause(till, scheduler):
    till.confirm(1)
    till.server.outcomes = [AWAY]
    till.background.answer()
    till.sender.send_next()
    till.background.answer()
    scheduler.advance(600_000)

    assert len(till.server.sent) == 2
    assert till.background.calls == []


def test_a_refusal_is_kept_with_its_reason_and_does_not_stop_the_next(till):
    refused, next_one = till.confirm(1), till.confirm(2)
    till.server.outcomes = [ApiError("O saldo não é suficiente.", status=409, code="estoque-insuficiente")]
    till.background.answer()
    till.background.answer()

    assert (refused.stage, refused.reason) == (Stage.REJECTED, "O saldo não é suficiente.")
    assert next_one.stage is Stage.SENT
    assert refused in till.sender.items
    till.sender.discard(refused)
    assert refused not in till.sender.items


def test_after_a_401_it_waits_for_the_password_and_goes_out_then(till, scheduler):
    item = till.confirm(1)
    over = ApiError("Sua sessão terminou.", status=401)
    till.server.outcomes = [over]
    till.background.answer()
    scheduler.advance(600_000)
    assert till.sessions_over == [over]
    assert till.background.calls == []

    till.sender.send_next()
    till.background.answer()
    assert item.stage is Stage.SENT
    assert len({key for _, key in till.server.sent}) == 1


def test_a_late_401_of_an_older_login_is_no_reason_to_wait(till):
    item = till.confirm(1)
    till.asks_for_password = False
    till.server.outcomes = [ApiError("Sua sessão terminou.", status=401)]
    till.background.answer()
    till.background.answer()

    assert item.stage is Stage.SENT


def test_nothing_goes_to_another_server_than_it_was_confirmed_at(till):
    item = till.confirm(1)
    till.server.outcomes = [AWAY]
    till.background.answer()
    elsewhere = Server()
    elsewhere.base_url = "http://127.0.0.1:5001"
    till.server, home = elsewhere, till.server
    till.sender.send_next()
    assert till.background.calls == []
    assert till.sender.waiting_for_others() == [item]

    till.server = home
    till.sender.send_next()
    till.background.answer()
    assert (item.stage, elsewhere.sent) == (Stage.SENT, [])


def test_nothing_goes_out_under_another_name(till):
    till.confirm(1)
    till.server.outcomes = [ApiError("Sua sessão terminou.", status=401)]
    till.background.answer()
    till.person = "bruno"
    till.sender.send_next()
    assert till.background.calls == []
    assert [item.label for item in till.sender.waiting_for_others()] == ["+1"]

    mine = till.confirm(2, owner="bruno")
    till.background.answer()
    assert mine.stage is Stage.SENT
    assert [quantity for quantity, _ in till.server.sent] == [1, 2]
    till.person = "ana"
    till.sender.send_next()
    till.background.answer()
    assert [quantity for quantity, _ in till.server.sent] == [1, 2, 1]


def test_only_what_never_left_can_be_taken_back(till):
    first, second = till.confirm(1), till.confirm(2)
    assert not till.sender.withdraw(first), "under way"
    assert till.sender.withdraw(second)
    till.server.outcomes = [AWAY]
    till.background.answer()
    assert not till.sender.withdraw(first), "the server may have it"
    assert till.sender.items == [first]


def test_a_long_day_does_not_fill_the_memory(till):
    refused = till.confirm(1)
    till.server.outcomes = [ApiError("Não.", status=409)]
    till.background.answer()
    for _ in range(100):
        till.confirm(2)
        till.background.answer()

    assert len(till.sender.items) < 40
    assert refused in till.sender.items


def test_a_reversal_goes_its_own_way(till):
    till.sender.confirm(reversal("m9"))
    till.background.answer()

    assert [what for what, _ in till.server.sent] == ["m9"]


def test_the_keys_are_made_once_per_action_even_by_many_at_once():
    keys = []
    threads = [threading.Thread(target=lambda: keys.extend(reversal("m").key for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(keys)) == 200
