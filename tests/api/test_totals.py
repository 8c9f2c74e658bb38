"""What a chain of shops has sold: the sums of the demonstration, of any days, and for whoever may know."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.context import Services
from almoxarife.server.operations import demo
from almoxarife.server.sales.amounts import share_out
from almoxarife.server.sales.periods import list_ranges
from almoxarife.server.sales.reports import Span, find_total, rank
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import sales_totals
from almoxarife.wire.sales import RankedBy
from tests.api.cast import CENTRO, NORTE, Person, Server, assert_problem, assert_refused, make_database, open_server
from tests.api.test_tampering import find
from tests.databases import Databases, examples

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def chains(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What ``almoxarife demo`` makes of an empty database."""
    folder = tmp_path_factory.mktemp("demo")
    place = make_database(databases.make(folder), with_cast=False)
    with open_server(place, folder) as server:
        with server.database.transaction() as session:
            hash_password = demo.hash_for("1234", is_local=True)
            demo.load(session, cpf_key=Services.of(server.app).get(CpfKey), zone=SAO_PAULO, hash_password=hash_password)
        yield server
    databases.drop(place)


@pytest.fixture
def lucas(chains: Server) -> Person:
    """The manager of it all."""
    return chains.person("lucas.abreu")


def shown(person: Person, query: str) -> dict[str, str]:
    return {one["nome"]: one["total"] for one in person.get(f"/vendas/ranking?{query}").json}


def test_the_sums_of_the_demonstration(lucas: Person) -> None:
    assert lucas.get("/vendas/total").json == {"total": "1670.00", "vendas": 9, "de": None, "ate": None}
    assert shown(lucas, "por=vendedor") == {
        "Ana Milena da Silva": "560.00",
        "Pedro Solto Aguiar": "530.00",
        "João de Alencar": "330.00",
        "Maria das Dores": "250.00",
    }
    assert shown(lucas, "por=rede") == {"ATAKADAO": "680.00", "LOJAS MARTINS": "550.00", "MAX ATACADO": "440.00"}
    by_shop = lucas.get("/vendas/ranking?por=loja").json
    assert [(one["nome"], one["total"], one["lugar"]) for one in by_shop] == [
        ("Atakadão Leste", "530.00", 1),
        ("Lojas Martins 2", "340.00", 2),
        ("Max Atacado Sul", "340.00", 2),
        ("Lojas Martins 1", "210.00", 4),
        ("Atakadão Norte", "150.00", 5),
        ("Max Atacado Centro", "100.00", 6),
    ]
    assert by_shop[0] == {"id": "l4", "nome": "Atakadão Leste", "total": "530.00", "vendas": 2, "lugar": 1}
    assert lucas.get("/vendas/melhor-loja").json["melhores"] == by_shop[:1]
    (best,) = lucas.get("/vendas/melhor-vendedor").json["melhores"]
    assert (best["nome"], best["total"], best["vendas"]) == ("Ana Milena da Silva", "560.00", 3)


@pytest.mark.parametrize(
    ("chain", "days", "total"),
    [
        ("r1", "de=2023-01-17&ate=2023-01-17", "100.00"),
        ("r3", "de=2023-03-01&ate=2023-03-31", "340.00"),
        ("r2", "de=2024-01-01&ate=2024-12-31", "0.00"),
        ("r1", "ate=2023-01-16", "0.00"),
        ("r1", "de=2023-02-10", "340.00"),
    ],
)
def test_the_sums_of_a_chain_between_two_days(lucas: Person, chain: str, days: str, total: str) -> None:
    answer = lucas.get(f"/vendas/total?rede={chain}&{days}").json

    assert answer["total"] == total
    assert {"total", "vendas", "de", "ate"} == set(answer)


def test_nothing_is_zero_and_nobody_is_best(lucas: Person) -> None:
    never = "de=2020-01-01&ate=2020-01-31"

    assert lucas.get(f"/vendas/total?{never}").json == {
        "total": "0.00",
        "vendas": 0,
        "de": "2020-01-01",
        "ate": "2020-01-31",
    }
    assert lucas.get(f"/vendas/ranking?por=loja&{never}").json == []
    assert lucas.get(f"/vendas/melhor-loja?{never}").json == {"melhores": []}
    assert lucas.get(f"/vendas/melhor-vendedor?{never}").json == {"melhores": []}


