"""The shops' calendar."""

import pytest

from tests.api.cast import CENTRO, MATRIZ, NORTE, Person, assert_problem, assert_refused

DELIVERY = {"titulo": "Entrega da Aço Ltda", "inicio": "2026-11-23T09:00:00"}


def add(person: Person, **fields: object) -> dict[str, object]:
    response = person.post("/eventos", {**DELIVERY, **fields})
    assert response.status_code == 201, response.json
    made: dict[str, object] = response.json
    return made


def test_an_event_is_made_read_replaced_and_removed(ana: Person) -> None:
    made = add(ana, fim="2026-11-23T10:00:00-03:00", descricao="Doca 2\n  ligar antes ")
    assert made == {
        "id": "e1",
        "titulo": "Entrega da Aço Ltda",
        "inicio": "2026-11-23T12:00:00.000Z",
        "fim": "2026-11-23T13:00:00.000Z",
        "loja_id": CENTRO,
        "descricao": "Doca 2\nligar antes",
    }
    assert ana.get("/eventos/e1").json == made

    replaced = ana.ask("PUT", "/eventos/e1", json={"titulo": "Contagem", "inicio": "2026-11-24T09:00:00Z"})
    assert (replaced.status_code, replaced.json["titulo"], replaced.json["fim"]) == (200, "Contagem", None)

    removed = ana.ask("DELETE", "/eventos/e1")
    assert (removed.status_code, removed.json) == (200, replaced.json)
    for method in ("GET", "DELETE"):
        assert_problem(ana.ask(method, "/eventos/e1"), 404, "evento-desconhecido")
    assert [entry for entry in ana.server.audited() if entry[3] == "e1"] == [
        ("calendar:event:created", "SUCESSO", ana.number, "e1"),
        ("calendar:event:changed", "SUCESSO", ana.number, "e1"),
        ("calendar:event:removed", "SUCESSO", ana.number, "e1"),
    ]


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"titulo": ""}, "titulo"),
        ({"titulo": "x" * 201}, "titulo"),
        ({"titulo": None}, "titulo"),
        ({"inicio": "amanhã"}, "inicio"),
        ({"inicio": None}, "inicio"),
        ({"fim": "2026-11-23T08:59:59"}, "fim"),
        ({"descricao": "x" * 2001}, "descricao"),
        ({"cor": "azul"}, "cor"),
    ],
)
def test_a_wrong_event_is_named(ana: Person, fields: dict[str, object], field: str) -> None:
    assert_refused(ana.post("/eventos", {**DELIVERY, **fields}), field)
    assert ana.get("/eventos").json == []


def test_events_come_in_the_order_they_start_page_by_page(ana: Person) -> None:
    for title, start in (("c", "23T10:00"), ("a", "22T10:00"), ("b", "23T10:00"), ("d", "24T00:00")):
        add(ana, titulo=title, inicio=f"2026-11-{start}:00")

    seen, path = [], "/eventos?limite=1"
    for _ in range(4):
        page = ana.get(path)
        seen += [row["titulo"] for row in page.json]
        path = page.headers["Link"].split(">")[0].strip("<")
    assert seen == ["a", "c", "b", "d"]
    assert ana.get(path).json == []
    assert_refused(ana.get("/eventos?depois=x"), "depois")


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("de=2026-11-23", ["b", "c"]),
        ("ate=2026-11-23", ["a", "b"]),
        ("de=2026-11-23&ate=2026-11-23", ["b"]),
        ("de=2026-11-23T00:00:00&ate=2026-11-24T00:00:00", ["b"]),
    ],
)
def test_events_of_some_days(ana: Person, query: str, titles: list[str]) -> None:
    for title, start in (("a", "22T23:59:59"), ("b", "23T00:00:00"), ("c", "24T00:00:00")):
        add(ana, titulo=title, inicio=f"2026-11-{start}")

    assert [row["titulo"] for row in ana.get(f"/eventos?{query}").json] == titles


def test_an_event_is_its_shop_s(ana: Person, davi: Person, carla: Person) -> None:
    add(ana)
    before = carla.server.rows("SELECT * FROM calendar_events")

    assert davi.get("/eventos").json == []
    for method, body in (("GET", None), ("PUT", DELIVERY), ("DELETE", None)):
        assert_problem(davi.ask(method, "/eventos/e1", json=body), 404, "evento-desconhecido")
    assert_problem(davi.post("/eventos", {**DELIVERY, "loja_id": CENTRO}), 403, "loja-nao-visivel")
    assert_problem(davi.get(f"/eventos?loja={CENTRO}"), 403, "loja-nao-visivel")
    assert carla.server.rows("SELECT * FROM calendar_events") == before
    assert [row["id"] for row in carla.get("/eventos").json] == ["e1"]
    assert carla.get(f"/eventos?loja={NORTE}").json == []


def test_who_has_several_shops_says_which_and_a_change_leaves_it(carla: Person) -> None:
    assert_problem(carla.post("/eventos", DELIVERY), 400, "loja-obrigatoria")
    assert add(carla, loja_id=NORTE)["loja_id"] == NORTE
    assert carla.ask("PUT", "/eventos/e1", json=DELIVERY).json["loja_id"] == NORTE
    assert carla.ask("PUT", "/eventos/e1", json={**DELIVERY, "loja_id": MATRIZ}).json["loja_id"] == MATRIZ


def test_a_vendedor_looks_and_does_not_touch(ana: Person, vera: Person) -> None:
    add(ana)

    assert [row["id"] for row in vera.get("/eventos").json] == ["e1"]
    assert_problem(vera.post("/eventos", DELIVERY), 403, "papel-insuficiente")
