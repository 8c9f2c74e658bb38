"""A list of products brings the stock that a shop begins with: once, all or nothing, undone as one."""

from concurrent.futures import ThreadPoolExecutor
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from almoxarife.server.importing.rows import CheckedList
from tests.api.cast import CENTRO, Person, assert_problem
from tests.databases import examples

GTIN, BOX = "7891000315507", "17891000315504"
NAIL = {"nome": "Prego", "saldo_inicial": 100, "custo": "0.05"}
FLOUR = {"nome": "Farinha", "unidade": "KG", "saldo_inicial": 2.5}
GLUE = {"nome": "Cola", "saldo_inicial": 0}
TAPE = {"nome": "Fita"}


def send(person: Person, *rows: object, query: str = "", key: str | None = None) -> TestResponse:
    response = person.post(f"/produtos/importar{query}", list(rows), key=key)
    assert response.status_code == 200, response.json
    return response


def kinds(person: Person) -> list[tuple[str, float, float]]:
    return [(row["tipo"], row["variacao"], row["saldo"]) for row in person.get("/inventario").json]


def stocks(response: TestResponse) -> list[str | None]:
    report: dict[str, Any] = response.json
    found = [row["estoque"] for row in report["linhas"]]
    counted = {"inicial": "saldos_iniciais", "igual": "saldos_iguais", "ajuste": "ajustes"}
    assert {name: found.count(name) for name in counted} == {name: report[sums] for name, sums in counted.items()}
    return found


def test_quantities_become_first_balances_one_for_each_product(ana: Person) -> None:
    checked = send(ana, NAIL, FLOUR, GLUE, TAPE, query="?simular=1")
    assert stocks(checked) == ["inicial", "inicial", "igual", None]
    assert (kinds(ana), ana.balances()) == ([], {})

    written = send(ana, NAIL, FLOUR, GLUE, TAPE)

    assert stocks(written) == ["inicial", "inicial", "igual", None]
    assert kinds(ana) == [("saldo_inicial", 100, 100), ("saldo_inicial", 2.5, 2.5)]
    assert ana.balances() == {"Prego": 100, "Farinha": 2.5, "Cola": 0, "Fita": 0}
    assert written.json["id"] == "i1"
    assert ana.server.rows("SELECT cost FROM products WHERE name = 'Prego'") == [(5,)]
    ana.server.assert_all_agrees()


def test_the_same_list_again_adds_nothing_and_offers_to_adjust_what_has_moved(ana: Person) -> None:
    send(ana, NAIL, FLOUR)
    ana.issue("p1", 3)
    moved = {**FLOUR, "saldo_inicial": 4}

    again = send(ana, NAIL, moved, GLUE)

    assert stocks(again) == ["ajuste", "ajuste", "igual"]
    assert [row["saldo"] for row in again.json["linhas"]] == [97, 2.5, None]
    assert ana.balances() == {"Prego": 97, "Farinha": 2.5, "Cola": 0}
    adjusted = send(ana, NAIL, moved, {**GLUE, "saldo_inicial": 7}, query="?ajustar=1")
    assert stocks(adjusted) == ["ajuste", "ajuste", "inicial"]
    assert ana.balances() == {"Prego": 100, "Farinha": 4, "Cola": 7}
    assert kinds(ana)[3:] == [("ajuste", 3, 100), ("ajuste", 1.5, 4), ("saldo_inicial", 7, 7)]
    assert stocks(send(ana, NAIL, moved, query="?ajustar=1")) == ["igual", "igual"]
    ana.server.assert_all_agrees()


def test_a_product_that_has_come_in_some_other_way_has_begun(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 5)
    ana.issue(bolts, 5)

    assert stocks(send(ana, {"nome": "Parafuso 10mm", "saldo_inicial": 9})) == ["ajuste"]
    assert ana.balance(bolts) == 0


