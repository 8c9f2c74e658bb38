"""A long list is written in pieces that tills pass, and still whole or not at all."""

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, Lock
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from almoxarife.server.context import Services
from almoxarife.server.errors import WriteFailed
from almoxarife.server.identity import Identity
from almoxarife.server.importing import batches, service
from almoxarife.server.importing.batches import LongImports
from almoxarife.server.importing.rows import Row
from almoxarife.server.importing.store import ImportRecord
from almoxarife.server.store.database import Database
from tests.api.cast import Person, assert_problem
from tests.programs import wait_until

ROWS = [{"nome": f"Produto {n}", "saldo_inicial": 5} for n in range(1, 71)]
"""Seven pieces."""
REVERSED_FOR = "SELECT DISTINCT reason FROM movements WHERE kind = 'estorno'"


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FEW_ROWS", 10)
    monkeypatch.setattr(batches, "PIECE", 10)


class Pieces:
    """What happens right before one of the pieces is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written = 0
        self._before: dict[int, Callable[[], object]] = {}
        self._write = batches._write_piece
        monkeypatch.setattr(batches, "_write_piece", self.write)

    def before(self, number: int, work: Callable[[], object]) -> None:
        self._before[number] = work

    def write(self, *asked: Any, **how: Any) -> bool:
        self.written += 1
        self._before.get(self.written, lambda: None)()
        return self._write(*asked, **how)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Pieces:
    return Pieces(monkeypatch)


def fail() -> None:
    raise WriteFailed


def send(person: Person, *, key: str | None = None, query: str = "") -> TestResponse:
    return person.post(f"/produtos/importar{query}", ROWS, key=key)


def test_a_till_is_answered_between_two_pieces(ana: Person, bolts: str, parts: Pieces) -> None:
    seen = []
    parts.before(4, lambda: seen.append((ana.receive(bolts, 3).status_code, len(ana.balances()))))

    report = send(ana).json

    assert seen == [(201, 31)]
    assert (report["gravado"], report["novos"], report["saldos_iniciais"]) == (True, 70, 70)
    assert parts.written == 7
    assert ana.balances() == {"Parafuso 10mm": 3} | {row["nome"]: 5 for row in ROWS}
    ana.server.assert_all_agrees()
    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204
    assert ana.balances() == {"Parafuso 10mm": 3}
    ana.server.assert_all_agrees()


def test_what_was_sold_before_the_end_counts_as_work(ana: Person, parts: Pieces) -> None:
    parts.before(3, lambda: ana.issue("p1", 1))
    assert send(ana).json["gravado"] is True

    assert_problem(ana.post("/produtos/importacoes/i1/desfazer"), 409, "importacao-em-uso")


def test_a_known_product_sold_before_its_piece_can_still_be_undone(ana: Person, parts: Pieces) -> None:
    known = ana.add("Produto 70").json["id"]
    ana.receive(known, 2)
    parts.before(3, lambda: ana.issue(known, 1))
    assert send(ana, query="?ajustar=1").json["ajustes"] == 1
    assert ana.balance(known) == 5

    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204
    assert ana.balances() == {"Produto 70": 1}
    ana.server.assert_all_agrees()


def test_a_failure_takes_back_what_was_written(ana: Person, parts: Pieces) -> None:
    parts.before(5, fail)

    assert_problem(send(ana, key="k"), 503, "gravacao-indisponivel")

    assert ana.balances() == {}
    assert ana.get("/produtos?inativos=1").json == []
    assert ana.server.rows("SELECT sum(effect) FROM movements") == [(0,)]
    assert ana.server.rows(REVERSED_FOR) == [("A importação não chegou ao fim",)], "nobody has undone it"
    (past,) = ana.get("/produtos/importacoes").json
    assert past["desfeita_em"] is not None
    ana.server.assert_all_agrees()
    again = send(ana, key="k")
    assert "Idempotent-Replayed" not in again.headers
    assert (again.json["gravado"], again.json["novos"], len(ana.balances())) == (True, 70, 70)
    ana.server.assert_all_agrees()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [({"ativo": False}, 401, "sessao-invalida"), ({"papel": "vendedor"}, 403, "papel-insuficiente"),
     ({"lojas": ["l3"]}, 403, "loja-nao-visivel")],
)  # fmt: skip
def test_who_loses_their_rights_in_the_middle_leaves_nothing(
    ana: Person, bruno: Person, carla: Person, parts: Pieces, change: dict[str, object], status: int, code: str
) -> None:
    parts.before(4, lambda: carla.patch(f"/usuarios/{ana.id}", change))

    assert_problem(send(ana, key="k"), status, code)

    assert (bruno.balances(), parts.written) == ({}, 4)
    ana.server.assert_all_agrees()


def test_what_was_sold_of_it_stays_sold(ana: Person, parts: Pieces) -> None:
    parts.before(4, lambda: ana.issue("p2", 2))
    parts.before(5, fail)

    assert_problem(send(ana), 503, "gravacao-indisponivel")

    assert ana.balances() == {"Produto 2": 3}
    ana.server.assert_all_agrees()


def test_what_could_not_be_taken_back_for_a_while_is_taken_back_later(
    ana: Person, parts: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_back = service.take_back_some

    def take_back_few(session: Session, past: ImportRecord, product_ids: Sequence[int], by: Identity) -> None:
        if 11 in product_ids or 12 in product_ids:
            raise WriteFailed
        take_back(session, past, product_ids, by)

    parts.before(5, fail)
    with monkeypatch.context() as failing:
        failing.setattr(service, "take_back_some", take_back_few)
        send(ana)
    assert ana.balances().keys() >= {"Produto 11", "Produto 12"}

    batches.take_back_unfinished(ana.server.database)

    assert ana.balances() == {}
    ana.server.assert_all_agrees()


def test_what_was_sold_below_zero_before_is_taken_back_to_there(ana: Person, parts: Pieces) -> None:
    known = ana.add("Produto 1", preco="1.00").json["id"]
    ana.sell((known, 3))
    assert ana.balance(known) == -3
    parts.before(5, fail)

    send(ana, query="?ajustar=1")

    assert ana.balances() == {"Produto 1": -3}
    ana.server.assert_all_agrees()


def test_what_another_process_takes_back_is_not_written_on(
    ana: Person, parts: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one does, where the claim was lost with its connection."""
    take_back, go_on, first = batches._take_back_lines, Event(), Lock()

    def take_some_back(database: Database, past: ImportRecord, product_ids: list[int], by: Identity) -> list[int]:
        taken = take_back(database, past, product_ids, by)
        if first.acquire(blocking=False):
            go_on.set()
            assert wait([sent], 60).done
        return taken

    parts.before(5, lambda: go_on.wait(60))
    monkeypatch.setattr(batches, "_take_back_lines", take_some_back)
    with ThreadPoolExecutor() as other:
        sent = other.submit(send, ana)
        wait_until(lambda: parts.written == 5, "four pieces are written")
        batches.take_back_unfinished(ana.server.database)

    assert_problem(sent.result(), 503, "banco-indisponivel")
    assert ana.balances() == {}
    ana.server.assert_all_agrees()


