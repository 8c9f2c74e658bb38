"""The poll that is answered from memory says what the route says, whatever happened meanwhile."""

import pytest
from flask import Flask

from almoxarife.server.database import raw, touch
from almoxarife.server.stock import poll
from tests.api.cast import CENTRO, MATRIZ, NORTE, Person, assert_problem

ENTRIES = 12


@pytest.fixture(autouse=True)
def short_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "KEPT", 5)


def by_route(person: Person, after: int) -> object:
    """The same rows, asked in a way that memory does not answer."""
    return person.get(f"/inventario?depois={after}&limite=500").json


def assert_same(*people: Person) -> None:
    for person in people:
        for after in range(ENTRIES + 3):
            assert person.get(f"/inventario?depois={after}").json == by_route(person, after), (person.name, after)


def test_every_cursor_gets_the_same_rows_for_everybody(carla: Person, ana: Person, davi: Person, bolts: str) -> None:
    assert_same(carla, ana)
    for number in range(ENTRIES):
        carla.receive(bolts, number + 1, loja_id=(MATRIZ, CENTRO, NORTE)[number % 3])
        assert carla.get(f"/inventario?depois={number}").json == by_route(carla, number) != []

    assert_same(carla, ana, davi)


def test_a_rename_shows_in_rows_that_were_kept(carla: Person, bolts: str) -> None:
    for _ in range(3):
        carla.receive(bolts, 1, loja_id=CENTRO)
    assert carla.get("/inventario?depois=0").json[0]["nome_produto"] == "Parafuso 10mm"

    carla.change(bolts, "*", nome="Parafuso zincado")

    assert {row["nome_produto"] for row in carla.get("/inventario?depois=0").json} == {"Parafuso zincado"}


def test_more_than_is_kept_between_two_polls_is_not_missed(carla: Person, bolts: str) -> None:
    carla.receive(bolts, 1, loja_id=CENTRO)
    assert len(carla.get("/inventario?depois=0").json) == 1
    for _ in range(ENTRIES):
        carla.receive(bolts, 1, loja_id=CENTRO)

    assert [row["seq"] for row in carla.get("/inventario?depois=1").json] == list(range(2, ENTRIES + 2))
    assert_same(carla)


def test_memory_answers_without_the_application(carla: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    carla.receive(bolts, 1, loja_id=CENTRO)
    carla.get("/inventario?depois=0")
    monkeypatch.setattr(Flask, "full_dispatch_request", None)

    assert len(carla.get("/inventario?depois=0").json) == 1
    assert carla.get("/inventario?depois=1").json == []


def test_who_asks_is_settled_in_the_same_words(carla: Person, bolts: str) -> None:
    path = "/inventario?depois=0"

    assert_problem(carla.server.ask("GET", path), 401, "nao-autenticado")
    assert_problem(carla.get(path, token="x"), 401, "sessao-invalida")
    assert_problem(carla.get(path, host="evil.example"), 400, "host-desconhecido")
    carla.post("/logout")
    assert_problem(carla.get(path), 401, "sessao-invalida")


def test_the_page_that_is_full_links_to_the_next(carla: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "KEPT", 1000)
    with carla.server.database.transaction() as session:
        for _ in range(501):
            raw(session).execute(
                "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by,"
                " recorded_at, occurred_at, is_clock_corrected, is_below_zero)"
                " VALUES (1, 1, 'entrada', 10000, 10000, 10000, 1, 0, 0, 0, 0)"
            )
        touch(session, "movements")

    full = carla.get("/inventario?depois=0")
    assert (len(full.json), full.headers["Link"]) == (500, '</inventario?depois=500>; rel="next"')
    assert len(carla.get("/inventario?depois=500").json) == 1
