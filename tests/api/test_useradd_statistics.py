"""What became of lists of people, as files: both say the same as the tables."""

import io
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import time_machine

from almoxarife.server.bulk import reports
from almoxarife.server.bulk.models import BadUser, Code
from tests.api.cast import LAN, Person, Server, assert_problem
from tests.api.older_lists import list_shapes, person

NOON = datetime(2026, 7, 9, 15, 0, 1, 250_000, tzinfo=UTC)


@pytest.fixture
def told(shop: Server) -> Server:
    """After all of the older program's lists, a minute apart."""
    for minute, (_, body, _, _) in enumerate(list_shapes()):
        with time_machine.travel(NOON + timedelta(minutes=minute), tick=False):
            shop.ask("POST", "/useradd", json="" if body is None else body)
    return shop


def test_the_workbook_is_the_one_that_older_readers_open(told: Server, bruno: Person) -> None:
    response = bruno.get("/useradd/export/xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.data))

    assert response.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response.headers["Content-Disposition"] == 'attachment; filename="stats_useradd_rescodes.xlsx"'
    assert book.sheetnames == ["Response status codes", "Bad request users"]
    codes, bad_users = book.worksheets
    assert [cell.value for cell in codes[1]] == [None, "id", "code", "method", "date", "description"]
    assert [cell.value for cell in bad_users[1]] == [None, "id", "code_id", "object_id", "login", "description"]
    kept = told.rows("SELECT id, code, method, description FROM codes ORDER BY id")
    found = [[cell.value for cell in row] for row in codes.iter_rows(min_row=2)]
    assert [(row[1], row[2], row[3], row[5]) for row in found] == kept
    assert [row[0] for row in found] == list(range(16))
    assert found[0][4].isoformat() == "2026-07-09T12:00:01.250000"
    assert codes["E2"].is_date
    assert codes["E2"].number_format.replace("\\", "") == "yyyy-mm-dd hh:mm:ss"
    rows = [tuple(cell.value for cell in row) for row in bad_users.iter_rows(min_row=2)]
    kept = told.rows("SELECT id, code_id, object_id, login, description FROM bad_users ORDER BY id")
    assert rows == [(index, *row) for index, row in enumerate(kept)]
    assert [type(value) for value in rows[1][:4]] == [int] * 4
    assert rows[0][4] is None
    assert bruno.get("/useradd/export/excel").headers["Content-Disposition"].endswith('.xlsx"')


def test_the_text_has_both_tables_with_their_columns_to_the_right(told: Server, bruno: Person) -> None:
    response = bruno.get("/useradd/export/txt")

    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="stats_useradd_rescodes.txt"'
    codes, bad_users = (table.splitlines() for table in response.text.split("\n\n"))
    assert codes[0].split() == ["id", "code", "method", "date", "description"]
    assert bad_users[0].split() == ["id", "code_id", "object_id", "login", "description"]
    assert (len(codes), len(bad_users)) == (17, 14)
    assert {len(line) for line in codes} == {len(codes[0])}
    assert re.fullmatch(
        r"0    1   400    POST  2026-07-09 12:00:01\.250000 +0 de 1 cadastrados; recusados: 1\.", codes[1]
    )
    assert bad_users[1].split()[:5] == ["0", "1", "1", "1", "None"]
    assert [line.split()[0] for line in codes[1:]] == [str(n) for n in range(16)]


def test_without_any_answer_there_are_headings(ana: Person) -> None:
    assert ana.get("/useradd/export/txt").text.split() == [
        *("id", "code", "method", "date", "description"),
        *("id", "code_id", "object_id", "login", "description"),
    ]
    book = openpyxl.load_workbook(io.BytesIO(ana.get("/useradd/export/xlsx").data))
    assert [sheet.max_row for sheet in book.worksheets] == [1, 1]


def test_below_gerente_logins_are_masked(told: Server, ana: Person, vera: Person, bruno: Person) -> None:
    logins = {row[0] for row in told.rows("SELECT login FROM bad_users WHERE login IS NOT NULL")}
    for who in (ana, vera):
        text = who.get("/useradd/export/txt").text
        book = openpyxl.load_workbook(io.BytesIO(who.get("/useradd/export/xlsx").data))
        shown = {row[4].value for row in book.worksheets[1].iter_rows(min_row=2)} - {None}
        assert shown == {reports.mask(login) for login in logins}
        assert not {word for word in text.split() if word in logins}
    assert all(login in bruno.get("/useradd/export/txt").text for login in logins)
    assert [reports.mask(login) for login in ("joana", "jo", "j", None)] == ["jo***", "j***", "***", None]


@pytest.mark.parametrize(
    "login", ["=1+1", "+55", "-1", "@cmd", '=HYPERLINK("http://x")', "<b>&amp;\u202e", "😀😀", "a\x0bb"]
)
def test_no_text_becomes_a_formula(shop: Server, bruno: Person, login: str) -> None:
    shop.ask("POST", "/useradd", json=[{**person("x"), "login": login, "first_name": "R" * 60}])

    book = openpyxl.load_workbook(io.BytesIO(bruno.get("/useradd/export/xlsx").data))

    cell = book.worksheets[1]["E2"]
    ((kept,),) = shop.rows("SELECT login FROM bad_users")
    assert (cell.data_type, cell.value) == ("s", kept)
    assert len(bruno.get("/useradd/export/txt").text.split("\n\n")[1].splitlines()) == 2


def test_who_is_nobody_gets_no_file(shop: Server) -> None:
    for name in ("xlsx", "excel", "txt"):
        assert_problem(shop.ask("GET", f"/useradd/export/{name}", peer=LAN), 401, "nao-autenticado")
    assert_problem(shop.ask("GET", "/useradd/export/csv"), 404, "rota-desconhecida")


def test_a_long_record_is_sent_in_small_pieces(shop: Server, bruno: Person) -> None:
    with shop.database.transaction() as session:
        now = datetime.now(UTC)
        session.add(Code(code=400, method="POST", answered_at=now, description="0 de 2500 cadastrados."))
        session.flush()
        session.add_all(BadUser(code_id=1, object_id=n, login=f"l{n}", description="x" * 100) for n in range(1, 2501))
    for name in ("xlsx", "txt"):
        response = bruno.get(f"/useradd/export/{name}", buffered=False)
        pieces = list(response.iter_encoded())
        response.close()
        assert max(map(len, pieces)) <= 32 * 1024
        assert len(pieces) > 3
    text = bruno.get("/useradd/export/txt").text
    assert len(text.splitlines()) == 2504
    book = openpyxl.load_workbook(io.BytesIO(bruno.get("/useradd/export/xlsx").data), read_only=True)
    assert sum(1 for _ in book.worksheets[1].iter_rows()) == 2501
