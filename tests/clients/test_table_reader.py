"""Spreadsheets as they come: of both kinds, of several programs, broken or made to harm."""

import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from almoxarife.tables import heading_row, reader
from almoxarife.tables.reader import Cancelled, TableUnreadable, read_table
from almoxarife.tables.workbooks import xlsx

HEADINGS = ("Produto", "Preço")
AFTERNOON = datetime(2026, 11, 20, 14, 3, tzinfo=UTC).replace(tzinfo=None)  # a spreadsheet knows no zones


def csv_file(folder, content, name="lista.csv"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def xlsx_file(folder, rows, name="lista.xlsx"):
    file = folder / name
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def cells(table):
    return [row.cells for row in table.rows]


@pytest.mark.parametrize(
    "content",
    [
        "Produto;Preço\nAçúcar, cristal;5,49\n",
        b"\xef\xbb\xbf" + "Produto;Preço\r\nAçúcar, cristal;5,49\r\n".encode(),
        "Produto;Preço\r\nAçúcar, cristal;5,49".encode("cp1252"),
        "Produto;Preço\nAçúcar, cristal;5,49\n".encode("utf-16"),
        'Produto,Preço\n"Açúcar, cristal","5,49"\n',
        "Produto\tPreço\nAçúcar, cristal\t5,49\n",
        "sep=;\nProduto;Preço\nAçúcar, cristal;5,49\n",
        "\n\nLista de produtos de novembro\nProduto;Preço\n;\nAçúcar, cristal;5,49\n",
    ],
    ids=["semicolons", "with a mark", "Windows", "Unicode text", "commas", "tabs", "told by Excel", "a title above"],
)
def test_a_csv_of_any_program(tmp_path, content):
    table = read_table(csv_file(tmp_path, content))

    assert table.headings == HEADINGS
    assert cells(table) == [("Açúcar, cristal", "5,49")]


def test_lines_are_counted_as_the_spreadsheet_does(tmp_path):
    table = read_table(csv_file(tmp_path, 'Nome;Nota\n"em\nduas";x\n\nPrego;y\n'))

    assert [row.line for row in table.rows] == [2, 4]


def test_a_list_of_one_column(tmp_path):
    table = read_table(csv_file(tmp_path, "Produto\nPrego\nCola\n"))

    assert table.headings == ("Produto",)
    assert cells(table) == [("Prego",), ("Cola",)]


def test_a_long_list_of_one_column_loses_no_row(tmp_path):
    names = [f"Item {number}" for number in range(25)]

    assert cells(read_table(csv_file(tmp_path, "\n".join(["Produto", *names])))) == [(name,) for name in names]


def test_an_xlsx_keeps_numbers_as_numbers(tmp_path):
    rows = [
        ["Produtos"],
        ["Produto", "Barras", "Preço", "Desde", "Ativo"],
        ["  Açúcar ", 7896032501010, 0.1 + 0.2, AFTERNOON, True],
        [None, None],
        ["Cola", None, 3, None, False],
    ]

    table = read_table(xlsx_file(tmp_path, rows))

    assert table.headings == ("Produto", "Barras", "Preço", "Desde", "Ativo")
    assert [row.line for row in table.rows] == [3, 5]
    assert cells(table) == [
        ("Açúcar", Decimal(7896032501010), Decimal("0.3"), "20/11/2026 14:03", "sim"),
        ("Cola", "", Decimal(3), "", "não"),
    ]


def test_a_workbook_that_understates_its_size_is_read_whole(tmp_path):
    honest = xlsx_file(tmp_path, [HEADINGS, *((f"Item {number}", 1) for number in range(5))], "a.xlsx")
    lying = tmp_path / "b.xlsx"
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(lying, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(b'<dimension ref="A1:B6"', b'<dimension ref="A1:A2"'))

    assert len(read_table(lying).rows) == 5


def test_how_far_it_got_is_told_and_may_be_the_end(tmp_path):
    told = []
    rows = [HEADINGS, *((f"Item {number}", number) for number in range(1000))]
    read_table(xlsx_file(tmp_path, rows), progress=told.append)
    assert len(told) > 1
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1

    def stop(_fraction):
        raise Cancelled

    for file in (tmp_path / "lista.xlsx", csv_file(tmp_path, "A;B\n" + "x;y\n" * 1000)):
        with pytest.raises(Cancelled):
            read_table(file, progress=stop)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "vazia"),
        (b"Produto;Preco\n", "vazia"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "salve-a como .xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04 cut off", "não é uma planilha"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "É uma imagem"),
    ],
    ids=["empty", "headings alone", "xls", "pdf", "cut off", "picture"],
)
def test_what_is_no_table_is_refused_with_a_remedy(tmp_path, content, sentence):
    with pytest.raises(TableUnreadable, match=sentence):
        read_table(csv_file(tmp_path, content, "x.xlsx"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(TableUnreadable, match=r"Não foi possível abrir nada\.csv"):
        read_table(tmp_path / "nada.csv")


def test_another_archive_is_no_workbook(tmp_path):
    file = tmp_path / "fotos.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("foto.jpg", "x")

    with pytest.raises(TableUnreadable, match="não é uma planilha"):
        read_table(file)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize(
    "harm",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        b"<x>",
        b"\0\1\2",
    ],
    ids=["entities", "unclosed", "binary"],
)
def test_a_workbook_made_to_harm_is_refused(tmp_path, part, harm):
    honest = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(honest) as book:
        page = book.add_worksheet()
        page.write_row("A1", HEADINGS)
        page.write_row("A2", ["Prego", 1])
    assert len(read_table(honest).rows) == 1
    bad = tmp_path / "b.xlsx"
    with zipfile.ZipFile(honest) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            target.writestr(name, harm if name == part else source.read(name))

    with pytest.raises(TableUnreadable):
        read_table(bad)


def test_more_than_fits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(heading_row, "MAX_IMPORT_ROWS", 3)
    assert len(read_table(csv_file(tmp_path, "A;B\n" + "x;y\n" * 3)).rows) == 3
    with pytest.raises(TableUnreadable, match="mais de 3 linhas"):
        read_table(csv_file(tmp_path, "A;B\n" + "x;y\n" * 4))

    monkeypatch.setattr(xlsx, "MAX_UNPACKED_BYTES", 100)
    with pytest.raises(TableUnreadable, match="grande demais"):
        read_table(xlsx_file(tmp_path, [HEADINGS, ("Prego", 1)]))

    monkeypatch.setattr(reader, "MAX_FILE_BYTES", 5)
    with pytest.raises(TableUnreadable, match="Divida-o em partes"):
        read_table(csv_file(tmp_path, "A;B\nx;y\n"))


def test_a_far_column_costs_nothing(tmp_path):
    file = tmp_path / "far.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["B1"], book.active["A2"], book.active["XFD2"] = "Produto", "Preço", "Prego", "x"
    book.save(file)

    assert cells(read_table(file)) == [("Prego",)]
