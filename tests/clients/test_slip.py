"""The closing slip: what was sent is what the server has, to the centavo, or it says what is not."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.selling.papers.pdf import NOT_FISCAL, make_pdf
from almoxarife.clients.desktop.cadastro.selling.papers.slip import (
    ServersSide,
    Sum,
    bounds,
    compare,
    of_shop,
    print_slip,
    verdict,
)
from almoxarife.clients.desktop.cadastro.selling.papers.slip_page import ask_server
from almoxarife.clients.queue.outgoing import Kind, QueuedRow, State, of_sale
from almoxarife.wire.sales import SaleIn
from tests.clients.queue_things import ANA, BRUNO
from tests.clients.things import sale

ZONE = ZoneInfo("America/Sao_Paulo")
DAY = date(2026, 11, 20)
HEAD = f"1234-{'0123456789abcdef' * 4}"


def row(number, amount="19.90", *, state=State.ACKED, owner=ANA, shop="l1"):
    outgoing = of_sale(SaleIn(loja_id=shop, valor=Decimal(amount)))
    return QueuedRow(
        number=number, key=f"k{number}", owner=owner, kind=Kind.SALE, path=outgoing.path, body=outgoing.body,
        label=outgoing.label, state=state, reason="", confirmed_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
        recorded_id=f"v{number}" if state is State.ACKED else None, is_undone=False,
    )  # fmt: skip


def server(*sales):
    return {found.id: found for found in sales}


def printed(slip, sales=()):
    entries = print_slip(
        slip, ServersSide(server(*sales), Sum.of(s.amount for s in sales), HEAD), day=DAY, shop="Loja Centro",
        computer="CAIXA-1", seller="ana", now=datetime(2026, 11, 20, 22, tzinfo=UTC), zone=ZONE,
    )  # fmt: skip
    assert make_pdf("Fechamento", entries).startswith(b"%PDF-")
    return [f"{entry.left}|{entry.right}".replace("\N{NO-BREAK SPACE}", " ").strip("|") for entry in entries]


def test_a_day_that_agrees():
    rows = [row(1), row(2, "5.00"), row(3, "0.10")]
    sales = [sale(1), sale(2, "5.00", cancelled=True), sale(3, "0.10")]
    slip = compare(rows, server(*sales))

    assert slip.sent == slip.accepted == slip.closed == Sum(3, Decimal("25.00"))
    assert slip.agrees
    assert printed(slip, sales) == [
        "Loja Centro",
        "Fechamento do dia",
        NOT_FISCAL,
        "Dia|20/11/2026",
        "Computador|CAIXA-1",
        "Vendedor|ana",
        "Feito em|20/11/2026 19:00",
        "Enviadas por este computador|3   R$ 25,00",
        "Aceitas pelo servidor|3   R$ 25,00",
        "Canceladas|1   R$ 5,00",
        "TOTAL DO CAIXA|R$ 20,00",
        "Confere: o servidor tem o que este computador enviou.",
        "No servidor, o dia todo, de todos os computadores|3   R$ 25,00",
        "Cabeça da auditoria:",
        HEAD,
    ]


def test_what_the_server_does_not_have_or_has_for_another_amount_is_named():
    slip = compare([row(1), row(2), row(3)], server(sale(1), sale(3, "19.89")))

    assert not slip.agrees
    assert (slip.sent.count, slip.accepted) == (3, Sum(2, Decimal("39.79")))
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in slip.differences] == [
        "Venda v2 de R$ 19,90 não está no servidor.",
        "Venda v3: aqui R$ 19,90, no servidor R$ 19,89.",
    ]
    assert "NÃO CONFERE:" in printed(slip)


def test_what_waits_or_was_refused_keeps_the_day_open():
    rows = [row(1), row(2, state=State.PENDING), row(3, state=State.SENT), row(4, state=State.REJECTED)]
    slip = compare(rows, server(sale(1)))

    assert (slip.waiting.count, slip.refused.count) == (2, 1)
    assert verdict(slip) == (
        "NÃO FECHADO: 2 vendas ainda não saíram daqui e 1 venda o servidor recusou (Fila de envio, F9)."
    )
    assert not slip.agrees
    assert compare([], {}).agrees


def test_a_manager_sees_each_seller_of_the_computer():
    rows = [row(1), row(2, "1.00", owner=BRUNO), row(3, "2.00", owner=BRUNO)]
    slip = compare(rows, server(sale(1), sale(2, "1.00"), sale(3, "2.00", cancelled=True)))

    assert slip.by_seller == {"ana": Sum(1, Decimal("19.90")), "bruno": Sum(1, Decimal("1.00"))}
    assert "bruno|1   R$ 1,00" in printed(slip)


def test_a_seller_sees_their_own_and_each_shop_has_its_own():
    rows = [row(1), row(2, owner=BRUNO), row(3, shop="l2"), row(4, shop=None)]

    assert [r.number for r in of_shop(rows, "l1", account=ANA.account)] == [1, 4]
    assert [r.number for r in of_shop(rows, "l1", account=None)] == [1, 2, 4]
    assert [r.number for r in of_shop(rows, "l2", account=None)] == [3, 4]


@given(st.lists(st.decimals(Decimal("0.01"), Decimal("9999.99"), places=2), max_size=30), st.integers(0, 29))
def test_a_centavo_more_or_less_never_passes(amounts, place):
    rows = [row(number, str(amount)) for number, amount in enumerate(amounts, start=1)]
    sales = [sale(number, str(amount)) for number, amount in enumerate(amounts, start=1)]
    assert compare(rows, server(*sales)).agrees
    if sales:
        at = place % len(sales)
        sales[at] = sales[at].model_copy(update={"amount": sales[at].amount + Decimal("0.01")})
        assert not compare(rows, server(*sales)).agrees


def test_a_local_day_begins_and_ends_where_the_shop_is():
    assert bounds(DAY, ZONE) == (datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 21, 3, tzinfo=UTC))


class Api:
    """What ``/vendas`` answers: a day's list, and single ones of other days."""

    def __init__(self, of_day, others=()):
        self.of_day, self.others, self.asked = of_day, server(*others), []

    def sales(self, **asked):
        self.asked.append(asked)
        return self.of_day

    def sale(self, sale_id):
        self.asked.append(sale_id)
        return self.others.get(sale_id)

    def audit_head(self):
        return HEAD


def test_the_server_is_asked_for_the_day_and_for_what_its_clock_put_elsewhere():
    api = Api([sale(1), sale(9, "1.00"), sale(8, cancelled=True)], [sale(2)])
    rows = [row(1), row(2), row(3), row(4, state=State.PENDING)]
    found = ask_server(api, rows, day=DAY, shop_id="l1", seller_id="u1")

    assert api.asked == [
        {"shop_id": "l1", "seller_id": "u1", "since": DAY, "until": DAY, "with_cancelled": True}, "v2", "v3",
    ]  # fmt: skip
    assert set(found.sales) == {"v1", "v2", "v8", "v9"}
    assert (found.day, found.head) == (Sum(2, Decimal("20.90")), HEAD)


def test_a_server_that_does_not_answer_makes_no_slip():
    api = Api([])
    api.sale = lambda _: (_ for _ in ()).throw(ApiError("Servidor fora do ar."))

    with pytest.raises(ApiError):
        ask_server(api, [row(1)], day=DAY, shop_id=None, seller_id=None)