def test_days_and_hours_are_those_of_the_shop(lucas: Person) -> None:
    days = lucas.get("/vendas/ranking?por=dia&limite=2").json
    assert [(one["id"], one["nome"], one["total"], one["lugar"]) for one in days] == [
        ("2023-02-10", "10/02/2023", "430.00", 1),
        ("2023-01-17", "17/01/2023", "350.00", 2),
    ]
    assert lucas.get("/vendas/ranking?por=hora").json == [
        {"id": "12", "nome": "12h", "total": "1670.00", "vendas": 9, "lugar": 1}
    ]


def test_a_seller_has_their_own_total_and_no_ranking(chains: Server, lucas: Person) -> None:
    maria = chains.person("maria.dores")

    assert maria.get("/vendas/total").json["total"] == "250.00"
    assert maria.get(f"/vendas/total?vendedor={maria.id}&loja=l2").json["total"] == "150.00"
    assert_problem(maria.get(f"/vendas/total?vendedor={lucas.id}"), 403, "vendas-de-outra-pessoa")
    assert_problem(maria.get("/vendas/ranking?por=vendedor"), 403, "papel-insuficiente")
    assert lucas.get(f"/vendas/total?vendedor={maria.id}").json["total"] == "250.00"


def test_a_manager_ranks_what_one_seller_sold(chains: Server, lucas: Person) -> None:
    ana = f"vendedor={chains.person('ana.silva').id}"

    assert shown(lucas, f"por=loja&{ana}") == {
        "Lojas Martins 2": "220.00", "Max Atacado Sul": "190.00", "Atakadão Norte": "150.00",
    }  # fmt: skip
    assert shown(lucas, f"por=rede&{ana}") == {
        "LOJAS MARTINS": "220.00", "MAX ATACADO": "190.00", "ATAKADAO": "150.00",
    }  # fmt: skip
    assert shown(lucas, f"por=dia&{ana}&de=2023-05-01&ate=2023-05-31") == {
        "15/05/2023": "190.00", "10/05/2023": "150.00",
    }  # fmt: skip
    assert shown(lucas, f"por=hora&{ana}&loja=l6") == {"12h": "220.00"}
    assert shown(lucas, f"por=vendedor&{ana}") == {"Ana Milena da Silva": "560.00"}
    assert shown(lucas, f"por=produto&{ana}") == {}
    assert_problem(lucas.get("/vendas/ranking?por=dia&vendedor=u99"), 404, "usuario-desconhecido")
    assert_problem(chains.person("ana.silva").get(f"/vendas/ranking?por=dia&{ana}"), 403, "papel-insuficiente")


def test_the_people_of_the_demonstration_log_in_by_cpf_and_nobody_sees_it(chains: Server, lucas: Person) -> None:
    assert chains.log_in("234.567.890-12", "1234").json["usuario"]["nome"] == "Maria das Dores"
    paths = ("/vendedores", "/vendas", "/vendas/ranking?por=vendedor")
    told = [lucas.get(path).get_data(as_text=True) for path in paths]
    told += [str(chains.audited()), str(chains.rows("SELECT cause FROM audit_entries"))]
    for person in demo.PEOPLE:
        assert not any(person.cpf in text for text in told)
    assert len(lucas.get("/lojas").json) == 6
    assert lucas.get("/lojas").json[0]["nome"] == "Max Atacado Centro"
    assert [one["nome"] for one in lucas.get("/redes").json] == list(demo.CHAINS)
    assert find(chains) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("total?de=2023-02-31", "de"),
        ("total?de=1999-12-31", "de"),
        ("total?de=2023-01-17T10:00:00", "de"),
        ("total?de=2023-02-01&ate=2023-01-31", "corpo"),
        ("total?produto=p1", "produto"),
        ("ranking", "por"),
        ("ranking?por=mes", "por"),
        ("ranking?por=loja&limite=0", "limite"),
        ("ranking?por=produto&ordem=nome", "ordem"),
        ("ranking?por=loja&ordem=quantidade", "corpo"),
        ("melhor-loja?loja=l1", "loja"),
    ],
)
def test_what_no_total_can_be_asked(lucas: Person, query: str, field: str) -> None:
    assert_refused(lucas.get(f"/vendas/{query}"), field)