def test_each_shop_begins_by_itself(ana: Person, carla: Person, davi: Person) -> None:
    send(ana, NAIL)

    assert stocks(send(davi, {**NAIL, "saldo_inicial": 7})) == ["inicial"]
    assert (ana.balance("p1"), davi.balance("p1")) == (100, 7)
    assert_problem(carla.post("/produtos/importar", [{**NAIL, "saldo_inicial": 1}]), 400, "loja-obrigatoria")
    assert stocks(send(carla, {**NAIL, "saldo_inicial": 5}, query="?loja=l3&simular=1")) == ["ajuste"]
    assert_problem(ana.post("/produtos/importar?loja=l3", [NAIL]), 403, "loja-nao-visivel")
    assert carla.post("/produtos/importar", [TAPE]).status_code == 200  # a list without quantities is no shop's


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"nome": "Prego", "saldo_inicial": -1}, "saldo_inicial"),
        ({"nome": "Prego", "saldo_inicial": 1.5}, "saldo_inicial"),
        ({"nome": "Prego", "saldo_inicial": "muito"}, "saldo_inicial"),
        ({"nome": "Prego", "saldo_inicial": 1.00001, "unidade": "KG"}, "saldo_inicial"),
        ({"nome": "Prego", "saldo_inicial": 100_000_000_000}, "saldo_inicial"),
        ({"nome": "Prego", "custo": 5}, "custo"),
    ],
)
def test_one_row_that_cannot_be_keeps_products_and_balances_out(ana: Person, row: dict[str, Any], place: str) -> None:
    before = ana.server.business()

    refused = send(ana, FLOUR, row)

    assert refused.json["gravado"] is False
    assert [error["campo"] for error in refused.json["linhas"][1]["erros"]] == [place]
    assert ana.server.business() == before
    assert stocks(send(ana, FLOUR, row, query="?parcial=1")) == ["inicial", None]
    assert ana.balances() == {"Farinha": 2.5}


def test_a_list_sent_again_under_its_key_is_answered_again(ana: Person) -> None:
    first, again = send(ana, NAIL, key="k"), send(ana, NAIL, key="k")

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ana.balances() == {"Prego": 100}


