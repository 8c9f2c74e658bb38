"""Codes of a product: its barcode, those of boxes of it, a short one of the shop; and the labels of a shop's scale."""

import pytest
from werkzeug.test import TestResponse

from tests.api.cast import Person, assert_problem, assert_refused

GTIN, BOX, OTHER = "7891000315507", "17891000315504", "7894900011517"


@pytest.fixture
def coffee(ana: Person) -> str:
    codes = [{"codigo": BOX, "fator": 12}]
    return str(ana.add("Café", codigo_barras=GTIN, sku=" CAF-1 ", codigos=codes).json["id"])


def test_a_product_is_shown_with_all_of_its_codes(ana: Person, coffee: str) -> None:
    ana.add("Chá")
    alone = ana.get(f"/produtos/{coffee}").json

    assert (alone["sku"], alone["codigos"]) == ("CAF-1", [{"codigo": BOX, "fator": 12}])
    listed, other = ana.get("/produtos").json
    assert (listed["sku"], listed["codigos"]) == (alone["sku"], alone["codigos"])
    assert not {"sku", "codigos"} & set(other)  # lists are long, and few products have any
    assert (ana.get("/produtos/p2").json["sku"], ana.get("/produtos/p2").json["codigos"]) == (None, [])


@pytest.mark.parametrize("search", [BOX, f"0{GTIN}", "caf-1", "CAF-1 café"])
def test_search_finds_it_by_each_of_them(ana: Person, coffee: str, search: str) -> None:
    ana.add("Chá", codigo_barras=OTHER)

    assert [row["id"] for row in ana.get(f"/produtos?busca={search}").json] == [coffee]


@pytest.mark.parametrize("code", [GTIN, BOX, f"0{GTIN}", "caf-1", "P00001", "p1"])
def test_a_code_that_is_asked_for_is_found_alone(ana: Person, coffee: str, code: str) -> None:
    ana.add("Chá", codigo_barras=OTHER)
    ana.add(f"Caixa {code} de outra coisa")

    assert [row["id"] for row in ana.get(f"/produtos?codigo={code}").json] == [coffee]


@pytest.mark.parametrize("code", ["", "1", GTIN[:-1], "CAF", "p0", "Café", "0"])
def test_half_a_code_is_none(ana: Person, coffee: str, code: str) -> None:
    assert ana.get(f"/produtos?codigo={code}").json == []


@pytest.mark.parametrize(
    "fields",
    [
        {"codigo_barras": BOX},
        {"codigos": [{"codigo": f"0{GTIN}"}]},
        {"codigos": [{"codigo": BOX, "fator": 6}]},
        {"sku": "caf-1"},
    ],
    ids=["a box's as its own", "its own as a box's", "the same box", "the short code"],
)
def test_no_two_products_share_a_code(ana: Person, coffee: str, fields: dict[str, object]) -> None:
    before = ana.server.business()
    response = ana.add("Chá", **fields)

    assert_problem(response, 409, "produto-existente")
    assert response.json["existente"] == coffee
    assert ana.server.business() == before
    tea = ana.add("Chá").json["id"]
    assert_problem(ana.change(tea, '"1"', nome="Chá", **fields), 409, "produto-existente")


def test_what_an_older_client_does_not_say_stays_and_what_is_said_is_all(ana: Person, coffee: str) -> None:
    changed = ana.change(coffee, '"1"', nome="Café torrado", codigo_barras=GTIN).json
    assert (changed["sku"], changed["codigos"]) == ("CAF-1", [{"codigo": BOX, "fator": 12}])

    codes = [{"codigo": OTHER}]
    changed = ana.change(coffee, '"2"', nome="Café", codigo_barras=GTIN, sku=None, codigos=codes).json
    assert (changed.get("sku"), changed["codigos"]) == (None, [{"codigo": OTHER, "fator": 1}])
    assert ana.add("Caixa", codigo_barras=BOX, sku="CAF-1").status_code == 201


def test_a_box_s_code_may_become_the_product_s_own(ana: Person, coffee: str) -> None:
    changed = ana.change(coffee, '"1"', nome="Café", codigo_barras=BOX).json

    assert (changed["codigo_barras"], changed.get("codigos")) == (BOX, None)


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"codigos": [{"codigo": "SEM GTIN"}]}, "codigos.0.codigo"),
        ({"codigos": [{"codigo": BOX, "fator": 0}]}, "codigos.0.fator"),
        ({"codigos": [{"codigo": BOX, "fator": 0.5}]}, "codigos"),
        ({"codigos": [{"codigo": BOX, "caixa": 1}]}, "codigos.0.caixa"),
        ({"codigos": [{"codigo": BOX}, {"codigo": BOX}]}, "corpo"),
        ({"codigo_barras": GTIN, "codigos": [{"codigo": f"0{GTIN}"}]}, "corpo"),
        ({"sku": "x" * 41}, "sku"),
        ({"sku": 7}, "sku"),
    ],
)
def test_a_code_that_cannot_be_one_is_refused(ana: Person, fields: dict[str, object], place: str) -> None:
    assert_refused(ana.add("Chá", **fields), place)


def test_a_shop_says_how_its_scale_writes_labels(carla: Person, ana: Person) -> None:
    label = {"conteudo": "peso", "digitos": 5}
    (shop,) = ana.get("/lojas").json
    assert shop["etiqueta"] is None

    def put(**fields: object) -> TestResponse:
        tag = f'"{ana.get("/lojas").json[0]["versao"]}"'
        body = {"nome": shop["nome"], **fields}
        return carla.ask("PUT", f"/lojas/{shop['id']}", json=body, headers={"If-Match": tag})

    assert put(etiqueta=label).json["etiqueta"] == label
    assert put().json["etiqueta"] == label  # an older client does not know of it
    assert ana.get("/lojas").json[0]["etiqueta"] == label
    assert_refused(put(etiqueta={"conteudo": "peso", "digitos": 7}), "etiqueta.digitos")
    assert put(etiqueta=None).json["etiqueta"] is None
    made = carla.ask("POST", "/lojas", json={"nome": "Loja Sul", "etiqueta": label})
    assert (made.status_code, made.json["etiqueta"]) == (201, label)


# --- what one costs ---------------------------------------------------------------------


def test_whoever_registers_sees_what_one_costs_and_whoever_sells_does_not(ana: Person, vera: Person) -> None:
    made = ana.add("Café", custo="12.5")
    alone = f"/produtos/{made.json['id']}"

    assert (made.json["custo"], ana.get(alone).json["custo"]) == ("12.50", "12.50")
    assert "custo" not in vera.get(alone).json
    for person in (ana, vera):  # the list is rendered once for everybody
        assert all("custo" not in row for row in person.get("/produtos").json)


def test_a_cost_that_a_change_does_not_say_stays(ana: Person) -> None:
    coffee = str(ana.add("Café", custo="12.50").json["id"])

    assert ana.change(coffee, '"1"', nome="Café torrado").json["custo"] == "12.50"
    assert ana.change(coffee, '"2"', nome="Café", custo=None).json.get("custo") is None
    assert ana.get(f"/produtos/{coffee}").json["custo"] is None
    assert ana.change(coffee, '"3"', nome="Café", custo="0.05").json["custo"] == "0.05"
    assert_refused(ana.change(coffee, '"4"', nome="Café", custo=5), "custo")


def test_a_list_says_what_one_costs(ana: Person) -> None:
    ana.ask("POST", "/produtos/importar", json=[{"nome": "Prego", "custo": "0.05"}])

    assert ana.get("/produtos/p1").json["custo"] == "0.05"
