"""What is exported is what another program reads: numbers as numbers, text as text and never as a formula."""

from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest

from almoxarife.tables import writer
from almoxarife.tables.reader import read_table
from almoxarife.tables.writer import Heading, Kind, NotSaved, Sheet, write_table

HEADINGS = (
    Heading("Produto"),
    Heading("Saldo", Kind.QUANTITY),
    Heading("Preço", Kind.MONEY),
    Heading("Quando", Kind.MOMENT),
)
NOON = datetime(2026, 11, 20, 15, 0, 5, tzinfo=UTC)
HARMFUL = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "＝1+1", "＋1", "－1", "＠SUM(A1)"]


def sheet(*rows):
    return Sheet("Produtos", HEADINGS, rows)


def test_a_csv_as_excel_reads_it_in_brazil(tmp_path):
    file = tmp_path / "produtos.csv"

    write_table(file, sheet(("Açúcar; cristal", Decimal("-1250.5"), Decimal("5.49"), NOON), ("Cola", 3, None, None)))

    assert file.read_bytes().decode("utf-8-sig").splitlines() == [
        "Produto;Saldo;Preço;Quando",
        '"Açúcar; cristal";-1250,5;5,49;20/11/2026 12:00:05',
        "Cola;3;;",
    ]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_xlsx_holds_numbers_dates_and_formats(tmp_path):
    file = tmp_path / "produtos.xlsx"

    write_table(file, sheet(("Açúcar", Decimal("-1250.5"), Decimal("5.49"), NOON), ("Cola", 3, None, None)))

    page = openpyxl.load_workbook(file).active
    assert [[cell.value for cell in row] for row in page.iter_rows()] == [
        ["Produto", "Saldo", "Preço", "Quando"],
        ["Açúcar", -1250.5, 5.49, NOON.replace(hour=12, tzinfo=None)],
        ["Cola", 3, None, None],
    ]
    assert (page["B2"].number_format, page["C2"].number_format) == ("#,##0.####", "#,##0.00")
    assert page["B3"].number_format == "#,##0"
    assert page.freeze_panes == "A2"


@pytest.mark.parametrize("text", HARMFUL)
def test_text_that_looks_like_a_formula_stays_text(tmp_path, text):
    for name in ("x.csv", "x.xlsx"):
        write_table(tmp_path / name, sheet((text, 1, None, None)))

    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig").splitlines()[1].lstrip('"').startswith("'")
    cell = openpyxl.load_workbook(tmp_path / "x.xlsx").active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.hyperlink is None
    # What went out guarded comes back as it was.
    assert [read_table(tmp_path / name).rows[0].cells[0] for name in ("x.csv", "x.xlsx")] == [text, text]


def test_a_title_that_looks_like_a_formula_stays_text_too(tmp_path):
    for name in ("x.csv", "x.xlsx"):
        write_table(tmp_path / name, Sheet("Recusados", [Heading("=1+1"), Heading("B")], [("a", "b")]))

    assert (tmp_path / "x.csv").read_text(encoding="utf-8-sig").startswith("'=1+1;")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").active["A1"].data_type == "s"


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_a_file_appears_whole_or_not_at_all(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(b"before")

    def rows():
        yield ("Açúcar", 1, None, None)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_table(file, Sheet("Produtos", HEADINGS, rows()))

    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_a_folder_that_is_not_there_is_said(tmp_path, name):
    with pytest.raises(NotSaved, match=f"Não foi possível gravar {name}"):
        write_table(tmp_path / "nada" / name, sheet())


def test_more_rows_than_an_xlsx_holds(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "_XLSX_ROWS", 2)
    one = ("Açúcar", 1, None, None)
    write_table(tmp_path / "x.xlsx", sheet(one))
    with pytest.raises(NotSaved, match=r"\.csv"):
        write_table(tmp_path / "x.xlsx", sheet(one, one))
    write_table(tmp_path / "x.csv", sheet(one, one))