def test_what_is_sold_while_the_list_is_on_its_way_counts(
    ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.receive(bolts, 10)
    check = CheckedList.check

    def check_early(*asked: Any, **how: Any) -> CheckedList:
        checked = check(*asked, **how)
        with ThreadPoolExecutor() as till:
            assert till.submit(ana.issue, bolts, 4).result(30).status_code == 201
        return checked

    monkeypatch.setattr(CheckedList, "check", check_early)
    send(ana, {"nome": "Parafuso 10mm", "saldo_inicial": 50}, query="?ajustar=1")

    assert kinds(ana)[-2:] == [("saida", -4, 6), ("ajuste", 44, 50)]
    ana.server.assert_all_agrees()


def test_rows_bring_short_codes_and_the_codes_of_boxes(ana: Person) -> None:
    row = {"nome": "Café", "codigo_barras": GTIN, "sku": "C1", "codigos": [{"codigo": BOX, "fator": 12}]}
    assert send(ana, row).json["novos"] == 1
    assert send(ana, row).json["iguais"] == 1
    renamed = send(ana, {"nome": "Café torrado", "sku": "c1"})
    assert (renamed.json["alterados"], ana.balances()) == (1, {"Café torrado": 0})
    shown = ana.get("/produtos/p1").json
    assert (shown["codigo_barras"], shown["codigos"]) == (GTIN, [{"codigo": BOX, "fator": 12}])

    for other, place in (
        ({"nome": "Chá", "codigos": [{"codigo": BOX, "fator": 6}]}, "codigos"),
        ({"nome": "Chá", "codigo_barras": BOX}, "codigo_barras"),
        ({"nome": "Chá", "codigo_barras": "7894900011517", "sku": "C1", "codigos": []}, None),
    ):
        report = send(ana, other, query="?simular=1").json
        errors = [error["campo"] for error in report["linhas"][0]["erros"] or []]
        assert errors == ([place] if place else [])
    ana.server.assert_all_agrees()


def test_a_long_list_is_written_as_a_short_one(ana: Person) -> None:
    """From some length on PostgreSQL is handed the rows in another way: no sign in them may mean something there."""
    odd = ["a\\b", "\\N", "\\.", "'quoted'", '"quoted"', "100 %", "a,b;c", "ção ½ ″", "{1}", "$1"]
    rows = [{"nome": name, "saldo_inicial": 1, "sku": f"\\{n}"} for n, name in enumerate(odd)]
    rows += [{"nome": f"Produto {n}", "saldo_inicial": n, "custo": "1.50"} for n in range(1, 700)]

    report = send(ana, *rows).json

    assert (report["novos"], report["saldos_iniciais"]) == (709, 709)
    products = ana.get("/produtos").json
    assert [row["nome"] for row in products[:10]] == odd
    assert {row["nome"]: row["saldo"] for row in products[10:]} == {f"Produto {n}": n for n in range(1, 700)}
    ana.server.assert_all_agrees()
    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204
    assert ana.balances() == {}
    ana.server.assert_all_agrees()


@pytest.mark.sqlite
def test_twenty_thousand_products_with_their_stock_and_back(ana: Person) -> None:
    rows = [{"nome": f"Produto {n}", "preco": "1.50", "saldo_inicial": n % 50, "sku": f"{n}"} for n in range(20_000)]
    began = process_time()

    report = send(ana, *rows).json
    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204

    # Some seconds on any machine; what took the square of the rows would take hours.
    assert process_time() - began < 120
    assert (report["novos"], report["saldos_iniciais"], report["saldos_iguais"]) == (20_000, 19_600, 400)
    assert ana.server.rows("SELECT count(*), sum(effect) FROM movements") == [(39_200, 0)]
    assert ana.server.wrong_balances() == []


# --- undoing ------------------------------------------------------------------------------


def test_an_import_is_undone_as_one(ana: Person, bolts: str) -> None:
    codes = {"codigo_barras": GTIN, "sku": "P1", "codigos": [{"codigo": BOX, "fator": 12}]}
    changed = {"nome": "PARAFUSO 10MM", "preco": "1.00", "saldo_inicial": 30, **codes}
    before = ana.get(f"/produtos/{bolts}").json
    report = send(ana, changed, NAIL, FLOUR).json

    assert ana.post(f"/produtos/importacoes/{report['id']}/desfazer").status_code == 204

    assert ana.get(f"/produtos/{bolts}").json == {**before, "versao": 3}
    assert ana.balances() == {"Parafuso 10mm": 0}
    assert [kind for kind, _, _ in kinds(ana)] == ["saldo_inicial"] * 3 + ["estorno"] * 3
    (past,) = ana.get("/produtos/importacoes").json
    assert (past["produtos"], past["saldos"], past["pode_desfazer"]) == (3, 3, False)
    assert past["desfeita_em"] is not None
    assert_problem(ana.post("/produtos/importacoes/i1/desfazer"), 409, "importacao-desfeita")
    ana.server.assert_all_agrees()
    assert ana.add("Outro", codigo_barras=BOX, sku="P1").status_code == 201


def test_an_import_is_undone_to_a_balance_below_zero(ana: Person, bolts: str) -> None:
    ana.sell((bolts, 3, "1.00"))
    send(ana, {"nome": "Parafuso 10mm", "saldo_inicial": 20}, query="?ajustar=1")

    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204

    assert ana.balance(bolts) == -3
    ana.server.assert_all_agrees()


def test_what_was_taken_back_comes_again_as_new(ana: Person) -> None:
    send(ana, NAIL, FLOUR)
    ana.post("/produtos/importacoes/i1/desfazer")

    report = send(ana, {**NAIL, "saldo_inicial": 90, "preco": "0.10"}, FLOUR)

    assert (report.json["novos"], stocks(report)) == (2, ["inicial", "inicial"])
    assert ana.balances() == {"Prego": 90, "Farinha": 2.5}
    assert ana.post("/produtos/importacoes/i2/desfazer").status_code == 204
    assert ana.balances() == {}
    assert send(ana, NAIL).json["novos"] == 1
    ana.server.assert_all_agrees()


def test_of_what_was_taken_back_nothing_is_seen_and_its_names_and_codes_are_free(ana: Person) -> None:
    send(ana, {**NAIL, "codigo_barras": GTIN, "sku": "A1", "codigos": [{"codigo": BOX, "fator": 12}]}, FLOUR)
    ana.post("/produtos/importacoes/i1/desfazer")

    assert ana.get("/produtos?inativos=1").json == []
    assert ana.get("/produtos?inativos=1&busca=prego").json == []
    assert ana.get("/produtos/p1").json["ativo"] is False, "the ledger still speaks of it"
    # Each of its names and codes on another product than before.
    report = send(ana, {"nome": "Cola", "codigo_barras": GTIN}, {"nome": "Farinha", "unidade": "KG", "sku": "A1"})
    assert (report.json["novos"], [row.get("parecido") for row in report.json["linhas"]]) == (2, [None, None])
    assert ana.add("Prego").status_code == 201
    assert ana.add("Fita", codigo_barras=BOX).status_code == 201
    # Not even where somebody takes it up by its number.
    assert ana.change("p1", "*", nome="Prego de antes", ativo=True).status_code == 200
    assert [product["nome"] for product in ana.get("/produtos").json if product.get("sku") == "A1"] == ["Farinha"]
    ana.server.assert_all_agrees()


def test_a_unit_of_what_was_taken_back_can_be_removed(ana: Person, carla: Person) -> None:
    carla.post("/unidades", {"sigla": "BD", "nome": "balde"})
    send(ana, {**NAIL, "unidade": "BD"})
    ana.post("/produtos/importacoes/i1/desfazer")

    assert carla.ask("DELETE", "/unidades/BD").status_code == 204
    assert ana.get("/produtos/p1").json["unidade"] == "BD", "as the ledger knows it"
    ana.server.assert_all_agrees()


@pytest.mark.parametrize("meanwhile", ["sold", "changed", "received of another"])
def test_an_import_that_is_in_use_is_not_undone(ana: Person, meanwhile: str) -> None:
    send(ana, NAIL, FLOUR, TAPE)
    if meanwhile == "sold":
        ana.issue("p1", 1)
    elif meanwhile == "changed":
        ana.change("p1", '"1"', nome="Prego 17x21")
    else:
        ana.receive("p3", 1)
    before = ana.server.business()

    response = ana.post("/produtos/importacoes/i1/desfazer")

    assert_problem(response, 409, "importacao-em-uso")
    assert "Prego" in response.json["mensagem"] or "Fita" in response.json["mensagem"]
    assert ana.server.business() == before


def test_a_name_that_somebody_else_has_now_is_not_given_back(ana: Person) -> None:
    ana.add("Cola", codigo_barras=GTIN)
    send(ana, {"nome": "Cola branca", "codigo_barras": GTIN})
    ana.add("Cola")
    before = ana.server.business()

    assert_problem(ana.post("/produtos/importacoes/i1/desfazer"), 409, "importacao-em-uso")
    assert ana.server.business() == before


def test_prices_alone_are_undone_whatever_was_sold_since(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 5)
    send(ana, {"nome": "Parafuso 10mm", "preco": "9.00"})
    ana.issue(bolts, 1)

    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204
    assert (ana.product(bolts)["preco"], ana.balance(bolts)) == (None, 4)


@pytest.mark.parametrize("meanwhile", ["received half a kilo", "took the unit away"])
def test_a_unit_that_no_longer_fits_is_not_given_back(ana: Person, carla: Person, meanwhile: str) -> None:
    carla.post("/unidades", {"sigla": "BD", "nome": "balde"})
    ana.add("Farinha", unidade="BD")
    send(ana, {"nome": "Farinha", "unidade": "KG"})
    if meanwhile == "received half a kilo":
        ana.receive("p1", 0.5)
    else:
        assert carla.ask("DELETE", "/unidades/BD").status_code == 204

    refused = ana.post("/produtos/importacoes/i1/desfazer")

    assert_problem(refused, 409, "importacao-em-uso")
    assert "Farinha" in refused.json["mensagem"]
    assert ana.product("p1")["unidade"] == "KG"


def test_who_may_undo(ana: Person, bruno: Person, davi: Person, vera: Person) -> None:
    send(ana, NAIL)

    assert_problem(vera.post("/produtos/importacoes/i1/desfazer"), 403, "papel-insuficiente")
    assert_problem(davi.post("/produtos/importacoes/i1/desfazer"), 404, "importacao-desconhecida")
    assert davi.get("/produtos/importacoes").json == []
    assert_problem(ana.post("/produtos/importacoes/i9/desfazer"), 404, "importacao-desconhecida")
    assert bruno.get("/produtos/importacoes").json[0]["pode_desfazer"] is True
    assert bruno.post("/produtos/importacoes/i1/desfazer").status_code == 204
    assert ana.get("/produtos/importacoes").json[0]["pode_desfazer"] is False


NAMES = st.sampled_from(["Prego", "Farinha", "Cola", "Fita"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("import"), st.dictionaries(NAMES, st.integers(0, 50), min_size=1), st.booleans()),
        st.tuples(st.just("undo"), st.integers(1, 4), st.just(0)),
        st.tuples(st.just("issue"), st.integers(1, 4), st.integers(1, 5)),
    ),
    max_size=8,
)


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_imported_sold_and_undone_the_ledger_adds_up(ana: Person, steps: list[tuple[Any, ...]]) -> None:
    for what, one, two in steps:
        if what == "import":
            rows = [{"nome": name, "saldo_inicial": quantity} for name, quantity in one.items()]
            ana.post(f"/produtos/importar{'?ajustar=1' if two else ''}", rows)
        elif what == "undo":
            ana.post(f"/produtos/importacoes/i{one}/desfazer")
        else:
            ana.issue(f"p{one}", two)
    ana.server.assert_all_agrees()


def test_whatever_a_list_has_in_stock_no_sum_is_too_large(carla: Person) -> None:
    rows = [{"nome": f"p{n}", "saldo_inicial": 99_999_999_999} for n in range(9_300)]
    carla.post(f"/produtos/importar?loja={CENTRO}", rows)

    assert carla.get("/inventario/totais").json[0]["variacao"] == len(rows) * 99_999_999_999