def test_the_next_start_takes_back_what_a_kill_left(
    ana: Person, parts: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.before(5, fail)
    with monkeypatch.context() as killed:
        killed.setattr(batches, "_take_back", lambda *asked: None)
        send(ana)
    assert len(ana.balances()) == 40
    assert ana.get("/produtos/importacoes").json == []

    batches.take_back_unfinished(ana.server.database)

    assert ana.balances() == {}
    ana.server.assert_all_agrees()
    batches.take_back_unfinished(ana.server.database)
    assert len(ana.server.rows("SELECT 1 FROM movements")) == 80


def test_a_long_import_takes_back_what_one_before_it_left(
    ana: Person, parts: Pieces, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.before(5, fail)
    with monkeypatch.context() as killed:
        killed.setattr(batches, "_take_back", lambda *asked: None)
        send(ana)

    report = send(ana).json

    assert (report["novos"], report["saldos_iniciais"]) == (70, 70)
    assert ana.server.rows("SELECT sum(effect) FROM movements") == [(350 * 10_000,)]
    ana.server.assert_all_agrees()


def test_a_name_taken_between_two_pieces_keeps_all_out(ana: Person, parts: Pieces) -> None:
    box = {"nome": "Outro", "codigo_barras": "7891000315507"}
    parts.before(3, lambda: ana.post("/produtos", box))
    rows = [*ROWS[:-1], {"nome": "Produto 70", "codigo_barras": "7894900011517", "codigos": []}]
    rows[40] = {"nome": "Produto 41", "codigos": [{"codigo": "7891000315507", "fator": 12}]}

    report = ana.post("/produtos/importar", rows).json

    assert report["gravado"] is False
    assert [row["linha"] for row in report["linhas"] if row["erros"]] == [41]
    assert {row["id"] for row in report["linhas"]} == {None}
    assert ana.balances() == {"Outro": 0}
    ana.server.assert_all_agrees()


def test_a_product_made_between_two_pieces_is_found(ana: Person, parts: Pieces) -> None:
    parts.before(3, lambda: ana.add("Produto 70"))

    report = send(ana).json

    assert (report["novos"], report["iguais"], report["saldos_iniciais"]) == (69, 1, 70)
    ana.server.assert_all_agrees()


def test_who_changes_products_all_the_time_does_not_hold_up_a_list_for_ever(ana: Person, parts: Pieces) -> None:
    for number in range(2, 30):
        parts.before(number, lambda number=number: ana.add(f"Outro {number}"))

    report = send(ana).json

    assert (report["gravado"], report["novos"]) == (True, 70)
    ana.server.assert_all_agrees()


def test_one_long_list_at_a_time_is_written(ana: Person, parts: Pieces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Services.of(ana.server.app).get(LongImports)._lock, "_timeout_s", 0)
    answers: list[TestResponse] = []
    with ThreadPoolExecutor() as other:
        parts.before(2, lambda: answers.append(other.submit(send, ana).result(60)))
        assert send(ana).json["gravado"] is True
    assert_problem(answers[0], 503, "servidor-ocupado")


@pytest.mark.parametrize("query", ["", "?simular=1"])
def test_its_rows_are_gone_before_python_looks_for_garbage(
    ana: Person, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """Looking through a long list would hold up every till."""
    left: list[int] = []
    enable = gc.enable

    def look() -> None:
        left.append(sum(isinstance(each, Row) for each in gc.get_objects()))
        enable()

    monkeypatch.setattr(gc, "enable", look)
    assert send(ana, query=query).status_code == 200
    assert left == [0]


def test_a_part_of_a_list_may_be_written(ana: Person, parts: Pieces) -> None:
    rows = [*ROWS, {"nome": ""}]

    report = ana.post("/produtos/importar?parcial=1", rows).json

    assert (report["gravado"], report["novos"], report["recusados"]) == (True, 70, 1)
    assert ana.post("/produtos/importar", rows).json["gravado"] is False


# --- undoing ----------------------------------------------------------------------------


class Undoing:
    """What happens right before one of the pieces is taken back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken_back = 0
        self._before: dict[int, Callable[[], object]] = {}
        self._take_back = batches._take_back_lines
        monkeypatch.setattr(batches, "_take_back_lines", self.take_back)

    def before(self, number: int, work: Callable[[], object]) -> None:
        self._before[number] = work

    def take_back(self, database: Database, past: ImportRecord, product_ids: list[int], by: Identity) -> list[int]:
        if product_ids:
            self.taken_back += 1
            self._before.get(self.taken_back, lambda: None)()
        return self._take_back(database, past, product_ids, by)


@pytest.fixture
def undoing(monkeypatch: pytest.MonkeyPatch) -> Undoing:
    return Undoing(monkeypatch)


def test_a_till_is_answered_between_two_pieces_of_an_undoing(ana: Person, bolts: str, undoing: Undoing) -> None:
    send(ana)
    seen = []
    undoing.before(4, lambda: seen.append((ana.receive(bolts, 3).status_code, len(ana.balances()))))

    assert ana.post("/produtos/importacoes/i1/desfazer").status_code == 204

    assert seen == [(201, 41)]
    assert undoing.taken_back == 7
    assert ana.balances() == {"Parafuso 10mm": 3}
    assert ana.server.rows(REVERSED_FOR) == [("Importação i1 desfeita",)]
    ana.server.assert_all_agrees()
    assert_problem(ana.post("/produtos/importacoes/i1/desfazer"), 409, "importacao-desfeita")


def test_what_is_sold_while_an_import_is_undone_stays_and_is_named(ana: Person, undoing: Undoing) -> None:
    send(ana)
    undoing.before(4, lambda: ana.issue("p70", 2))

    answer = ana.post("/produtos/importacoes/i1/desfazer")

    assert (answer.status_code, answer.json["produtos"]) == (200, 1)
    assert "“Produto 70”" in answer.json["mensagem"]
    assert ana.balances() == {"Produto 70": 3}
    ana.server.assert_all_agrees()


@pytest.mark.parametrize("going_on", ["the next start", "the same person", "the next long list"])
def test_an_undoing_that_breaks_off_goes_on(ana: Person, bruno: Person, undoing: Undoing, going_on: str) -> None:
    report = send(ana, key="k").json
    undoing.before(3, fail)
    assert_problem(bruno.post("/produtos/importacoes/i1/desfazer"), 503, "gravacao-indisponivel")
    assert len(ana.balances()) == 50
    (past,) = ana.get("/produtos/importacoes").json
    assert (past["pode_desfazer"], past["desfeita_em"]) == (False, None)
    assert send(ana, key="k").json == report

    if going_on == "the next start":
        batches.take_back_unfinished(ana.server.database)
    elif going_on == "the same person":
        bruno.post("/produtos/importacoes/i1/desfazer")
    else:
        assert send(ana).json["novos"] == 70

    assert len(ana.balances()) == (70 if going_on == "the next long list" else 0)
    assert ana.get("/produtos/importacoes").json[-1]["desfeita_em"] is not None
    assert ana.server.rows("SELECT undone_by FROM product_imports WHERE id = 1") == [(bruno.number,)]
    ana.server.assert_all_agrees()


def test_a_long_import_that_is_in_use_is_left_whole(ana: Person) -> None:
    send(ana)
    ana.issue("p70", 1)
    before = ana.server.business()

    assert_problem(ana.post("/produtos/importacoes/i1/desfazer"), 409, "importacao-em-uso")
    assert ana.server.business() == before
    assert ana.get("/produtos/importacoes").json[0]["pode_desfazer"] is True
