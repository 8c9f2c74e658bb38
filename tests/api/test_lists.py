"""Lists: paged by a cursor, or whole and streamed; nothing missed, nothing twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.http import parse_options_header

from almoxarife.server.catalog import cached_list
from almoxarife.server.catalog import routes as catalog
from almoxarife.server.errors import TooManyLists
from almoxarife.server.http import responses
from almoxarife.server.stock import routes as stock
from almoxarife.server.stock import whole_list
from tests.api.cast import CENTRO, NORTE, Person, assert_problem


@pytest.fixture(autouse=True)
def long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every list is too long to be kept in memory: the route responses."""
    monkeypatch.setattr(cached_list, "MAX_PRODUCTS", 0)


@pytest.fixture
def seven(ana: Person) -> list[str]:
    """Seven products, each with an entry of as many pieces as its number."""
    ids = [ana.add(f"Produto {number}").json["id"] for number in range(1, 8)]
    for number, product in enumerate(ids, start=1):
        ana.receive(product, number)
    return ids


def follow(person: Person, path: str) -> Iterator[list[dict[str, Any]]]:
    """Every page from ``path`` on, as a client walks along ``Link``."""
    while True:
        response = person.get(path)
        yield response.json
        if "Link" not in response.headers:
            return
        link, options = parse_options_header(response.headers["Link"])
        assert options == {"rel": "next"}
        path = link.strip("<>")


@pytest.mark.parametrize("path", ["/produtos", "/inventario", "/usuarios", "/produtos/p1/movimentacoes"])
def test_the_pages_together_are_the_whole_list(ana: Person, carla: Person, seven: list[str], path: str) -> None:
    for _ in range(6):
        ana.receive(seven[0], 1)

    for limit in (1, 2, 3, 7, 8, 500):
        pages = list(follow(carla, f"{path}?limite={limit}"))

        assert all(len(page) == limit for page in pages[:-1]), limit
        assert len(pages[-1]) <= limit
        assert [row for page in pages for row in page] == carla.get(path).json != []


def test_the_next_page_keeps_what_was_asked_for(ana: Person, seven: list[str]) -> None:
    ana.issue(seven[0], 1)
    pages = list(follow(ana, f"/inventario?limite=2&tipo=entrada&loja={CENTRO}"))
    assert [row["variacao"] for page in pages for row in page] == [1, 2, 3, 4, 5, 6, 7]

    found = list(follow(ana, "/produtos?limite=3&busca=produto&inativos=1"))
    assert [row["id"] for page in found for row in page] == seven


