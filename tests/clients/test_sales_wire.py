"""What every program computes of a sale, and what the client asks of ``/vendas``."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from almoxarife import brazil
from almoxarife.wire.sales import (
    MAX_ITEMS,
    CancellationIn,
    RankedBy,
    RankingQuery,
    SaleIn,
    TotalQuery,
    find_fault_of_total,
    find_subtotal,
    find_total,
)
from tests.clients.conftest import Reply
from tests.clients.test_api_client import log_in

MOMENT = "2026-11-20T14:03:02.120Z"
ITEM = {
    "produto_id": "p1", "nome_produto": "Açúcar", "unidade": "KG", "quantidade": 0.5, "preco": "4.99",
    "subtotal": "2.50", "desconto": "0.00", "movimentacao_id": "m7", "estoque_negativo": False,
}  # fmt: skip
SALE = {
    "id": "v1", "seq": 1, "loja_id": "l1", "vendedor": {"id": "u1", "nome": "Ana"}, "valor": "2.50",
    "desconto": "0.00", "itens": [ITEM], "registrada_em": MOMENT, "ocorrido_em": MOMENT, "estoque_negativo": False,
    "cancelada_em": None, "novidade": "campo futuro",
}  # fmt: skip
RANKED = {"id": "l1", "nome": "Centro", "total": "100.00", "vendas": 1, "lugar": 1}
JANUARY = {"since": date(2023, 1, 1), "until": date(2023, 1, 31)}

ROUTES = {
    "POST /vendas": (lambda c: c.sell(SaleIn(valor="2.50"), key="k"), 201, SALE),
    "POST /vendas/v1/cancelamento": (lambda c: c.cancel_sale("v1", CancellationIn(motivo="x"), key="k"), 201, SALE),
    "GET /vendas/v1": (lambda c: c.sale("v1"), 200, SALE),
    "GET /vendas?ultimas=1&loja=l1&vendedor=u1&canceladas=1": (
        lambda c: c.sales(newest=1, shop_id="l1", seller_id="u1", with_cancelled=True), 200, [SALE],
    ),
    "GET /vendas/total?vendedor=u1&de=2023-01-01&ate=2023-01-31": (
        lambda c: c.sales_total(seller_id="u1", **JANUARY),
        200,
        {"total": "100.00", "vendas": 1, "de": "2023-01-01", "ate": "2023-01-31"},
    ),
    "GET /vendas/ranking?por=loja&rede=r1": (
        lambda c: c.ranking(RankedBy.SHOP, chain_id="r1"), 200, [RANKED],
    ),
    "GET /vendas/melhor-loja?rede=r1": (lambda c: c.best_shop(chain_id="r1"), 200, {"melhores": [RANKED]}),
    "GET /vendas/melhor-vendedor": (lambda c: c.best_seller(), 200, {"melhores": []}),
    "GET /redes": (lambda c: c.chains(), 200, [{"id": "r1", "nome": "MAX ATACADO", "versao": 1}]),
    "GET /lojas?rede=r1": (lambda c: c.shops("r1"), 200, []),
    "GET /vendedores": (lambda c: c.sellers(), 200, [{"id": "u1", "nome": "A", "username": "a", "ativo": True}]),
}  # fmt: skip


@pytest.mark.parametrize("line", ROUTES)
def test_each_method_asks_its_route(client, server, line):
    call, status, body = ROUTES[line]
    log_in(client, server)
    server.next = Reply(status, body)

    call(client)

    (seen,) = server.seen
    assert f"{seen.method} {seen.path}" == line
    assert seen.method == "GET" or seen.headers["Idempotency-Key"] == "k"


def test_a_sale_goes_out_as_it_was_confirmed(client, server):
    log_in(client, server)
    server.next = Reply(201, SALE)
    items = [{"produto_id": "p1", "quantidade": Decimal("0.5"), "preco": Decimal("4.99")}]

    sale = client.sell(SaleIn(loja_id="l1", itens=items, valor="2.50"), key="k")

    (seen,) = server.seen
    assert seen.json == {
        "loja_id": "l1",
        "valor": "2.50",
        "itens": [{"produto_id": "p1", "quantidade": 0.5, "preco": "4.99"}],
    }
    assert (sale.amount, sale.items[0].quantity, sale.sold_by.name) == (Decimal("2.50"), Decimal("0.5"), "Ana")
    assert not sale.is_cancelled


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"valor": "0"},
        {"valor": "0.00"},
        {"valor": "-1"},
        {"valor": 10},
        {"valor": "1.999"},
        {"itens": []},
        {"valor": "10.00", "desconto": "1.00"},
        {"itens": [{"produto_id": "p1", "quantidade": 0}]},
        {"itens": [{"produto_id": "p1", "quantidade": 1, "preco": -1}]},
        {"itens": [{"produto_id": "p1", "quantidade": 1}] * (MAX_ITEMS + 1)},
        {"itens": [{"produto_id": "p1", "quantidade": 1, "subtotal": "1.00"}]},
    ],
)
def test_what_is_no_sale_is_refused(body):
    with pytest.raises(ValidationError):
        SaleIn.model_validate(body)


@pytest.mark.parametrize("model", [TotalQuery, RankingQuery])
def test_the_last_day_does_not_come_before_the_first(model):
    given_days = {"por": "dia", "de": "2023-01-17", "ate": "2023-01-16"}
    if model is TotalQuery:
        del given_days["por"]

    with pytest.raises(ValidationError, match="O último dia vem antes do primeiro"):
        model.model_validate(given_days)

    assert model.model_validate(given_days | {"ate": "2023-01-17"}).until == date(2023, 1, 17)


@pytest.mark.parametrize(
    ("quantity", "price", "subtotal"),
    [
        ("1", "19.90", "19.90"),
        ("0.5", "4.99", "2.50"),  # 2.495: half a centavo counts as one
        ("0.5", "0.01", "0.01"),
        ("0.4999", "0.01", "0.00"),
        ("2.5", "0.05", "0.13"),  # half to even would say 0.12
        ("99999999999", "9999999999.99", "999999999989000000000.01"),
    ],
)
def test_a_line_is_rounded_to_the_centavo_half_upwards(quantity, price, subtotal):
    assert find_subtotal(Decimal(quantity), Decimal(price)) == Decimal(subtotal)


quantities = st.decimals(min_value="0.0001", max_value="99999", places=4)
prices = st.decimals(min_value=0, max_value="99999.99", places=2)


@given(st.lists(st.tuples(quantities, prices), min_size=1, max_size=30), st.integers(min_value=0, max_value=10**6))
def test_a_total_is_the_sum_of_rounded_lines_less_the_discount(lines, discount_centavos):
    subtotals = [find_subtotal(quantity, price) for quantity, price in lines]
    discount = Decimal(discount_centavos).scaleb(-2)

    total = find_total(subtotals, discount)

    # In integers, as the server computes.
    exact = [(int(quantity * 10_000) * int(price * 100), 10_000) for quantity, price in lines]
    assert int(total * 100) == sum((2 * a + b) // (2 * b) for a, b in exact) - discount_centavos
    assert all(abs(subtotal - quantity * price) <= Decimal("0.005")
               for subtotal, (quantity, price) in zip(subtotals, lines, strict=True))  # fmt: skip


def test_a_total_says_what_is_wrong_with_it():
    none = Decimal(0)
    assert find_fault_of_total(Decimal(10), none, Decimal(10)) is None
    assert find_fault_of_total(Decimal(10), Decimal(5), None) is None
    assert find_fault_of_total(none, none, None)[0] == "itens"
    assert find_fault_of_total(none, Decimal("0.01"), None)[0] == "desconto"
    assert find_fault_of_total(Decimal(-1), Decimal(2), Decimal(-1))[0] == "desconto"
    field, sentence = find_fault_of_total(Decimal("19.90"), none, Decimal("19.91"))
    assert field == "valor"
    assert brazil.format_money(Decimal("19.90")) in sentence
    assert find_fault_of_total(Decimal(10) ** 10, none, None)[0] == "itens"