def test_who_and_what_is_not_there(lucas: Person) -> None:
    assert_problem(lucas.get("/vendas/total?vendedor=u99"), 404, "usuario-desconhecido")
    assert_problem(lucas.get("/vendas/total?vendedor=x"), 404, "usuario-desconhecido")
    assert_problem(lucas.get("/vendas/total?rede=r99"), 404, "rede-desconhecida")
    assert_problem(lucas.get("/vendas/total?loja=l99"), 403, "loja-nao-visivel")


# --- of a shop at work ----------------------------------------------------------------------


def test_a_manager_has_the_totals_of_their_shops_alone(
    bruno: Person, carla: Person, davi: Person, vera: Person
) -> None:
    vera.sell(valor="10.00")
    davi.sell(valor="90.00")

    assert bruno.get("/vendas/total").json["total"] == "10.00"
    assert shown(bruno, "por=vendedor") == {"Vera": "10.00"}
    assert shown(bruno, "por=loja") == {"Loja Centro": "10.00"}
    assert shown(bruno, "por=rede") == {}
    assert bruno.get(f"/vendas/total?vendedor={davi.id}").json["total"] == "0.00"
    assert_problem(bruno.get(f"/vendas/ranking?por=dia&loja={NORTE}"), 403, "loja-nao-visivel")
    assert carla.get("/vendas/total").json["total"] == "100.00"
    assert carla.get(f"/vendas/total?loja={CENTRO}").json["total"] == "10.00"


def test_what_one_seller_sold_of_a_product_leaves_out_others_shops_and_cancelled_sales(
    bruno: Person, vera: Person, ana: Person, carla: Person, bolts: str, flour: str
) -> None:
    vera.sell((bolts, 3, "1.99"), (flour, 0.5, "5.01"), (bolts, 1, "1.50"), desconto="0.50")
    vera.cancel(vera.sell((bolts, 9, "1.99")))
    ana.sell((bolts, 7, "1.99"))
    carla.sell((bolts, 8, "1.99"), loja_id=NORTE)
    everything = {one["nome"]: one for one in bruno.get("/vendas/ranking?por=produto").json}
    hers = {one["nome"]: one for one in bruno.get(f"/vendas/ranking?por=produto&vendedor={vera.id}").json}
    others = {one["nome"]: one for one in bruno.get(f"/vendas/ranking?por=produto&vendedor={ana.id}").json}

    assert {name: one["vendas"] for name, one in hers.items()} == dict.fromkeys(everything, 1)
    assert {name: (one["quantidade"], one["unidade"]) for name, one in hers.items()} == {
        "Parafuso 10mm": (4, "UN"),
        "Farinha": (0.5, "KG"),
    }
    for name, one in everything.items():
        parts = [part[name] for part in (hers, others) if name in part]
        assert sum(Decimal(part["total"]) for part in parts) == Decimal(one["total"])
        assert sum(part["quantidade"] for part in parts) == one["quantidade"]
    assert bruno.get(f"/vendas/ranking?por=produto&vendedor={carla.id}").json == []


def test_cancelled_sales_are_left_out(bruno: Person, vera: Person, bolts: str) -> None:
    vera.sell((bolts, 1, "3.00"))
    vera.cancel(vera.sell((bolts, 1, "5.00")))

    assert bruno.get("/vendas/total").json["total"] == "3.00"
    for by in ("vendedor", "loja", "produto", "dia", "hora"):
        (one,) = bruno.get(f"/vendas/ranking?por={by}").json
        assert (one["total"], one["vendas"]) == ("3.00", 1)
        assert one.get("quantidade") == (1 if by == "produto" else None)
    vera.cancel("v1")
    assert bruno.get("/vendas/ranking?por=produto").json == []


