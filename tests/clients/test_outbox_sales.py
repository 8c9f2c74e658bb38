"""Sales in the queue: with the amount that was read, once whatever happens, taken back once, and the day's list."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue import waiting_time
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Kind, State, of_cancellation, of_sale
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.sales import SaleIn, SaleItemIn
from tests.clients.queue_things import ANA, AWAY, BRUNO, LONG_AGO, Server, entry, sold, states


@pytest.fixture
def outbox(tmp_path):
    with closing(Outbox(tmp_path)) as outbox:
        yield outbox


@pytest.fixture
def server():
    return Server()


def test_a_sale_goes_out_with_the_amount_that_the_seller_has_read(outbox, server):
    items = [SaleItemIn(produto_id="p1", quantidade=Decimal(3), preco=Decimal("6.50"))]
    outbox.put(of_sale(SaleIn(loja_id="l1", valor=Decimal("19.50"), itens=items)), ANA)
    assert deliver_next(outbox, server, ANA) is Delivery.ACKED

    assert server.sent[0][:2] == (
        "/vendas",
        b'{"loja_id":"l1","valor":"19.50","itens":[{"produto_id":"p1","quantidade":3,"preco":"6.50"}]}',
    )
    (row,) = outbox.shown_to(ANA, since=LONG_AGO)
    assert (row.kind, row.label, row.recorded_id) == (Kind.SALE, "Venda R$\N{NO-BREAK SPACE}19,50", "v1")
    with pytest.raises(ValueError, match="amount"):
        of_sale(SaleIn(itens=items))


@pytest.mark.parametrize("put_right_by", [timedelta(0), timedelta(days=2500), timedelta(days=-2500)])
def test_what_waited_says_for_how_long_also_where_the_clock_was_put_right_meanwhile(
    outbox, server, monkeypatch, put_right_by
):
    steady_s = 100.0
    monkeypatch.setattr(waiting_time, "read_steady_clock", lambda: steady_s)
    server.outcomes = [AWAY]
    with time_machine.travel("2026-11-20T23:59:30Z", tick=False) as clock:
        for outgoing in (sold("2.00"), entry(1)):
            outbox.put(outgoing, ANA)
        with pytest.raises(ApiError):
            deliver_next(outbox, server, ANA)
        steady_s += 32400
        clock.shift(timedelta(hours=9) + put_right_by)
        while deliver_next(outbox, server, ANA) is Delivery.ACKED:
            pass
        outbox.put(sold("3.00"), ANA)
        steady_s += 1
        deliver_next(outbox, server, ANA)

    assert server.waited_s == [32400, 32400, 0]


class Dating(Server):
    """The server dates a sale by its own clock at its arrival, less what it has waited; ``steady_s`` is all clocks."""

    def __init__(self, monkeypatch):
        super().__init__()
        self.steady_s = 100.0
        self.dates = []
        """Seconds, in the order of arrival."""
        self.takes_s = 0.5, 0.1
        """How long a request is under way, and its answer."""
        monkeypatch.setattr(waiting_time, "read_steady_clock", lambda: self.steady_s)

    def post_sale_as(self, account, path, body, *, key, timeout_s, waited_s, not_before):
        self.steady_s += self.takes_s[0]
        try:
            recorded = super().post_sale_as(
                account, path, body, key=key, timeout_s=timeout_s, waited_s=waited_s, not_before=not_before
            )
        finally:
            date = LONG_AGO + timedelta(seconds=self.steady_s - waited_s)
            self.dates.append((max(date, not_before or date) - LONG_AGO).total_seconds())
            self.steady_s += self.takes_s[1]
        return recorded.model_copy(update={"occurred_at": LONG_AGO + timedelta(seconds=self.dates[-1])})


def test_of_two_sales_seconds_apart_the_later_one_is_not_dated_before_the_other(outbox, monkeypatch):
    server = Dating(monkeypatch)

    def sell(*, takes_s, as_whom=ANA):
        server.owner, server.takes_s = as_whom, (takes_s, 0)
        assert deliver_next(outbox, server, as_whom) is Delivery.ACKED

    outbox.put(sold("9.00"), BRUNO)
    server.steady_s += 3600
    outbox.put(sold("1.00"), ANA)
    server.steady_s += 1
    outbox.put(sold("2.00"), ANA)
    sell(takes_s=3)
    sell(takes_s=4)
    sell(takes_s=0, as_whom=BRUNO)

    assert server.dates == [3704, 3708, 100]
    assert server.waited_s == [0, 0, 3608]


@pytest.mark.parametrize("every_s", [0.1, 0.9, 3.0])
def test_however_many_have_waited_each_has_its_own_date_and_none_one_before_the_other(outbox, monkeypatch, every_s):
    server = Dating(monkeypatch)
    confirmed = []
    for _ in range(200):
        confirmed.append(server.steady_s)
        outbox.put(sold("1.00"), ANA)
        server.steady_s += every_s
    server.steady_s += 3600

    while deliver_next(outbox, server, ANA) is Delivery.ACKED:
        pass

    assert server.dates == sorted(server.dates)
    late = [date - at for date, at in zip(server.dates, confirmed, strict=True)]
    # Waits are in whole seconds, and the way to the server takes half of one.
    assert 0 <= min(late) <= max(late) < 1.6


def test_the_later_one_is_not_dated_before_the_other_where_the_answer_to_that_was_lost(outbox, monkeypatch):
    server = Dating(monkeypatch)
    for reais in ("1.00", "2.00"):
        outbox.put(sold(reais), ANA)
        server.steady_s += 1
    for lost in (ApiError("Ninguém atende.", was_never_sent=True), AWAY):
        server.outcomes = [lost]
        with pytest.raises(ApiError):
            deliver_next(outbox, server, ANA)
    first = server.dates[1]  # by the second attempt, which has arrived
    replayed = server.post_sale_as
    server.steady_s += 60

    def replay(*asked, **more):
        return replayed(*asked, **more).model_copy(update={"occurred_at": LONG_AGO + timedelta(seconds=first)})

    server.post_sale_as = replay
    deliver_next(outbox, server, ANA)
    server.post_sale_as = replayed
    deliver_next(outbox, server, ANA)

    assert server.dates[-1] >= first


def test_what_is_taken_back_late_dates_nothing_after_it(outbox, monkeypatch):
    server = Dating(monkeypatch)
    outbox.put(sold("1.00"), ANA)
    deliver_next(outbox, server, ANA)
    (row,) = outbox.shown_to(ANA, since=LONG_AGO)
    outbox.put(of_cancellation(row, "engano"), ANA)
    outbox.put(sold("2.00"), ANA)
    confirmed_s = server.steady_s
    server.steady_s += 3600

    deliver_next(outbox, server, ANA)
    deliver_next(outbox, server, ANA)

    assert server.dates[-1] - confirmed_s < 1.6


def test_what_another_process_has_left_waited_by_the_clock_of_the_computer(tmp_path, server):
    with time_machine.travel("1970-01-01T00:00:30Z", tick=False) as clock:
        with closing(Outbox(tmp_path)) as before:
            key = before.put(sold("2.00"), ANA)
        clock.shift(timedelta(hours=9))
        with closing(Outbox(tmp_path)) as found:
            found.put(sold("2.00"), ANA, key=key)
            deliver_next(found, server, ANA)

    assert server.waited_s == [32400]


def test_the_steady_clock_runs():
    assert waiting_time.read_steady_clock() <= waiting_time.read_steady_clock()


def test_sales_and_entries_go_out_in_one_order(outbox, server):
    for outgoing in (entry(1), sold("2.00"), entry(3)):
        outbox.put(outgoing, ANA)
    while deliver_next(outbox, server, ANA) is Delivery.ACKED:
        pass

    assert [path for path, _, _ in server.sent] == ["/inventario", "/vendas", "/inventario"]


def test_what_is_put_twice_with_its_key_is_there_once_and_as_it_was_first(outbox, server):
    assert outbox.put(sold("2.00"), ANA, key="k1") == outbox.put(sold("3.00"), ANA, key="k1") == "k1"
    deliver_next(outbox, server, ANA)
    outbox.put(sold("2.00"), ANA, key="k1")

    assert deliver_next(outbox, server, ANA) is Delivery.NOTHING
    assert [(body, key) for _, body, key in server.sent] == [(b'{"valor":"2.00"}', "k1")]
    assert outbox.find("k1").state is State.ACKED
    assert outbox.find("k2") is None


def test_a_cancellation_names_the_servers_sale_and_marks_the_row(outbox, server):
    outbox.put(sold("2.00"), ANA, key="k1")
    with pytest.raises(ValueError, match="recorded nothing"):
        of_cancellation(outbox.find("k1"), "engano")
    deliver_next(outbox, server, ANA)
    outbox.put(of_cancellation(outbox.find("k1"), "engano"), ANA)
    assert outbox.find("k1").is_undone
    assert outbox.find_reversal(outbox.find("k1")).kind is Kind.CANCELLATION
    server.outcomes = [ApiError("Esta venda já foi cancelada.", status=409)]
    assert deliver_next(outbox, server, ANA) is Delivery.REJECTED

    assert server.sent[1][:2] == ("/vendas/v1/cancelamento", b'{"motivo":"engano"}')
    assert not outbox.find("k1").is_undone
    assert outbox.find_reversal(outbox.find("k1")) is None
    assert states(outbox)[1][0] == "Cancelamento de Venda R$\N{NO-BREAK SPACE}2,00"


def test_the_sales_of_a_day_are_everybodys_of_this_computer_in_any_state(outbox, server):
    before = datetime.now(UTC)
    outbox.put(entry(1), ANA)
    for number, owner in enumerate((ANA, BRUNO, ANA), start=1):
        outbox.put(sold(number), owner, key=f"k{number}")
    for _ in range(2):
        deliver_next(outbox, server, ANA)
    after = datetime.now(UTC) + timedelta(seconds=1)

    found = outbox.sales_between(before, after)
    assert [(row.key, row.state) for row in found] == [
        ("k1", State.ACKED), ("k2", State.PENDING), ("k3", State.PENDING),
    ]  # fmt: skip
    assert outbox.sales_between(LONG_AGO, before) == []
    assert outbox.find_newest_sale(ANA).key == "k3"
    assert outbox.find_newest_sale(replace(ANA, account="u9")) is None
