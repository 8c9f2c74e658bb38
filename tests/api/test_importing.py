"""Many products at once: every row is checked, and all are written or none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from almoxarife.server.context import current
from almoxarife.server.importing import routes
from almoxarife.server.importing.batches import FEW_ROWS, ImportsUnderWay, LongImports
from almoxarife.server.importing.rows import CheckCancelled, CheckedList, Row
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.wire.catalog import MAX_IMPORT_ROWS
from tests.api.cast import Person, assert_problem, assert_refused
from tests.programs import wait_for

GTIN, OTHER_GTIN = "7891000315507", "7894900011517"


def send(person: Person, *rows: object, query: str = "", key: str | None = None) -> TestResponse:
    return person.post(f"/produtos/importar{query}", list(rows), key=key)


def outcomes(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.json
    report: dict[str, Any] = response.json
    found = [row["resultado"] for row in report["linhas"]]
    counted = {"novo": "novos", "alterado": "alterados", "igual": "iguais", "recusado": "recusados"}
    assert {plural: found.count(singular) for singular, plural in counted.items()} == {
        plural: report[plural] for plural in counted.values()
    }
    return found


def names(person: Person) -> list[str]:
    return [product["nome"] for product in person.get("/produtos").json]


def test_new_rows_become_products(ana: Person) -> None:
    response = send(
        ana, {"nome": "Prego", "preco": "0.10"}, {"nome": "Farinha", "unidade": "KG", "estoque_minimo": 2.5}
    )

    assert outcomes(response) == ["novo", "novo"]
    assert response.json["gravado"] is True
    assert [row["id"] for row in response.json["linhas"]] == ["p1", "p2"]
    assert ana.product("p2") | {"versao": 1} == {
        "id": "p2", "nome": "Farinha", "unidade": "KG", "codigo_barras": None, "saldo": 0, "estoque_minimo": 2.5,
        "preco": None, "ativo": True, "versao": 1, "decimais": True,
    }  # fmt: skip


def test_a_check_says_the_same_and_writes_nothing(ana: Person, bolts: str) -> None:
    rows = [{"nome": "Prego"}, {"nome": "PARAFUSO 10MM", "preco": "0.35"}, {"nome": ""}]
    before = ana.server.business()

    checked = send(ana, *rows, query="?simular=1", key="k")

    assert outcomes(checked) == ["novo", "alterado", "recusado"]
    assert checked.json["gravado"] is False
    assert ana.server.business() == before
    assert outcomes(send(ana, *rows[:2], key="k")) == ["novo", "alterado"]


def test_one_refused_row_keeps_the_others_out(ana: Person) -> None:
    response = send(ana, {"nome": "Prego"}, {"nome": "Farinha", "preco": "caro"})

    assert outcomes(response) == ["novo", "recusado"]
    assert response.json["gravado"] is False
    assert [error["campo"] for error in response.json["linhas"][1]["erros"]] == ["preco"]
    assert names(ana) == []


def test_partial_writes_the_good_rows(ana: Person) -> None:
    response = send(ana, {"nome": "Prego"}, 7, {"nome": "Cola", "cor": "azul"}, query="?parcial=1")

    assert outcomes(response) == ["novo", "recusado", "recusado"]
    assert response.json["gravado"] is True
    assert names(ana) == ["Prego"]


def test_a_known_product_is_found_by_barcode_or_name_and_keeps_what_the_row_does_not_say(ana: Person) -> None:
    ana.add("Sabão em pó", codigo_barras=GTIN, preco="9.90", estoque_minimo=3)
    ana.add("Açúcar", preco="4.00")

    response = send(
        ana, {"nome": "Sabão em pó 1 kg", "codigo_barras": GTIN}, {"nome": "AÇÚCAR", "preco": "4.50"}, {"nome": "Prego"}
    )

    assert outcomes(response) == ["alterado", "alterado", "novo"]
    soap, sugar = ana.product("p1"), ana.product("p2")
    assert (soap["nome"], soap["preco"], soap["estoque_minimo"], soap["versao"]) == ("Sabão em pó 1 kg", "9.90", 3, 2)
    assert (sugar["nome"], sugar["preco"]) == ("AÇÚCAR", "4.50")


@pytest.mark.parametrize("none", ["00000000", "0000000000000", "SEM GTIN", "-", "0", "N/A", ""])
def test_zeros_and_words_for_none_are_no_barcode_and_take_none_away(ana: Person, none: str) -> None:
    ana.add("Cola", codigo_barras=GTIN)

    first = send(ana, {"nome": "Pão francês", "codigo_barras": none}, {"nome": "Alho", "codigo_barras": none})
    second = send(ana, {"nome": "Mel silvestre", "codigo_barras": none}, {"nome": "Cola", "codigo_barras": none})

    assert outcomes(first) == ["novo", "novo"]
    assert outcomes(second) == ["novo", "igual"]
    codes = {row["nome"]: row["codigo_barras"] for row in ana.get("/produtos").json}
    assert codes == {"Cola": GTIN, "Pão francês": None, "Alho": None, "Mel silvestre": None}


def test_a_row_finds_its_product_by_its_barcode_in_any_length(ana: Person) -> None:
    ana.add("A", codigo_barras="012345678905")

    response = send(ana, {"nome": "A", "codigo_barras": "0012345678905"}, {"nome": "Z", "codigo_barras": "96385074"})

    assert outcomes(response) == ["alterado", "novo"]
    assert outcomes(send(ana, {"nome": "Zz", "codigo_barras": "00000096385074"})) == ["alterado"]


def test_a_new_product_that_is_nearly_another_is_told(ana: Person) -> None:
    ana.add("Caneca Vovó")

    response = send(ana, {"nome": "Caneca Vovô"}, {"nome": "Caneca"}, {"nome": "CANECA VOVÓ"}, query="?simular=1")

    assert outcomes(response) == ["novo", "novo", "alterado"]
    assert [row["parecido"] for row in response.json["linhas"]] == ["p1", None, None]


def test_what_is_already_so_is_not_changed(ana: Person) -> None:
    ana.add("Prego", preco="0.10")

    assert outcomes(send(ana, {"nome": "Prego", "preco": "0.10"})) == ["igual"]
    assert ana.product("p1")["versao"] == 1


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        ([{"nome": "Prego"}, {"nome": "PREGO"}], 1, "nome"),
        ([{"nome": "A", "codigo_barras": GTIN}, {"nome": "B", "codigo_barras": GTIN}], 1, "codigo_barras"),
        ([{"nome": "A", "codigo_barras": GTIN}, {"nome": "B", "codigo_barras": f"0{GTIN}"}], 1, "codigo_barras"),
        ([{"nome": "Cola", "codigo_barras": f"0{GTIN}"}], 0, "codigo_barras"),
        ([{"nome": "Fita"}], 0, "nome"),
        ([{"nome": "Lixa nova", "codigo_barras": GTIN}, {"nome": "Lixa"}], 1, "nome"),
    ],
    ids=[
        "a name twice",
        "a barcode twice",
        "in two lengths",
        "name and barcode of two",
        "deactivated",
        "one product by both",
    ],
)
def test_rows_that_contradict_something_are_refused(ana: Person, rows: list[object], line: int, field: str) -> None:
    ana.add("Lixa", codigo_barras=GTIN)
    ana.add("Cola")
    ana.add("Fita")
    ana.change("p3", "*", nome="Fita", ativo=False)
    before = ana.server.business()

    response = send(ana, *rows)

    assert response.json["linhas"][line]["resultado"] == "recusado"
    assert response.json["linhas"][line]["erros"][0]["campo"] == field
    assert response.json["linhas"][line]["repete"] == (1 if line == 1 else None)
    assert ana.server.business() == before


def test_a_repeated_import_is_answered_again_and_not_made_again(ana: Person) -> None:
    rows = [{"nome": "Prego"}, {"nome": "Cola"}]
    first = send(ana, *rows, key="k")

    again = send(ana, *rows, key="k")

    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert names(ana) == ["Prego", "Cola"]
    assert_problem(send(ana, {"nome": "Outro"}, key="k"), 422, "chave-reutilizada")


def test_tills_go_on_while_an_import_is_prepared(ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check, received = CheckedList.check, []

    def check_slowly(session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> CheckedList:
        with ThreadPoolExecutor() as till:  # the thread that checks is inside of a snapshot
            received.append(till.submit(ana.receive, bolts, 5).result(30).status_code)
        return check(session, rows, shop_id, adjusts=adjusts)

    monkeypatch.setattr(CheckedList, "check", check_slowly)

    assert outcomes(send(ana, {"nome": "Prego"})) == ["novo"]
    assert outcomes(send(ana, {"nome": "Prego"}, query="?simular=1")) == ["igual"]
    assert received == [201, 201]


@pytest.mark.parametrize(
    ("meanwhile", "outcome"),
    [({"nome": "Prego"}, "alterado"), ({"nome": "prego", "preco": "1.00"}, "igual"), ({"nome": "Cola"}, "novo")],
)
def test_what_changes_after_the_rows_were_checked_counts(
    ana: Person, monkeypatch: pytest.MonkeyPatch, meanwhile: dict[str, str], outcome: str
) -> None:
    check = CheckedList.check

    def check_early(session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> CheckedList:
        checked = check(session, rows, shop_id, adjusts=adjusts)
        with ThreadPoolExecutor() as other:
            assert other.submit(ana.post, "/produtos", meanwhile).result(30).status_code == 201
        return checked

    monkeypatch.setattr(CheckedList, "check", check_early)

    assert outcomes(send(ana, {"nome": "prego", "preco": "1.00"})) == [outcome]


def test_a_row_refused_only_after_it_was_checked_keeps_the_others_out(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = CheckedList.check

    def check_early(session: Session, rows: list[Row], shop_id: int | None, *, adjusts: bool = False) -> CheckedList:
        checked = check(session, rows, shop_id, adjusts=adjusts)
        with ThreadPoolExecutor() as other:
            other.submit(ana.post, "/produtos", {"nome": "Outro", "codigo_barras": GTIN}).result(30)
            other.submit(ana.post, "/produtos", {"nome": "Prego"}).result(30)
        return checked

    monkeypatch.setattr(CheckedList, "check", check_early)
    response = send(ana, {"nome": "Prego", "codigo_barras": GTIN}, {"nome": "Cola"})

    assert outcomes(response) == ["recusado", "novo"]
    assert response.json["gravado"] is False
    assert names(ana) == ["Outro", "Prego"]


def test_every_product_leaves_its_audit_entry(ana: Person) -> None:
    ana.add("Prego")
    before = len(ana.server.audited())

    send(ana, {"nome": "Prego", "preco": "1.00"}, {"nome": "Cola"})

    tags = [entry[0] for entry in ana.server.audited()[before:]]
    assert tags == ["catalog:product:changed", "catalog:product:created", "catalog:products:imported"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("body", [{}, [], "x", 1, None])
def test_the_body_is_a_list_with_something_in_it(ana: Person, body: object) -> None:
    assert_refused(
        ana.post("/produtos/importar", body)
        if body is not None
        else ana.ask("POST", "/produtos/importar", data="null", content_type="application/json"),
        "corpo",
    )


def test_more_rows_than_fit_are_refused(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MAX_IMPORT_ROWS", 2)
    assert_refused(send(ana, *[{"nome": f"P{n}"} for n in range(3)]), "corpo")


def test_a_body_above_one_mebibyte_is_taken_here(ana: Person) -> None:
    rows = [{"nome": f"Produto {n} {'x' * 150}"} for n in range(8000)]

    assert send(ana, *rows, query="?simular=1").json["novos"] == 8000


def test_a_body_above_sixteen_mebibytes_is_refused_and_writes_nothing(ana: Person) -> None:
    before = ana.server.business()

    response = send(ana, *[{"nome": f"Produto {n} {'x' * 180}"} for n in range(MAX_IMPORT_ROWS)] * 2)

    assert_problem(response, 413, "pedido-grande-demais")
    assert ana.server.business() == before


def test_a_seller_may_not_import(vera: Person) -> None:
    assert_problem(send(vera, {"nome": "Prego"}), 403, "papel-insuficiente")


# --- called back ------------------------------------------------------------------------


class CancelledImport:
    """Imports with the key "k" are cancelled by their person at one of their steps."""

    def __init__(self, person: Person, monkeypatch: pytest.MonkeyPatch, *, at: int) -> None:
        self.at = at
        self.steps = 0
        watched = ImportsUnderWay.watch

        @contextmanager
        def watch(under_way: ImportsUnderWay, user_id: int, given_key: GivenKey | None) -> Iterator[CheckCancelled]:
            self.steps = 0
            with watched(under_way, user_id, given_key) as check_cancelled:
                yield lambda: self._step(person, check_cancelled)

        monkeypatch.setattr(ImportsUnderWay, "watch", watch)

    def _step(self, person: Person, check_cancelled: CheckCancelled) -> None:
        self.steps += 1
        if self.steps == self.at:
            assert cancel(person).status_code == 204
        check_cancelled()


def test_an_import_that_is_called_back_at_any_step_leaves_nothing(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = CancelledImport(ana, monkeypatch, at=1)
    rows = [{"nome": "Prego", "saldo_inicial": 5}, {"nome": "Cola"}]
    before = ana.server.business()
    while (response := send(ana, *rows, key="k")).status_code != 200:
        assert_problem(response, 409, "importacao-cancelada")
        assert ana.server.business() == before
        cancelled.at += 1

    assert cancelled.steps == 5  # from the first to just before the COMMIT
    assert names(ana) == ["Prego", "Cola"]
    assert_problem(cancel(ana), 404, "importacao-nao-encontrada")


@pytest.mark.parametrize("step", [4, 6])
def test_a_long_import_that_is_called_back_between_its_pieces_is_taken_back(
    ana: Person, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    CancelledImport(ana, monkeypatch, at=step)  # after the first piece, and after the last
    rows = [{"nome": f"Produto {n}", "saldo_inicial": 1} for n in range(FEW_ROWS + 1)]

    assert_problem(send(ana, *rows, key="k"), 409, "importacao-cancelada")
    assert names(ana) == []
    assert all(row["saldo"] == 0 for row in ana.get("/produtos?inativos=1").json)


def test_an_import_that_waits_for_another_is_called_back_by_its_person_alone(ana: Person, bruno: Person) -> None:
    rows = [{"nome": f"Produto {n}"} for n in range(FEW_ROWS + 1)]
    with ThreadPoolExecutor(1) as pool:
        with ana.server.app.app_context(), current(LongImports).slot(FEW_ROWS + 1):
            sent = pool.submit(send, ana, *rows, key="k")
            wait_for("the import to be under way", lambda: cancel(ana).status_code == 204)
            assert_problem(cancel(bruno), 404, "importacao-nao-encontrada")
        assert_problem(sent.result(), 409, "importacao-cancelada")
    assert names(ana) == []


def cancel(person: Person) -> TestResponse:
    return person.post("/produtos/importacoes/cancelar", {"chave": "k"})
