"""The poll that every monitor repeats: answered from memory, and never otherwise than by the route."""

from collections.abc import Callable
from datetime import UTC
from time import sleep
from typing import Any
from urllib.parse import parse_qs

import pytest
from werkzeug.test import TestResponse

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.identity import Identity
from almoxarife.server.stock import poll, reports
from almoxarife.server.stock import service as stock
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import MovementIn
from tests.api.cast import CENTRO, NORTE, Person, Server, assert_problem, at_once


@pytest.fixture
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory of a few rows, so that a few movements go past its ends."""
    monkeypatch.setattr(poll, "KEPT", 5)
    monkeypatch.setattr(poll, "MAX_PAGE_SIZE", 4)


def compare(*people: Person) -> None:
    """From every place of the ledger, the poll must say what the route says to the same in another order."""
    for person in people:
        newest = person.server.rows("SELECT coalesce(max(seq), 0) FROM movements")[0][0]
        for after in range(newest + 3):
            for asked, limit in (("", poll.MAX_PAGE_SIZE), ("&limite=1", 1), ("&limite=3", 3)):
                polled = person.get(f"/inventario?depois={after}{asked}")
                paged = person.get(f"/inventario?limite={limit}&depois={after}")
                assert polled.json == paged.json
                assert polled.content_type == paged.content_type
                for header in ("Cache-Control", "Vary"):
                    assert polled.headers[header] == paged.headers[header]
                assert next_cursor(polled) == next_cursor(paged)
                known = {"If-None-Match": polled.headers["ETag"]}
                assert person.get(f"/inventario?depois={after}{asked}", headers=known).status_code == 304


def next_cursor(response: TestResponse) -> list[str] | None:
    """The cursor of the next page; what else its address asks for is what was asked for before."""
    if "Link" not in response.headers:
        return None
    address = response.headers["Link"].partition("<")[2].partition(">")[0]
    query = parse_qs(address.partition("?")[2])
    assert query.get("limite") == parse_qs(response.request.query_string.decode()).get("limite")
    return query["depois"]


CHANGES: list[Callable[[Person], object]] = [
    lambda carla: carla.receive("p1", 10, loja_id=CENTRO),
    lambda carla: carla.receive("p1", 20, loja_id=NORTE),
    lambda carla: carla.issue("p1", 1, loja_id=CENTRO),
    lambda carla: [carla.receive("p1", number, loja_id=NORTE) for number in range(1, 8)],
    lambda carla: carla.change("p1", "*", nome="Parafuso zincado"),
    lambda carla: carla.receive("p1", 3, loja_id=CENTRO),
    lambda carla: carla.patch("/usuarios/u3", {"lojas": [CENTRO, NORTE]}),
    lambda carla: carla.patch("/usuarios/u3", {"lojas": []}),
    lambda carla: [carla.adjust("p1", -1, loja_id=CENTRO) for _ in range(4)],
]


@pytest.mark.usefixtures("short_memory")
def test_the_poll_says_what_the_list_says_after_every_change(
    carla: Person, ana: Person, davi: Person, bolts: str
) -> None:
    compare(carla, ana, davi)
    for change in CHANGES:
        change(carla)
        compare(carla, ana, davi)


@pytest.mark.parametrize(("made", "has_next"), [(499, False), (500, True), (501, True)])
def test_a_poll_that_is_far_behind_gets_a_page_of_500_and_the_way_to_the_next(
    ana: Person, carla: Person, bolts: str, made: int, has_next: bool
) -> None:
    carla.receive(bolts, 1, loja_id=NORTE)
    first = ana.receive(bolts, 1).json
    by = Identity(user_id=ana.number, username="Ana", role=Role.STOCK_CLERK, shop_ids=(2,), session_id=1)
    entry = stock.MovementEntry(MovementIn(produto_id=bolts, quantidade=1), product_id=1, shop_id=None, zone=UTC, by=by)
    with ana.server.database.transaction() as session:
        stock.record(session, [entry] * (made - 1))

    response = ana.get("/inventario?depois=0")

    assert len(response.json) == min(made, 500)
    assert response.json[0] == first
    assert ("Link" in response.headers) == has_next
    assert response.json == ana.get("/inventario?limite=500&depois=0").json


def test_who_was_away_together_reads_each_page_once_until_a_name_in_it_changes(
    short_memory: None, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla.add("Parafuso 10mm")
    for number in range(1, 12):
        carla.receive("p1", number, loja_id=CENTRO)
    list_after, asked = reports.list_after, []

    def count(*arguments: Any, **more: Any) -> Any:
        asked.append(more["after"])
        return list_after(*arguments, **more)

    def catch_up() -> list[str]:
        return [row["nome_produto"] for row in carla.get("/inventario?depois=1&limite=3").json]

    monkeypatch.setattr(reports, "list_after", count)
    first = catch_up()
    carla.receive("p1", 1, loja_id=CENTRO)
    assert catch_up() == catch_up() == first == ["Parafuso 10mm"] * 3
    assert asked.count(1) == 1
    carla.change("p1", "*", nome="Parafuso zincado")
    assert catch_up() == ["Parafuso zincado"] * 3


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("limit", "status"), [("1", 200), ("500", 200), ("501", 400), ("999", 400), ("0", 400), ("05", 200)]
)
def test_a_limit_beyond_what_the_route_takes_is_the_route_s_to_refuse(ana: Person, limit: str, status: int) -> None:
    assert ana.get(f"/inventario?depois=0&limite={limit}").status_code == status


@pytest.mark.usefixtures("short_memory")
def test_sixteen_writers_and_a_poller_miss_nothing_and_double_nothing(
    ana: Person, bruno: Person, davi: Person, bolts: str
) -> None:
    under_way = list(range(16))

    def write(person: Person) -> list[int]:
        return [int(person.receive(bolts, 1).json["seq"]) for _ in range(5)]

    def poll_until_done() -> list[int]:
        seen: list[int] = []
        while True:
            was_done = not under_way
            page = [row["seq"] for row in bruno.get(f"/inventario?depois={seen[-1] if seen else 0}").json]
            seen += page
            if was_done and len(page) < poll.MAX_PAGE_SIZE:
                return seen
            sleep(0.001)  # the writers share this process, and would hardly get a turn

    def write_and_tell(person: Person) -> list[int]:
        try:
            written = write(person)
        finally:
            under_way.pop()  # also when it fails: nobody may poll for ever
        return written if person is ana else []

    seen, *written = at_once(
        [poll_until_done, *(lambda who=who: write_and_tell(who) for who in [ana] * 12 + [davi] * 4)]  # type: ignore[misc]
    )

    assert seen == sorted(seq for seqs in written for seq in seqs)


def test_a_poll_without_rights_is_refused_like_any_other_request(shop: Server, ana: Person, carla: Person) -> None:
    assert_problem(shop.ask("GET", "/inventario?depois=0"), 401, "nao-autenticado")
    assert_problem(ana.get("/inventario?depois=0", token="a.b.c"), 401, "sessao-invalida")
    assert_problem(ana.get("/inventario?depois=0", host="evil.example"), 400, "host-desconhecido")
    carla.post(f"/usuarios/{ana.id}/senha")
    assert_problem(ana.get("/inventario?depois=0", token=ana.open_session()), 403, "troca-de-senha-obrigatoria")


def test_a_poll_while_the_database_does_not_answer_is_503(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ana.get("/lojas").status_code == 200  # the token is known from here on

    def fail(*_: object) -> object:
        raise StoreUnavailable

    monkeypatch.setattr(type(ana.server.database), "reading", fail)

    assert_problem(ana.get("/inventario?depois=0"), 503, "banco-indisponivel")
    assert_problem(ana.get("/produtos?limite=5"), 503, "banco-indisponivel")