def test_products_add_up_to_what_was_paid(bruno: Person, vera: Person, bolts: str, flour: str) -> None:
    """Each line bears its share of the discount; two lines of a product are one sale of it."""
    vera.sell((bolts, 1, "0.01"), (flour, 1, "0.02"), (bolts, 2, "1.00"), desconto="1.00")

    products = bruno.get("/vendas/ranking?por=produto").json

    assert sum(Decimal(one["total"]) for one in products) == Decimal("1.03")
    assert {one["nome"]: one["vendas"] for one in products} == {"Parafuso 10mm": 1, "Farinha": 1}


def test_products_are_ranked_by_how_many_were_sold_too(bruno: Person, vera: Person, bolts: str, flour: str) -> None:
    """Each in its own unit: 0.0001 is not lost beside a million."""
    nuts = vera.server.person("Carla").add("Porca").json["id"]
    vera.sell((bolts, 3, "1.00"), (flour, 1.25, "90.00"), (nuts, 3, "2.00"), (bolts, 1_000_000, "0.01"))
    vera.sell((flour, 0.0001, "90.00"), (nuts, 999_997, "0.01"))
    vera.cancel(vera.sell((flour, 2_000_000, "0.01")))

    def rank(query: str) -> list[tuple[object, ...]]:
        found = bruno.get(f"/vendas/ranking?por=produto{query}").json
        return [(one["lugar"], one["nome"], one["quantidade"], one["unidade"]) for one in found]

    by_quantity = [
        (1, "Parafuso 10mm", 1_000_003, "UN"), (2, "Porca", 1_000_000, "UN"), (3, "Farinha", 1.2501, "KG"),
    ]  # fmt: skip
    assert rank("&ordem=quantidade") == by_quantity
    assert rank("&ordem=quantidade&limite=1") == by_quantity[:1]
    assert rank(f"&ordem=quantidade&vendedor={vera.id}") == by_quantity
    assert rank("") == rank("&ordem=total")
    vera.sell((nuts, 3, "0.01"))
    assert [one[0] for one in rank("&ordem=quantidade")] == [1, 1, 3]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20), st.data())
def test_shares_of_a_discount_add_up_and_no_line_bears_more_than_it_costs(
    subtotals: list[int], data: st.DataObject
) -> None:
    discount = data.draw(st.integers(0, max(0, sum(subtotals) - 1)))

    shares = share_out(discount, subtotals)

    assert sum(shares) == (discount if sum(subtotals) else 0)
    assert all(0 <= share <= subtotal for share, subtotal in zip(shares, subtotals, strict=True))


DAYS = st.dates(date(2022, 11, 1), date(2024, 3, 31))


