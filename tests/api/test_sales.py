"""A sale is recorded whole or not at all, never refused for lack of stock, and taken back once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.sales import reports
from almoxarife.server.sales.reports import Filter
from almoxarife.server.store.sessions import raw
from almoxarife.wire.fields import MAX_MONEY
from almoxarife.wire.times import to_iso
from tests.api.cast import CENTRO, NORTE, Person, Server, assert_problem, assert_refused, at_once
from tests.api.test_tampering import find
from tests.databases import examples


@pytest.fixture
def bolts(carla: Person) -> str:
    return str(carla.add("Parafuso 10mm", preco="0.25").json["id"])


def ids(person: Person, query: str = "") -> list[str]:
    return [sale["id"] for sale in person.get(f"/vendas{query}").json]


def test_a_sale_of_items_moves_stock_with_it(ana: Person, vera: Person, bolts: str, flour: str) -> None:
    ana.receive(bolts, 100)
    ana.receive(flour, 10)

    answer = vera.sell((bolts, 30), (flour, 0.5, "4.99"), desconto="1.00", valor="9.00")

    assert answer.status_code == 201
    sale = answer.json
    moments = (sale.pop("registrada_em"), sale.pop("ocorrido_em"))
    assert moments[0] == moments[1]
    assert sale == {
        "id": "v1", "seq": 1, "loja_id": CENTRO, "vendedor": {"id": "u4", "nome": "Vera"}, "valor": "9.00",
        "desconto": "1.00", "estoque_negativo": False, "relogio_corrigido": False, "cancelada_em": None,
        "cancelada_por": None, "motivo_cancelamento": None,
        "itens": [
            {"produto_id": bolts, "nome_produto": "Parafuso 10mm", "unidade": "UN", "quantidade": 30, "preco": "0.25",
             "subtotal": "7.50", "desconto": "0.75", "movimentacao_id": "m3", "estoque_negativo": False},
            {"produto_id": flour, "nome_produto": "Farinha", "unidade": "KG", "quantidade": 0.5, "preco": "4.99",
             "subtotal": "2.50", "desconto": "0.25", "movimentacao_id": "m4", "estoque_negativo": False},
        ],
    }  # fmt: skip
    assert (ana.balance(bolts), ana.balance(flour)) == (70, 9.5)
    movement = ana.get("/inventario").json[2]
    assert (movement["tipo"], movement["variacao"], movement["saldo"]) == ("venda", -30, 70)
    assert (movement["documento"], movement["registrado_por"]) == ("v1", "Vera")
    assert vera.get("/vendas/v1").json == answer.json
    assert find(ana.server) == []


def test_an_amount_alone_moves_no_stock(vera: Person) -> None:
    answer = vera.sell(valor="19.90")

    assert (answer.status_code, answer.json["valor"], answer.json["itens"]) == (201, "19.90", [])
    assert vera.movements() == []


def test_a_sale_that_happened_is_recorded_and_marked_and_forms_are_refused(
    ana: Person, vera: Person, bolts: str
) -> None:
    ana.receive(bolts, 10)

    fits, beyond = vera.sell((bolts, 10)), vera.sell((bolts, 5), (bolts, 1))

    assert (fits.json["estoque_negativo"], beyond.json["estoque_negativo"]) == (False, True)
    assert [item["estoque_negativo"] for item in beyond.json["itens"]] == [True, True]
    assert ana.balance(bolts) == -6
    assert ana.get("/inventario").json[-1]["abaixo_de_zero"] is True
    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")
    assert find(ana.server) == []


@pytest.mark.parametrize(
    ("sale", "fields"),
    [
        ({}, ["corpo"]),
        ({"valor": "0"}, ["valor"]),
        ({"valor": "-1.00"}, ["valor"]),
        ({"valor": 19.9}, ["valor"]),
        ({"valor": "1.999"}, ["valor"]),
        ({"valor": "10.00", "desconto": "1.00"}, ["corpo"]),
        ({"itens": []}, ["itens"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 0}]}, ["itens.0.quantidade"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 1.5}]}, ["itens.0.quantidade"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 1}, {"produto_id": "p2", "quantidade": 1}]}, ["itens.1.preco"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 1}], "valor": "0.26"}, ["valor"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 1}], "desconto": "0.25"}, ["desconto"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 1}], "desconto": "0.26"}, ["desconto"]),
        ({"itens": [{"produto_id": "p1", "quantidade": 99999999999, "preco": "9.99"}]}, ["itens"]),
        ({"valor": "1.00", "troco": "0.10"}, ["troco"]),
    ],
)
def test_what_is_no_sale_is_refused_and_changes_nothing(
    shop: Server, ana: Person, vera: Person, bolts: str, flour: str, sale: dict[str, object], fields: list[str]
) -> None:
    ana.receive(bolts, 10)
    before = shop.business()

    assert_refused(vera.post("/vendas", sale), *fields)

    assert shop.business() == before


def test_what_stands_against_a_sale_leaves_nothing_of_it(shop: Server, carla: Person, vera: Person, bolts: str) -> None:
    carla.receive(bolts, 10, loja_id=CENTRO)
    gone = carla.add("Fora de linha", preco="1.00").json["id"]
    carla.change(gone, "*", nome="Fora de linha", ativo=False)
    before = shop.business()

    assert_problem(vera.sell((bolts, 1), (gone, 1, "1.00")), 409, "produto-inativo")
    assert_problem(vera.sell((bolts, 1), ("p99", 1, "1.00")), 404, "produto-desconhecido")
    assert_problem(vera.sell((bolts, 1), ("x", 1)), 404, "produto-desconhecido")
    assert_problem(vera.sell((bolts, 1), loja_id=NORTE), 403, "loja-nao-visivel")
    assert_problem(vera.sell((bolts, 99999999999, "0.01"), (bolts, 11, "0.01")), 409, "saldo-fora-do-limite")

    assert shop.business() == before
    assert vera.sell((bolts, 1)).json["id"] == "v1"


def test_a_closed_shop_sells_nothing(carla: Person, vera: Person) -> None:
    version = carla.get("/lojas").json[1]["versao"]
    body = {"nome": "Loja Centro", "ativa": False}
    carla.ask("PUT", f"/lojas/{CENTRO}", json=body, headers={"If-Match": f'"{version}"'})

    assert_problem(vera.sell(valor="10.00"), 409, "loja-desativada")


def test_a_sale_sent_again_is_answered_again(shop: Server, ana: Person, vera: Person, bolts: str) -> None:
    ana.receive(bolts, 10)

    first, again = (vera.sell((bolts, 1), key="k") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ana.balance(bolts) == 9
    assert_problem(vera.sell((bolts, 2), key="k"), 422, "chave-reutilizada")
    vera.cancel(first)
    assert vera.sell((bolts, 1), key="k").json == first.json
    assert find(shop) == []


def test_a_clock_that_goes_ahead_is_corrected(vera: Person) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)

    sale = vera.sell(valor="1.00", ocorrido_em=ahead.isoformat()).json
    past = vera.sell(valor="1.00", ocorrido_em="2026-01-02T10:00:00").json

    assert (sale["relogio_corrigido"], past["relogio_corrigido"]) == (True, False)
    assert sale["ocorrido_em"] == sale["registrada_em"]
    assert past["ocorrido_em"] == "2026-01-02T13:00:00.000Z"  # São Paulo


@pytest.mark.parametrize(
    ("asked", "happened"),
    [
        ("2026-11-20T14:59:30.120Z", "2026-11-20T14:59:30.120Z"),
        ("2026-11-20T14:58:00.000Z", "2026-11-20T14:59:00.000Z"),  # it is later anyhow
        ("2026-11-20T15:00:00.001Z", "2026-11-20T14:59:00.000Z"),  # nothing has happened that is still to come
        ("2026-11-20T14:59:30.120", "2026-11-20T14:59:00.000Z"),
        ("ontem", "2026-11-20T14:59:00.000Z"),
        ("", "2026-11-20T14:59:00.000Z"),
        ("9999-12-31T23:59:59.999999Z", "2026-11-20T14:59:00.000Z"),
    ],
)
def test_what_waited_happened_no_earlier_than_the_one_before_it(
    ana: Person, vera: Person, bolts: str, asked: str, happened: str
) -> None:
    waited = {"X-Almoxarife-Waited": "60", "X-Almoxarife-Not-Before": asked}
    with time_machine.travel("2026-11-20T15:00:00Z", tick=False):
        sale = vera.post("/vendas", {"valor": "5.00"}, headers=waited).json
        movement = ana.post("/inventario", {"produto_id": bolts, "quantidade": 1}, headers=waited).json

    assert (sale["ocorrido_em"], movement["ocorrido_em"]) == (happened, happened)


def test_dates_of_the_same_millisecond_keep_their_order(shop: Server, vera: Person) -> None:
    with time_machine.travel("2026-11-20T15:00:00.120456Z", tick=False):
        first = vera.post("/vendas", {"valor": "1.00"}, headers={"X-Almoxarife-Waited": "60"}).json
        waited = {"X-Almoxarife-Waited": "90", "X-Almoxarife-Not-Before": first["ocorrido_em"]}
        vera.post("/vendas", {"valor": "2.00"}, headers=waited)

    (one,), (other,) = shop.rows("SELECT occurred_at FROM sales ORDER BY seq")
    assert one <= other < one + 1000


def test_what_waited_in_a_queue_happened_before_whatever_the_clock_of_its_computer_says(
    ana: Person, vera: Person, bolts: str
) -> None:
    """The server was lost when the till was about to send it, and is back the next morning."""
    now = datetime.now(UTC).replace(microsecond=0)
    waited, entry = {"X-Almoxarife-Waited": "54001"}, {"produto_id": bolts, "quantidade": 1}
    with time_machine.travel(now, tick=False):
        sale = vera.post("/vendas", {"valor": "5.00"}, key="k", headers=waited).json
        again = vera.post("/vendas", {"valor": "5.00"}, key="k", headers={"X-Almoxarife-Waited": "60000"})
        movement = ana.post("/inventario", entry, headers=waited).json
        said = vera.post("/vendas", {"valor": "5.00", "ocorrido_em": "2026-11-01T01:00:00Z"}, headers=waited).json
        odd = [
            vera.post("/vendas", {"valor": "1.00"}, headers={"X-Almoxarife-Waited": text}).json["ocorrido_em"]
            for text in ("-5", "1.5", "")
        ]
        longest = 100 * 86400
        waits = [str(longest), str(longest + 1), "220898664", "9" * 5000]
        long = [
            place.post(path, body, headers={"X-Almoxarife-Waited": text}).json
            for place, path, body in ((vera, "/vendas", {"valor": "1.00"}), (ana, "/inventario", entry))
            for text in waits
        ]

    before = to_iso(now - timedelta(seconds=54001))
    assert (sale["ocorrido_em"], sale["registrada_em"], sale["relogio_corrigido"]) == (before, to_iso(now), False)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (sale, "true")
    assert movement["ocorrido_em"] == before
    assert said["ocorrido_em"] == "2026-11-01T01:00:00.000Z"
    assert set(odd) == {to_iso(now)}
    # A wait of seven years is a clock that was put right: the sale is of the day on which it came, and marked.
    came = (to_iso(now), True)
    told = [(to_iso(now - timedelta(seconds=longest)), False), came, came, came]
    assert [(one["ocorrido_em"], one["relogio_corrigido"]) for one in long] == told * 2


def test_the_sales_behind_a_product_and_an_hour_of_the_local_day(
    vera: Person, bruno: Person, bolts: str, flour: str
) -> None:
    """In the summer of 2018 São Paulo was an hour nearer to UTC."""
    both = vera.sell((bolts, 1, "1.00"), (flour, 1, "2.00"), ocorrido_em="2018-01-15T16:59:59Z").json["id"]  # 14:59
    vera.sell((flour, 1, "2.00"), ocorrido_em="2018-01-15T17:00:00Z")
    vera.sell(valor="7.00", ocorrido_em="2018-07-15T16:59:59Z")  # 13:59
    winter = vera.sell((bolts, 2, "1.00"), (bolts, 1, "1.00"), ocorrido_em="2018-07-15T17:00:00Z").json["id"]

    assert ids(bruno, f"?produto={bolts}") == ids(bruno, "?hora=14") == [both, winter]
    assert ids(bruno, f"?produto={bolts}&hora=14&de=2018-02-01") == [winter]
    assert ids(bruno, f"?produto={flour}&hora=15&ultimas=5") != []
    assert ids(bruno, "?hora=0") == ids(bruno, "?produto=p999") == []
    for hour in bruno.get("/vendas/ranking?por=hora").json:
        assert len(ids(bruno, f"?hora={hour['id']}")) == hour["vendas"]


# --- taking it back -----------------------------------------------------------------------


def test_stock_comes_back_with_a_cancelled_sale_once(
    shop: Server, ana: Person, vera: Person, bolts: str, flour: str
) -> None:
    ana.receive(bolts, 10)
    sale = vera.sell((bolts, 3), (flour, 1.5, "2.00"))

    answer = vera.cancel(sale, reason="cliente desistiu")

    assert answer.status_code == 201
    assert answer.json["cancelada_em"] is not None
    assert (answer.json["cancelada_por"], answer.json["motivo_cancelamento"]) == (
        {"id": "u4", "nome": "Vera"},
        "cliente desistiu",
    )
    assert (ana.balance(bolts), ana.balance(flour)) == (10, 0)
    reversal = ana.get("/inventario").json[-2]
    assert (reversal["tipo"], reversal["variacao"], reversal["estorna"]) == ("estorno", 3, "m2")
    assert (reversal["motivo"], reversal["documento"]) == ("cliente desistiu", "v1")
    before = shop.business()
    assert_problem(vera.cancel(sale), 409, "venda-ja-cancelada")
    assert shop.business() == before
    assert find(shop) == []


def test_a_cancellation_sent_again_is_answered_again(shop: Server, vera: Person) -> None:
    sale = vera.sell(valor="10.00")

    first, again = (vera.cancel(sale, key="k") for _ in range(2))

    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert find(shop) == []


def test_a_movement_of_a_sale_is_taken_back_with_the_sale_alone(bruno: Person, vera: Person, bolts: str) -> None:
    vera.sell((bolts, 1))

    assert_problem(bruno.post("/inventario/m1/estorno", {"motivo": "engano"}), 409, "movimentacao-de-venda")
    assert bruno.cancel("v1").status_code == 201


def test_who_may_cancel(
    shop: Server, ana: Person, bruno: Person, vera: Person, davi: Person, carla: Person, bolts: str
) -> None:
    sales = [vera.sell(valor="1.00") for _ in range(3)]

    assert_problem(davi.cancel(sales[0]), 404, "venda-desconhecida")
    assert_problem(ana.cancel(sales[0]), 404, "venda-desconhecida")  # below gerente another person's is not there
    assert_problem(vera.cancel("v99"), 404, "venda-desconhecida")
    assert_refused(vera.post("/vendas/v1/cancelamento", {"motivo": " "}), "motivo")
    assert vera.cancel(sales[0]).status_code == 201
    assert bruno.cancel(sales[1]).status_code == 201
    assert carla.cancel(sales[2]).status_code == 201


def test_own_sales_of_another_day_are_a_managers(shop: Server, vera: Person, bruno: Person) -> None:
    sale = vera.sell(valor="1.00")
    yesterday = int((datetime.now(UTC) - timedelta(days=1, hours=1)).timestamp() * 1_000_000)
    with shop.database.transaction() as session:
        where = "" if shop.database.dialect == "sqlite" else " ON sales"
        raw(session).execute(f"DROP TRIGGER sales_refuse_update{where}")
        raw(session).execute("UPDATE sales SET recorded_at = ?", (yesterday,))

    assert_problem(vera.cancel(sale), 403, "cancelamento-nao-permitido")
    assert bruno.cancel(sale).status_code == 201


def test_a_cancellation_and_another_at_once_bring_stock_back_once(
    shop: Server, ana: Person, vera: Person, bruno: Person, bolts: str
) -> None:
    ana.receive(bolts, 10)
    sale = vera.sell((bolts, 4))
    works: list[Callable[[], int]] = [
        lambda who=who: who.cancel(sale).status_code for who in (vera, bruno) for _ in range(4)
    ]

    assert sorted(at_once(works)) == [201] + [409] * 7

    assert ana.balance(bolts) == 10
    assert find(shop) == []


def test_fifty_tills_sell_the_last_ten_pieces(shop: Server, ana: Person, vera: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    vera.token  # noqa: B018  # one session for all
    works: list[Callable[[], dict[str, object]]] = [
        lambda number=number: vera.sell((bolts, 1), key=f"till-{number}").json for number in range(50)
    ]

    sales = at_once(works)

    assert [sale for sale in sales if "seq" not in sale] == []
    assert sorted(sale["seq"] for sale in sales) == [*range(1, 51)]
    assert sum(bool(sale["estoque_negativo"]) for sale in sales) == 40
    assert ana.balance(bolts) == -40
    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")
    assert find(shop) == []


# --- lists --------------------------------------------------------------------------------


def test_each_sees_their_own_and_a_manager_those_of_their_shops(
    vera: Person, ana: Person, bruno: Person, carla: Person, davi: Person
) -> None:
    vera.sell(valor="1.00")
    ana.sell(valor="2.00")
    davi.sell(valor="3.00")
    vera.cancel(vera.sell(valor="4.00"))

    assert (ids(vera), ids(ana), ids(davi)) == (["v1"], ["v2"], ["v3"])
    assert ids(bruno) == ["v1", "v2"]
    assert ids(carla) == ["v1", "v2", "v3"]
    assert ids(vera, "?canceladas=1") == ["v1", "v4"]
    assert ids(bruno, "?vendedor=u4") == ["v1"]
    assert ids(vera, "?vendedor=u4") == ["v1"]
    assert_problem(vera.get("/vendas?vendedor=u3"), 403, "vendas-de-outra-pessoa")
    assert_problem(vera.get(f"/vendas?loja={NORTE}"), 403, "loja-nao-visivel")
    assert_problem(vera.get("/vendas/v2"), 404, "venda-desconhecida")
    assert_problem(bruno.get("/vendas/v3"), 404, "venda-desconhecida")
    assert ids(carla, f"?loja={NORTE}") == ["v3"]


def test_a_list_comes_in_the_order_in_which_sales_happened_page_by_page(vera: Person) -> None:
    days = [3, 1, 2, 2, 1]
    for day in days:
        vera.sell(valor="1.00", ocorrido_em=f"2026-01-0{day}T12:00:00Z")
    wanted = ["v2", "v5", "v3", "v4", "v1"]

    assert ids(vera) == wanted
    assert ids(vera, "?ultimas=2") == wanted[-2:]
    assert ids(vera, f"?ultimas=2&antes={wanted[-2]}") == wanted[:-2][-2:]
    assert ids(vera, f"?ultimas=2&antes={wanted[0]}") == []
    assert ids(vera, "?de=2026-01-02&ate=2026-01-02") == ["v3", "v4"]
    pages, path = [], "/vendas?limite=2"
    while path:
        page = vera.get(path)
        pages.append([sale["id"] for sale in page.json])
        path = page.headers.get("Link", "").partition(">")[0].removeprefix("<")
    assert pages == [wanted[:2], wanted[2:4], wanted[4:]]


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("depois=abc", "depois"),
        ("depois=1-2-3", "depois"),
        ("limite=0", "limite"),
        ("ultimas=1&limite=2", "corpo"),
        ("antes=v1", "corpo"),
        ("canceladas=sim", "canceladas"),
        ("de=2026-01-02&ate=2026-01-01", "corpo"),
        ("de=31/12/2025", "de"),
        ("x=1", "x"),
        *((f"hora={hour}", "hora") for hour in ("24", "-1", "1.0", "")),
        ("produto=", "produto"),
    ],
)
def test_what_no_list_can_be_asked(vera: Person, query: str, field: str) -> None:
    assert_refused(vera.get(f"/vendas?{query}"), field)


def test_a_whole_list_goes_on_where_a_snapshot_is_lost(vera: Person) -> None:
    wanted = [vera.sell(valor=f"{number}.00").json["seq"] for number in range(1, 6)]
    begun = 0

    @contextmanager
    def read() -> Iterator[Session]:
        nonlocal begun
        begun += 1
        if begun % 2:
            raise StoreUnavailable
        with vera.server.database.reading() as session:
            yield session

    found = reports.pages(read, 2, Filter(shop_ids=(int(CENTRO[1:]),)))

    assert [[sold.row.seq for sold in page] for page in found] == [wanted[:2], wanted[2:4], wanted[4:]]


def test_a_chain_narrows_and_one_that_is_not_seen_is_not_there(carla: Person, vera: Person) -> None:
    chain = carla.post("/redes", {"nome": "MAX"}).json["id"]
    shop = carla.get("/lojas").json[1]
    body = {"nome": shop["nome"], "rede_id": chain}
    other = carla.post("/redes", {"nome": "ATAKADAO"}).json["id"]
    vera.sell(valor="1.00")
    assert_problem(vera.get(f"/vendas?rede={chain}"), 404, "rede-desconhecida")

    carla.ask("PUT", f"/lojas/{CENTRO}", json=body, headers={"If-Match": f'"{shop["versao"]}"'})

    assert ids(vera, f"?rede={chain}") == ["v1"]
    assert_problem(vera.get(f"/vendas?rede={other}"), 404, "rede-desconhecida")
    assert ids(carla, f"?rede={other}") == []


# --- whatever is sold ----------------------------------------------------------------------

LINES = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2"]),
        st.integers(1, 999_999),
        st.integers(0, 99_999),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(0, 100))
def test_any_sale_comes_to_the_sum_of_its_rounded_lines_less_the_discount(
    vera: Person, bruno: Person, bolts: str, flour: str, lines: list[tuple[str, int, int]], percent: int
) -> None:
    """Pieces are whole, flour has four decimals."""
    before = Decimal(bruno.get("/vendas/total").json["total"])
    items = [
        (product, quantity if product == bolts else quantity / 10_000, f"{centavos // 100}.{centavos % 100:02}")
        for product, quantity, centavos in lines
    ]
    exact = [Decimal(repr(quantity)) * Decimal(price) for _, quantity, price in items]
    subtotals = [value.quantize(Decimal("0.01"), ROUND_HALF_UP) for value in exact]
    discount = (sum(subtotals) * percent / 100).quantize(Decimal("0.01"), ROUND_DOWN)
    amount = sum(subtotals) - discount

    answer = vera.sell(*items, desconto=f"{discount:.2f}", valor=f"{amount:.2f}")

    if not 0 < amount <= MAX_MONEY:
        assert answer.status_code == 400
        return
    sale = answer.json
    assert [Decimal(item["subtotal"]) for item in sale["itens"]] == subtotals
    assert sum(Decimal(item["desconto"]) for item in sale["itens"]) == discount
    assert Decimal(sale["valor"]) == amount
    assert Decimal(bruno.get("/vendas/total").json["total"]) == before + amount
    products = bruno.get("/vendas/ranking?por=produto").json
    assert sum(Decimal(one["total"]) for one in products) == before + amount


def test_sales_and_entries_that_come_together_all_add_up(
    shop: Server, ana: Person, vera: Person, bruno: Person, bolts: str, flour: str
) -> None:
    tokens = [person.token for person in (ana, vera, bruno)]
    assert len(set(tokens)) == 3
    sold = [vera.sell((bolts, 1, "1.00"), (flour, 0.25, "2.00")) for _ in range(5)]
    works: list[Callable[[], int]] = []
    for number in range(10):
        works.append(lambda: ana.receive(bolts, 3).status_code)
        works.append(lambda: vera.sell((bolts, 2, "1.50"), (flour, 0.5, "4.99")).status_code)
        works.append(lambda: bruno.sell(valor="10.00").status_code)
        works.append(lambda number=number: bruno.cancel(sold[number % 5]).status_code)

    outcomes = at_once(works)

    assert (outcomes.count(201), outcomes.count(409)) == (35, 5)
    assert ana.balance(bolts) == 30 - 20
    assert bruno.get("/vendas/total").json == {"total": "155.00", "vendas": 20, "de": None, "ate": None}
    assert find(shop) == []


def test_what_an_erased_person_sold_stays(shop: Server, carla: Person, vera: Person, bruno: Person) -> None:
    vera.cancel(vera.sell(valor="10.00"))
    vera.sell(valor="5.00")
    assert carla.ask("DELETE", f"/usuarios/{vera.id}").status_code == 204

    told = bruno.get("/vendas?canceladas=1")

    assert [sale["vendedor"]["nome"] for sale in told.json] == ["Usuário removido #4"] * 2
    assert "Vera" not in told.get_data(as_text=True)
    assert bruno.get("/vendas/melhor-vendedor").json["melhores"][0]["nome"] == "Usuário removido #4"
    assert bruno.get(f"/vendas/total?vendedor={vera.id}").json["total"] == "5.00"
    assert find(shop) == []


def test_the_longest_sale_is_recorded_and_taken_back_whole(shop: Server, ana: Person, vera: Person, bolts: str) -> None:
    ana.receive(bolts, 1000)

    sale = vera.sell(*[(bolts, 2, "0.01")] * 500, desconto="3.33")

    assert (sale.json["valor"], len(sale.json["itens"]), ana.balance(bolts)) == ("6.67", 500, 0)
    assert_refused(vera.sell(*[(bolts, 1, "0.01")] * 501), "itens")
    assert vera.cancel(sale).status_code == 201
    assert ana.balance(bolts) == 1000
    assert find(shop) == []