def test_depois_alone_means_a_page_of_500(ana: Person, seven: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    list_after = stock.reports.list_after

    def watched(*arguments: Any, limit: int, **options: Any) -> Any:
        asked.append(limit)
        return list_after(*arguments, limit=limit, **options)

    monkeypatch.setattr(stock.reports, "list_after", watched)

    assert ana.movements("?depois=5") == [6, 7]
    assert [row["id"] for row in ana.get(f"/produtos?depois={seven[4]}").json] == seven[5:]
    assert asked in ([500], [])  # the poll may have a way of its own


def test_depois_on_the_ledger_is_a_seq(ana: Person, seven: list[str]) -> None:
    assert ana.movements("?depois=0") == [1, 2, 3, 4, 5, 6, 7]
    assert ana.movements("?depois=3&limite=2") == [4, 5]
    assert ana.movements("?depois=7") == ana.movements(f"?depois={2**53}") == []
    assert [row["seq"] for row in ana.get("/inventario").json] == [1, 2, 3, 4, 5, 6, 7]


def test_a_poll_by_seq_sees_each_movement_once(ana: Person, bruno: Person, seven: list[str]) -> None:
    last, seen = 0, []
    for quantity in (10, 20, 30):
        ana.receive(seven[0], quantity)
        for row in bruno.get(f"/inventario?depois={last}").json:
            last = row["seq"]
            seen.append(row["variacao"])

    assert seen == [1, 2, 3, 4, 5, 6, 7, 10, 20, 30]
    assert bruno.get(f"/inventario?depois={last}").json == []


def test_a_products_movements_are_newest_first_with_the_balance_after_each(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    ana.issue(bolts, 4)
    ana.adjust(bolts, 1)

    rows = ana.get(f"/produtos/{bolts}/movimentacoes").json

    assert [(row["variacao"], row["saldo"]) for row in rows] == [(1, 7), (-4, 6), (10, 10)]
    assert ana.get(f"/produtos/{bolts}/movimentacoes?depois={rows[0]['seq']}").json == rows[1:]
    assert ana.get(f"/produtos/{bolts}/movimentacoes?depois=0").json == []


# --- filters of the ledger ----------------------------------------------------------------


def test_the_newest_are_answered_oldest_first(ana: Person, seven: list[str]) -> None:
    assert ana.movements("?ultimos=3") == [5, 6, 7]
    assert ana.movements("?ultimos=500") == [1, 2, 3, 4, 5, 6, 7]
    assert ana.movements("?ultimos=2&tipo=saida") == []


def test_the_ledger_is_narrowed_by_kind_and_shop(ana: Person, davi: Person, carla: Person, seven: list[str]) -> None:
    davi.receive(seven[0], 100)
    ana.receive(seven[0], 8)
    ana.issue(seven[0], 2)
    ana.adjust(seven[0], -1)
    ana.adjust(seven[0], 5)

    assert carla.movements(f"?loja={NORTE}") == [100]
    assert carla.movements(f"?loja={CENTRO}&tipo=saida") == [-2]
    assert ana.movements("?tipo=saida") == [-2]
    assert ana.movements("?tipo=ajuste") == [-1, 5]
    assert ana.movements("?tipo=venda") == []


# --- whole lists --------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/produtos", "/inventario", "/produtos/p1/movimentacoes"])
def test_a_whole_list_is_one_array_however_many_pages_it_was_read_in(
    ana: Person, seven: list[str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        ana.receive(seven[0], 1)

    for size in (1, 2, 3, 7, 1000):
        ana.add(f"Arruela de {size}")  # else the list that was read before could be answered again
        paged = ana.get(f"{path}?limite=500").json
        monkeypatch.setattr(catalog, "PAGE", size)
        monkeypatch.setattr(stock, "PAGE", size)
        monkeypatch.setattr(whole_list, "PAGE", size)

        response = ana.get(path)

        assert response.json == paged, size
        assert len(paged) >= 7
        assert "Link" not in response.headers


@pytest.mark.parametrize("path", ["/produtos", "/inventario", "/produtos?busca=nada", "/inventario?tipo=venda"])
def test_an_empty_list_is_an_empty_array(davi: Person, path: str) -> None:
    assert davi.get(path).data == b"[]"


@pytest.mark.parametrize("path", ["/produtos", "/inventario"])
def test_a_whole_list_ends_with_the_newest_row_at_its_start(
    ana: Person, seven: list[str], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "PAGE", 2)
    monkeypatch.setattr(stock, "PAGE", 2)
    response = ana.get(path, buffered=False)
    first = next(response.iter_encoded())

    ana.receive(ana.add("Mais um").json["id"], 8)
    whole = first + b"".join(response.iter_encoded())
    response.close()

    assert whole.count(b'"saldo"') == 7
    assert len(ana.get(path).json) == 8


def test_no_transaction_is_held_while_a_whole_list_is_sent(
    ana: Person, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "PAGE", 2)
    response = ana.get("/inventario", buffered=False)
    next(response.iter_encoded())

    # The same thread reads and writes: inside a snapshot that would be an error.
    assert ana.receive(seven[0], 1).status_code == 201
    with ana.server.database.reading():
        pass
    response.close()


@pytest.mark.parametrize("refused", ["/produtos", "/inventario?tipo=entrada", "/produtos/p1/movimentacoes"])
def test_at_most_eight_long_lists_are_sent_at_once(
    ana: Person, seven: list[str], refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.receive(seven[0], 1)
    for routes in (stock, catalog):
        monkeypatch.setattr(routes, "PAGE", 1)
    sending = [
        ana.get("/produtos?inativos=1" if turn % 2 else "/inventario?tipo=entrada", buffered=False) for turn in range(8)
    ]
    assert responses.MAX_WHOLE_LISTS == len(sending) == 8

    response = ana.get(refused)

    assert_problem(response, 503, "muitas-listas")
    assert int(response.headers["Retry-After"]) > 0
    assert ana.get(f"{refused}{'&' if '?' in refused else '?'}limite=5").status_code == 200
    with monkeypatch.context() as patch:
        for routes in (stock, catalog):
            patch.setattr(routes, "PAGE", 1000)
        assert ana.get(refused).status_code == 200, "a list of one page needs no place"
    sending[0].close()
    assert ana.get(refused).status_code == 200
    for each in sending[1:]:
        each.close()
    assert [ana.get(refused).status_code for _ in range(10)] == [200] * 10


def test_a_304_and_a_head_take_no_place_among_the_eight(ana: Person, seven: list[str]) -> None:
    tag = ana.get("/produtos").headers["ETag"]

    for _ in range(10):
        assert ana.get("/produtos", headers={"If-None-Match": tag}, buffered=False).status_code == 304
        head = ana.ask("HEAD", "/produtos")
        assert (head.status_code, head.data) == (200, b"")
    assert ana.get("/produtos").status_code == 200


def test_two_applications_in_one_process_share_no_places() -> None:
    one, other = responses.StreamLimits(), responses.StreamLimits()
    for _ in range(responses.MAX_WHOLE_LISTS):
        one.begin_long()
    with pytest.raises(TooManyLists):
        one.begin_long()
    other.begin_long()()
    one.begin_shared()()
