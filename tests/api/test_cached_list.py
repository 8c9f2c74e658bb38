"""The list of products that is kept in memory says what the route says, whatever happened meanwhile."""

import pytest
from flask import Flask

from almoxarife.server.catalog import cached_list
from tests.api.cast import CENTRO, MATRIZ, NORTE, Person, Server, assert_problem


def assert_same(*people: Person) -> None:
    """``?inativos=0`` asks the same in a way that memory does not answer."""
    for person in people:
        assert person.get("/produtos").json == person.get("/produtos?inativos=0").json, person.name


def test_everybody_sees_what_the_route_would_show_after_every_change(
    carla: Person, ana: Person, davi: Person, bolts: str, flour: str
) -> None:
    everybody = (carla, ana, davi)
    assert_same(*everybody)
    for shop_id in (MATRIZ, CENTRO, NORTE):
        carla.receive(bolts, 5, loja_id=shop_id)
        assert_same(*everybody)
    carla.receive(flour, 0.125, loja_id=NORTE)
    assert_same(*everybody)
    carla.change(bolts, "*", nome='Parafuso "saldo":0, 12mm', preco="0.40", estoque_minimo=2)
    assert_same(*everybody)
    carla.add("Prego", codigo_barras="7891000315507")
    assert_same(*everybody)
    carla.change(flour, "*", nome="Farinha", unidade="KG", ativo=False)
    assert_same(*everybody)
    carla.patch(f"/usuarios/{ana.id}", {"lojas": [NORTE]})
    assert_same(*everybody)
    assert [product["saldo"] for product in ana.get("/produtos").json] == [5, 0]


def test_an_entry_costs_no_second_look_at_the_products(
    carla: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla.get("/produtos")
    monkeypatch.setattr(cached_list.reports, "list_products", None)

    carla.receive(bolts, 5, loja_id=CENTRO)

    assert [product["saldo"] for product in carla.get("/produtos").json] == [5]


def test_memory_answers_without_the_application(carla: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flask, "full_dispatch_request", None)

    assert len(carla.get("/produtos").json) == 1


def test_a_longer_list_is_left_to_the_route(
    carla: Person, bolts: str, flour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_list, "MAX_PRODUCTS", 1)

    assert len(carla.get("/produtos").json) == 2
    assert_same(carla)


def test_few_lists_are_kept(
    shop: Server, ana: Person, davi: Person, carla: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_list, "KEPT", 1)
    for _ in range(2):
        assert_same(ana, davi, carla)


def test_who_asks_is_settled_in_the_same_words(carla: Person, bolts: str) -> None:
    assert_problem(carla.server.ask("GET", "/produtos"), 401, "nao-autenticado")
    assert_problem(carla.get("/produtos", token="x"), 401, "sessao-invalida")
    assert_problem(carla.get("/produtos", host="evil.example"), 400, "host-desconhecido")