@given(DAYS | st.none(), DAYS | st.none())
def test_the_periods_of_a_span_hold_each_of_its_days_once(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until < since:
        since, until = until, since

    periods = Span(since, until).list_periods()

    day = date(2022, 11, 1)
    while day <= date(2024, 3, 31):
        number = day.year * 10_000 + day.month * 100 + day.day
        held = sum(first <= number <= last for first, last in periods)
        held += sum(first <= number // 100 <= last for first, last in periods)
        assert held == ((since is None or since <= day) and (until is None or day <= until))
        day += timedelta(days=1)


@given(DAYS | st.none(), DAYS | st.none())
def test_few_periods_hold_each_day_of_a_span_of_products_once(since: date | None, until: date | None) -> None:
    if since is not None and until is not None and until < since:
        since, until = until, since

    ranges = list_ranges(since, until)

    assert len(ranges) <= 20
    day = date(2022, 11, 1)
    while day <= date(2024, 3, 31):
        periods = sales_totals.list_periods("produto", day.year * 10_000 + day.month * 100 + day.day)
        held = sum(found.sign for found in ranges for period in periods if found.first <= period <= found.last)
        assert held == ((since is None or since <= day) and (until is None or day <= until))
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("since", "until", "ranges"),
    [
        (None, None, [(1000, 9999, 1)]),
        (date(2023, 3, 1), date(2023, 3, 29), [(20230330, 20230331, -1), (202303, 202303, 1)]),
        (date(2023, 3, 11), date(2023, 3, 21), [(2023032, 2023032, 1), (20230321, 20230321, 1)]),
        (date(2023, 1, 2), None, [(20230101, 20230101, -1), (2023, 2023, 1), (2024, 9999, 1)]),
        (date(2023, 4, 1), date(2023, 6, 30), [(202304, 202306, 1)]),
    ],
)
def test_what_is_read_of_a_span_of_products(
    since: date | None, until: date | None, ranges: list[tuple[int, int, int]]
) -> None:
    assert list_ranges(since, until) == ranges


def test_a_hundred_thousand_sales_of_one_centavo(shop: Server, bruno: Person) -> None:
    """To the centavo: nothing is a float on the way. A server looks at each reference, so it gets fewer."""
    number, apart_s = (100_000, 310) if shop.database.dialect == "sqlite" else (20_000, 155)
    with shop.database.transaction() as session:
        database = raw(session)
        database.execute(
            "INSERT INTO sales (seq, shop_id, seller_id, amount, discount, recorded_at, occurred_at,"
            " is_clock_corrected, is_below_zero)"
            " WITH RECURSIVE digits (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM digits WHERE d < 9),"
            " numbers (n) AS (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 1"
            " FROM digits e, digits d, digits c, digits b, digits a)"
            " SELECT n, 2, 4, 1, 0, 1700000000000000 + n, 1672574400000000 + n * CAST(? AS bigint), false, false"
            " FROM numbers WHERE n <= ?",
            (apart_s * 1_000_000, number),
        )
        sales_totals.rebuild(database, SAO_PAULO)

    whole = {"total": f"{number // 100}.00", "vendas": number}
    assert bruno.get("/vendas/total").json == {**whole, "de": None, "ate": None}
    assert bruno.get("/vendas/total?de=2023-01-01&ate=2023-12-31").json["vendas"] == number
    part = Span(date(2023, 1, 10), date(2023, 2, 3))
    with shop.database.reading() as session:
        days = rank(session, RankedBy.DAY, (2,), part)
        month = rank(session, RankedBy.SHOP, (2,), part)
    assert (len(days), sum(one.centavos for one in days)) == (25, month[0].centavos)


# --- any days, whatever they are added up by -------------------------------------------

EDGES = [
    *(datetime(2018, 11, day, hour, 59, tzinfo=UTC) for day in (3, 4, 5) for hour in (0, 1, 2, 3, 23)),
    *(datetime(2018, 2, 18, hour, 30, tzinfo=UTC) for hour in range(5)),  # an hour that came twice
    *(datetime(2024, 2, 29, 23, 59, 59, 999_000, tzinfo=UTC) + timedelta(minutes=half) for half in range(0, 361, 30)),
    *(datetime(2023, 12, 31, hour, 59, 59, tzinfo=UTC) + timedelta(hours=4) for hour in range(18, 24)),
]  # fmt: skip
"""Of days, months and years in Noronha, São Paulo, Manaus and Acre, and of their summers."""
EDGE_DAYS = sorted(
    {(moment - timedelta(hours=3)).date() + timedelta(days=more) for moment in EDGES for more in (-1, 0, 1)}
)


@pytest.fixture(scope="module")
def sold(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A sale or two at each of the edges, with a discount, in two shops, by two people; each fifth was cancelled."""
    folder = tmp_path_factory.mktemp("somas")
    place = make_database(databases.make(folder), with_cast=True)
    with open_server(place, folder) as server:
        sell_at_the_edges(server)
        yield server
    databases.drop(place)


def sell_at_the_edges(server: Server) -> None:
    carla = server.person("Carla")
    products = [str(carla.add(name, preco="1.37").json["id"]) for name in ("Parafuso", "Porca")]
    products.insert(1, str(carla.add("Farinha", unidade="KG", preco="1.37").json["id"]))
    for number, moment in enumerate(EDGES):
        seller, shop_id = (carla, NORTE) if number % 3 else (server.person("Vera"), CENTRO)
        quantities = (number % 7 + 1, (number % 7 + 1) / 8 + 0.0001, 2)
        lines = list(zip(products[: number % 3 + 1], quantities, strict=False))
        sale = seller.sell(*lines, desconto="0.10", ocorrido_em=moment.isoformat(), loja_id=shop_id)
        assert sale.status_code == 201, sale.json
        if number % 5 == 0:
            assert carla.cancel(sale).status_code == 201


def find_quantities(sold: Server, zone: ZoneInfo, since: date, until: date) -> dict[int, Counter[str]]:
    """What each seller sold of each product, in ten-thousandths, from the lines of the sales."""
    quantities: dict[int, Counter[str]] = defaultdict(Counter)
    for seller, moment, product, quantity in sold.rows(
        "SELECT s.seller_id, s.occurred_at, i.product_id, i.quantity FROM sales s"
        " JOIN sale_items i ON i.sale_seq = s.seq"
        " WHERE NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq)"
    ):
        if since <= (EPOCH + timedelta(microseconds=moment)).astimezone(zone).date() <= until:
            quantities[seller][f"p{product}"] += quantity
    return quantities


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "America/Noronha", "America/Manaus", "America/Rio_Branco"])
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.tuples(*[st.sampled_from(EDGE_DAYS) | st.none()] * 2))
def test_any_days_come_to_the_sum_of_the_ledger_by_whatever_they_are_added_up(
    sold: Server, zone: str, days: tuple[date | None, date | None]
) -> None:
    since, until = sorted(days) if None not in days else days  # type: ignore[type-var]
    place, shops = ZoneInfo(zone), (2, 3)
    with sold.database.transaction() as session:
        if sales_totals.find_zone(raw(session)) != zone:
            sales_totals.rebuild(raw(session), place)
    ledger = [
        (amount, seller, shop, (EPOCH + timedelta(microseconds=moment)).astimezone(place))
        for amount, seller, shop, moment in sold.rows(
            "SELECT amount, seller_id, shop_id, occurred_at FROM sales s"
            " WHERE NOT EXISTS (SELECT 1 FROM sale_cancellations c WHERE c.sale_seq = s.seq)"
        )
    ]
    meant = [
        sale for sale in ledger
        if (since is None or since <= sale[3].date()) and (until is None or sale[3].date() <= until)
    ]  # fmt: skip
    whole = sum(amount for amount, *_ in meant)
    quantities = find_quantities(sold, place, since or date.min, until or date.max)

    with sold.database.reading() as session:
        span = Span(since, until)
        assert find_total(session, shops, span) == (whole, len(meant))
        ranked = {by: rank(session, by, shops, span) for by in RankedBy}
        sellers = {sale[1]: find_total(session, shops, span, sale[1]) for sale in ledger}
        alone = {
            (seller, by): rank(session, by, shops, span, seller_id=seller, zone=place)
            for seller in sellers
            for by in (RankedBy.SELLER, RankedBy.SHOP, RankedBy.PRODUCT, RankedBy.DAY, RankedBy.HOUR)
        }
        by_day = sum(find_total(session, shops, Span(day, day)).centavos for day in {sale[3].date() for sale in meant})
    assert sum(total.centavos for total in sellers.values()) == by_day == whole
    for (seller, by), of_seller in alone.items():
        assert sum(one.centavos for one in of_seller) == sellers[seller].centavos, by
    for by in (RankedBy.SELLER, RankedBy.SHOP, RankedBy.PRODUCT, RankedBy.DAY, RankedBy.HOUR):
        assert sum(one.centavos for one in ranked[by]) == whole, by
    assert {one.id: one.quantity for one in ranked[RankedBy.PRODUCT]} == sum(quantities.values(), Counter())
    for seller in sellers:
        assert {one.id: one.quantity for one in alone[seller, RankedBy.PRODUCT]} == quantities[seller]
    for by, key in (
        (RankedBy.DAY, lambda sale: sale[3].date().isoformat()),
        (RankedBy.HOUR, lambda sale: str(sale[3].hour)),
    ):
        expected: Counter[str] = Counter()
        for sale in meant:
            expected[key(sale)] += sale[0]
        assert {one.id: one.centavos for one in ranked[by]} == expected
        for seller in sellers:
            mine = Counter[str]()
            for sale in meant:
                if sale[1] == seller:
                    mine[key(sale)] += sale[0]
            assert {one.id: one.centavos for one in alone[seller, by]} == mine
