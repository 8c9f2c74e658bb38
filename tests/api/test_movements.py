"""Entries, exits and adjustments: the ledger, the balance beside it, and when things happened."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count

import openpyxl
import pytest
import time_machine
from sqlalchemy.orm import Session

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.stock import export, reports
from almoxarife.server.store.sessions import raw
from almoxarife.server.stores import service as stores
from almoxarife.wire.stock import NOTES, Movement, MovementIn
from tests.api.cast import CENTRO, NORTE, Person, Server, assert_problem, assert_refused, at_once
from tests.api.conftest import Open

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo


def allow_below_zero(server: Server, shop_id: str = CENTRO) -> None:
    with server.database.transaction() as session:
        stores.set_policy(session, int(shop_id[1:]), stores.StockPolicy.ALLOW)


def test_a_movement_is_answered_with_every_member_of_the_contract(ana: Person, bolts: str) -> None:
    with time_machine.travel(datetime(2026, 11, 20, 14, 3, 2, 120_000, tzinfo=UTC), tick=False):
        response = ana.receive(bolts, 50, motivo="compra", documento="NF 12", fornecedor="Aço Ltda")

    assert response.status_code == 201
    assert response.json == {
        "id": "m1",
        "seq": 1,
        "produto_id": bolts,
        "nome_produto": "Parafuso 10mm",
        "quantidade": 50,
        "variacao": 50,
        "saldo": 50,
        "tipo": "entrada",
        "loja_id": CENTRO,
        "registrado_por": "Ana",
        "timestamp": "2026-11-20T14:03:02.120Z",
        "ocorrido_em": "2026-11-20T14:03:02.120Z",
        "motivo": "compra",
        "documento": "NF 12",
        "fornecedor": "Aço Ltda",
        "estorna": None,
        "relogio_corrigido": False,
        "abaixo_de_zero": False,
    }
    assert ana.get("/inventario").json == [response.json]


def test_every_note_of_a_movement_is_answered_and_exported(ana: Person, bruno: Person, bolts: str) -> None:
    notes = {str(MovementIn.model_fields[name].alias): f"sobre {name}" for name in NOTES}

    recorded = ana.receive(bolts, 5, **notes).json

    assert notes.items() <= recorded.items()
    assert recorded.keys() == {field.alias or name for name, field in Movement.model_fields.items()}
    table = bruno.get("/inventario/exportar/csv").get_data().decode("utf-8-sig")
    assert [text for text in notes.values() if text not in table] == []


def test_an_exit_takes_away_and_is_positive_by_itself(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    response = ana.issue(bolts, 4)

    assert response.json["tipo"] == "saida"
    assert (response.json["quantidade"], response.json["variacao"], response.json["saldo"]) == (4, -4, 6)


def test_an_adjustment_goes_either_way(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    response = ana.adjust(bolts, -3)

    assert response.json["tipo"] == "ajuste"
    assert (response.json["quantidade"], response.json["variacao"], response.json["saldo"]) == (-3, -3, 7)


def test_an_exit_above_the_balance_is_refused_and_changes_nothing(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 5)
    before = ana.server.business()

    for response in (ana.issue(bolts, 6), ana.adjust(bolts, -6)):
        problem = assert_problem(response, 409, "estoque-insuficiente")
        assert "5 UN" in problem["mensagem"]
    assert ana.server.business() == before
    assert ana.issue(bolts, 5).json["saldo"] == 0
    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")


def test_a_product_without_any_movement_has_nothing_to_give(ana: Person, bolts: str) -> None:
    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")
    assert_problem(ana.adjust(bolts, -1), 409, "estoque-insuficiente")
    assert ana.movements() == []


def test_each_shop_has_a_balance_of_its_own(ana: Person, davi: Person, bolts: str) -> None:
    ana.receive(bolts, 5)

    assert_problem(davi.issue(bolts, 1), 409, "estoque-insuficiente")
    assert davi.receive(bolts, 2).json["saldo"] == 2
    assert ana.receive(bolts, 1).json["saldo"] == 6


def test_fifty_threads_issue_the_last_ten_pieces(ana: Person, bruno: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    askers = [ana, bruno]
    responses = at_once([lambda who=askers[turn % 2]: who.issue(bolts, 1) for turn in range(50)])  # type: ignore[misc]

    assert sorted(response.status_code for response in responses) == [201] * 10 + [409] * 40
    assert ana.balance(bolts) == 0
    assert ana.movements() == [10] + [-1] * 10
    assert sorted(row.json["saldo"] for row in responses if row.status_code == 201) == list(range(10))


# --- the shop's policy -------------------------------------------------------------------


def test_a_shop_that_permits_it_goes_below_zero_and_marks_it(
    shop: Server, ana: Person, davi: Person, bolts: str
) -> None:
    allow_below_zero(shop)
    ana.receive(bolts, 5)

    to_zero = ana.issue(bolts, 5)
    below = ana.issue(bolts, 2)
    back = ana.receive(bolts, 1)

    assert [row.json["saldo"] for row in (to_zero, below, back)] == [0, -2, -1]
    assert [row.json["abaixo_de_zero"] for row in (to_zero, below, back)] == [False, True, False]
    assert ana.balance(bolts) == -1
    assert_problem(davi.issue(bolts, 1), 409, "estoque-insuficiente")


def test_a_shop_that_blocks_again_still_takes_entries_below_zero(shop: Server, ana: Person, bolts: str) -> None:
    allow_below_zero(shop)
    ana.issue(bolts, 5)
    with shop.database.transaction() as session:
        stores.set_policy(session, int(CENTRO[1:]), stores.StockPolicy.BLOCK)

    assert ana.receive(bolts, 2).json["saldo"] == -3
    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")


# --- time --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00.000Z"),
        ("2026-11-20T09:00:00-03:00", "2026-11-20T12:00:00.000Z"),
        ("2026-11-20T09:00:00.123456+02:00", "2026-11-20T07:00:00.123Z"),
        ("2026-11-20T09:00:00", "2026-11-20T12:00:00.000Z"),
        ("2018-12-01T09:00:00", "2018-12-01T11:00:00.000Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00.000Z"),
    ],
)
def test_when_it_happened_is_kept_in_utc_and_local_without_an_offset(
    ana: Person, bolts: str, sent: str, kept: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        movement = ana.receive(bolts, 1, ocorrido_em=sent).json

    assert movement["ocorrido_em"] == kept
    assert movement["timestamp"] == "2026-11-20T15:00:00.000Z"
    assert movement["relogio_corrigido"] is False


@pytest.mark.parametrize(
    "sent", ["2026-11-20T15:00:00.001Z", "2026-11-20T12:01:00", "2026-11-20T23:00:00-03:00", "8999-01-01T00:00:00Z"]
)
def test_later_than_now_is_stored_as_now_and_marked(ana: Person, bolts: str, sent: str) -> None:
    with time_machine.travel(NOON, tick=False):
        movement = ana.receive(bolts, 1, ocorrido_em=sent).json

    assert movement["ocorrido_em"] == movement["timestamp"] == "2026-11-20T15:00:00.000Z"
    assert movement["relogio_corrigido"] is True


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "sent",
    ["ontem", "2026-11-20", "20/11/2026 10:00", 1763640000, True, "", "1999-12-31T00:00:00Z", "2026-02-30T00:00:00Z"],
)
def test_what_is_no_time_is_refused(ana: Person, bolts: str, sent: object) -> None:
    assert_refused(ana.receive(bolts, 1, ocorrido_em=sent), "ocorrido_em")


def test_the_shops_local_time_is_a_setting(start: Open) -> None:
    ana = start({"ALMOXARIFE_TIMEZONE": "America/Manaus"}).person("Ana")
    product = ana.add("Prego").json["id"]

    movement = ana.receive(product, 1, ocorrido_em="2026-01-20T09:00:00").json

    assert movement["ocorrido_em"] == "2026-01-20T13:00:00.000Z"


def test_the_ledger_of_a_day_is_the_local_day_inclusive(ana: Person, bolts: str) -> None:
    midnight = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    hours = [timedelta(seconds=-1), timedelta(), timedelta(hours=24, seconds=-1), timedelta(hours=24)]
    for quantity, since in enumerate(hours, start=1):
        with time_machine.travel(midnight + since, tick=False):
            ana.receive(bolts, quantity)

    with time_machine.travel(midnight + timedelta(days=2), tick=False):
        assert ana.movements("?de=2026-11-20") == [2, 3, 4]
        assert ana.movements("?ate=2026-11-20") == [1, 2, 3]
        assert ana.movements("?de=2026-11-20&ate=2026-11-20") == [2, 3]
        assert ana.movements("?de=2026-11-20T03:00:00Z") == [2, 3, 4]
        assert ana.movements("?de=2026-11-20T00:00:01") == [3, 4]
        assert ana.movements("?ate=2026-11-20T03:00:00Z") == [1]


# --- the day's summary --------------------------------------------------------------------


def test_the_summary_counts_the_entries_of_a_local_day_by_hour(
    ana: Person, bruno: Person, davi: Person, bolts: str
) -> None:
    def at(moment: datetime, person: Person, quantity: float) -> None:
        with time_machine.travel(moment, tick=False):
            assert person.receive(bolts, quantity).status_code == 201

    at(NOON - timedelta(hours=12, seconds=1), ana, 100)  # 23:59:59 of the day before
    at(NOON - timedelta(hours=12), ana, 1)  # 00:00
    at(NOON, ana, 2)
    at(NOON + timedelta(minutes=59), bruno, 3)
    at(NOON, davi, 50)
    at(NOON + timedelta(hours=12) - timedelta(seconds=1), bruno, 4)  # 23:59:59
    at(NOON + timedelta(hours=12), ana, 200)
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False):
        ana.issue(bolts, 1)
        ana.adjust(bolts, 1)
        today = ana.get("/inventario/resumo").json

    assert (today["entradas"], today["quantidade"], today["pessoas"]) == (4, 10, 2)
    assert {hour: count for hour, count in enumerate(today["por_hora"]) if count} == {0: 1, 12: 2, 23: 1}
    assert len(today["por_hora"]) == 24


def test_the_summary_of_another_day_and_shop(carla: Person, flour: str) -> None:
    with time_machine.travel(NOON, tick=False):
        carla.receive(flour, 1.5, loja_id=CENTRO)
        carla.receive(flour, 2.25, loja_id=NORTE)

    assert carla.get("/inventario/resumo?dia=2026-11-20").json["quantidade"] == 3.75
    assert carla.get(f"/inventario/resumo?dia=2026-11-20&loja={NORTE}").json["quantidade"] == 2.25
    empty = carla.get("/inventario/resumo?dia=2020-01-01").json
    assert empty == {"entradas": 0, "quantidade": 0, "pessoas": 0, "por_hora": [0] * 24}


# --- who moved what, and when ------------------------------------------------------------


def test_movements_are_chosen_by_person_and_product_too(shop: Server, bolts: str) -> None:
    ana, bruno = shop.person("Ana"), shop.person("Bruno")
    nails = ana.add("Prego").json["id"]
    ana.receive(bolts, 5)
    ana.receive(nails, 7)
    bruno.receive(bolts, 11)

    assert ana.movements("?registrado_por=ana") == ana.movements("?registrado_por=ANA") == [5, 7]
    assert ana.movements(f"?registrado_por=Ana&produto={bolts}") == [5]
    assert ana.movements(f"?produto={bolts}&limite=1&depois=1") == [11]
    assert ana.movements("?registrado_por=ninguem") == []
    assert_problem(ana.get("/inventario?produto=x"), 404, "produto-desconhecido")


def test_what_an_erased_person_recorded_is_chosen_by_the_name_that_is_shown(shop: Server, bolts: str) -> None:
    ana, bruno = shop.person("Ana"), shop.person("Bruno")
    ana.receive(bolts, 5)
    bruno.receive(bolts, 11)
    shop.person("Carla").ask("DELETE", "/usuarios/u3")

    assert bruno.movements("?registrado_por=Usu%C3%A1rio removido %233") == [5]
    assert bruno.movements("?registrado_por=Ana") == []
    assert_problem(bruno.get("/inventario?registrado_por=/removido/3"), 400, "pedido-invalido")


@pytest.mark.parametrize("at_once", [50_000, 2])
def test_movements_are_summed_by_kind_and_unit_in_the_shops_that_one_sees(
    shop: Server, bolts: str, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(reports, "SUMMED_AT_ONCE", at_once)
    ana, bruno, davi = shop.person("Ana"), shop.person("Bruno"), shop.person("Davi")
    flour = ana.add("Farinha", unidade="KG").json["id"]
    with time_machine.travel(NOON - timedelta(days=1), tick=False):
        ana.receive(bolts, 100)
    with time_machine.travel(NOON, tick=False):
        ana.receive(bolts, 5)
        ana.receive(bolts, 6)
        ana.receive(flour, 1.5)
        ana.issue(bolts, 4)
        bruno.receive(bolts, 50)
        davi.receive(bolts, 999)

        query = "?registrado_por=ana&de=2026-11-20&ate=2026-11-20"
        answer = bruno.get(f"/inventario/totais{query}")

        assert answer.json == [
            {"tipo": "entrada", "unidade": "KG", "movimentacoes": 1, "variacao": 1.5, "registrado_por": None},
            {"tipo": "entrada", "unidade": "UN", "movimentacoes": 2, "variacao": 11, "registrado_por": None},
            {"tipo": "saida", "unidade": "UN", "movimentacoes": 1, "variacao": -4, "registrado_por": None},
        ]
        per_person = bruno.get(f"/inventario/totais?produto={bolts}&por_pessoa=1").json
        assert [(row["registrado_por"], row["variacao"]) for row in per_person] == [
            ("Ana", 111),
            ("Bruno", 50),
            ("Ana", -4),
        ]
        assert [row["variacao"] for row in bruno.get(f"/inventario/totais?produto={bolts}").json] == [161, -4]
        assert_problem(bruno.get(f"/inventario/totais?loja={NORTE}"), 403, "loja-nao-visivel")


def test_movements_are_exported_as_brazil_writes_them_and_no_text_is_a_formula(shop: Server, bolts: str) -> None:
    ana, bruno, davi = shop.person("Ana"), shop.person("Bruno"), shop.person("Davi")
    flour = ana.add("=Farinha", unidade="KG").json["id"]
    with time_machine.travel(NOON, tick=False):
        ana.receive(flour, 1.5, documento="NF 1; 2")
        davi.receive(bolts, 999)
        text = bruno.get("/inventario/exportar/csv?de=2026-11-20&ate=2026-11-20").get_data().decode("utf-8-sig")
        book = openpyxl.load_workbook(BytesIO(bruno.get("/inventario/exportar/xlsx?registrado_por=ana").data))

    heading, row, end = text.split("\r\n")
    assert heading.startswith("Registrado em;Aconteceu em;Movimentação;O que houve;Produto;")
    assert row == (
        '20/11/2026 12:00:00;20/11/2026 12:00:00;1;entrada;\'=Farinha;P00002;1,5;KG;1,5;Loja Centro;Ana;;"NF 1; 2";'
    )
    assert end == ""
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][4:8] == ("=Farinha", "P00002", 1.5, "KG")


def test_a_table_goes_on_where_the_database_was_away_for_a_moment(shop: Server, bolts: str) -> None:
    shop.person("Ana").receive(bolts, 5)
    tries = count()

    def read() -> AbstractContextManager[Session]:
        if next(tries) % 2 == 0:
            raise StoreUnavailable
        return shop.database.reading()

    table = b"".join(export.stream_csv(read, reports.Filter(shop_ids=None), UTC))

    assert len(table.splitlines()) == 2


@pytest.mark.sqlite  # PostgreSQL plans by what it has counted
@pytest.mark.parametrize(("days", "way"), [(31, "ix_movements_recorded_at"), (400, "INTEGER PRIMARY KEY")])
def test_a_page_of_some_days_is_found_by_their_times_and_a_page_of_many_along_the_ledger(
    shop: Server, monkeypatch: pytest.MonkeyPatch, days: int, way: str
) -> None:
    chosen = reports.Filter(shop_ids=(1,), recorded_by="ana", since=NOON - timedelta(days=days), before=NOON)
    plans: list[str] = []
    with shop.database.reading() as session:
        connection = raw(session)

        class Explaining:
            def execute(self, sql: str, parameters: tuple[object, ...]) -> list[object]:
                plans.append(str(connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)))
                return []

        monkeypatch.setattr(reports, "raw", lambda _: Explaining())
        reports.list_after(session, chosen, after=0, limit=100)

    assert way in plans[0]


def test_a_whole_span_is_read_along_the_ledger_between_its_ends_even_if_the_clock_was_set_back(
    shop: Server, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = shop.person("Ana")
    hours = (-72, 0, -48, -1, -72, 1)
    for quantity, hour in enumerate(hours, 1):
        with time_machine.travel(NOON + timedelta(hours=hour), tick=False):
            ana.receive(bolts, quantity)
    chosen = reports.Filter(shop_ids=None, since=NOON - timedelta(hours=1), before=NOON + timedelta(hours=1))
    asked: list[tuple[str, tuple[object, ...]]] = []

    class Noting:
        def __init__(self, session: Session) -> None:
            self.connection = raw(session)

        def execute(self, sql: str, parameters: tuple[object, ...]) -> list[tuple[object, ...]]:
            asked.append((sql, parameters))
            return self.connection.execute(sql, parameters)

    monkeypatch.setattr(reports, "raw", Noting)
    pages = list(reports.pages(shop.database.reading, 1, chosen))

    assert [[row.seq for row in page] for page in pages] == [[2], [4]]
    assert [parameters[0] for _, parameters in asked[1:]] == [1, 2]
    with shop.database.reading() as session:
        if not raw(session).is_remote:
            sql, parameters = asked[-1]
            assert "INTEGER PRIMARY KEY" in str(raw(session).execute(f"EXPLAIN QUERY PLAN {sql}", parameters))
    with time_machine.travel(NOON, tick=False):
        assert ana.movements("?de=2026-11-20") == [2, 4, 6]
        assert ana.movements("?ate=2026-11-19") == [1, 3, 5]
        assert ana.movements("?de=2027-01-01") == []
