"""Lists in every kind of file that programs name a spreadsheet: read, or a sentence that says what to do."""

import io
import struct
import time
import zipfile
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from almoxarife.tables.cells import Dialect, TableUnreadable, Unusable, as_text
from almoxarife.tables.reader import read_table

LISTS = Path(__file__).parent.parent / "lists"
PAGE = """<html><head><meta charset="utf-8"><style>td{mso-number-format:"\\@"}</style></head><body>
<table><tr><td>Loja do Zé</td></tr></table>
<table><tr><td colspan=3><b>Lista</b></td></tr><tr><th>Produto<th>Pre&ccedil;o<th>EAN</tr>
<tr><td rowspan=2>Café<br>forte</td><td>5,00<td>7891000315507</tr><tr><td>6,00</td><td>78910003</td></tr>
<tr><td>P&atilde;o</td><td></td><td><table><tr><td>de dentro</td></tr></table></td></table></body></html>"""
ARCHIVE = b"""MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r
Content-Type: text/html; charset="us-ascii"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r
<html><table><tr><td>Produto</td><td>Pre=E7o</td></tr><tr><td>Caf&eacute; forte</td><td>5,00</td></tr></table>\r
--x--\r
"""
XML = """<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="P"><Table>
<Row ss:Index="3"><Cell ss:MergeAcross="1"><Data ss:Type="String">Produto</Data></Cell><Cell><Data
 ss:Type="String">Preço</Data></Cell></Row><Row><Cell><Data ss:Type="String">Café forte</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="Number">5</Data></Cell><Cell ss:Formula="=1"/><Cell><Data
 ss:Type="DateTime">2026-05-12T00:00:00.000</Data></Cell><Cell><Data ss:Type="Error">#REF!</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def written(folder: Path, content: bytes, name: str = "lista.xls") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def archive_of(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), part)
    return content.getvalue()


def biff2() -> bytes:
    """As programs wrote it before there was a container, and some still do."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(row: int, column: int, text: str) -> bytes:
        return record(4, struct.pack("<HHxxxB", row, column, len(text)) + text.encode("cp1252"))

    price = record(3, struct.pack("<HHxxxd", 1, 1, 5.0))
    cells = label(0, 0, "Produto") + label(0, 1, "Preço") + label(1, 0, "Café forte") + price
    return record(9, struct.pack("<HH", 2, 16)) + cells + record(10, b"")


@pytest.mark.parametrize(
    "content",
    [PAGE.encode(), PAGE.encode("utf-16"), PAGE.replace("utf-8", "x").encode("cp1252"), ARCHIVE, XML.encode(),
     XML.encode("utf-16"), biff2()],
    ids=["page", "page in UTF-16", "page of Windows", "page with pictures", "XML", "XML in UTF-16", "before 1995"],
)  # fmt: skip
def test_what_is_named_xls_is_read_for_what_it_is(tmp_path, content):
    table = read_table(written(tmp_path, content))

    names = {heading: at for at, heading in enumerate(table.headings)}
    first = table.rows[0].cells
    assert (first[names["Produto"]], as_text(first[names["Preço"]]).removesuffix(",00")) == ("Café forte", "5")


def test_cells_of_a_page_stand_where_they_are_shown(tmp_path):
    table = read_table(written(tmp_path, PAGE.encode()))

    assert [row.cells for row in table.rows] == [
        ("Café forte", "5,00", "7891000315507"), ("Café forte", "6,00", "78910003"), ("Pão",),
    ]  # fmt: skip
    assert [one.row.cells for one in table.left_out] == [("Lista",)]
    assert table.sheets == ("Tabela 1", "Tabela 2", "Tabela 3")
    assert "outras abas" in table.notes[0]
    inner = read_table(written(tmp_path, PAGE.encode()), dialect=Dialect(sheet="Tabela 3", has_headings=False))
    assert [row.cells for row in inner.rows] == [("de dentro",)]


@pytest.mark.parametrize(
    "page",
    [
        "<html><head><title>Lista</title><body><table><tr><td>Produto<td>Preço<tr><td>Cola<td>5,00</table>",
        "<head><title>Lista</title><table><tr><td>Produto<td>Preço<tr><td>Cola<td>5,00</table>",
        "<table><tr><td rowspan=2>Produto<td rowspan=2>Preço<tr></tr><tr><td>Cola<td>5,00</table>",
        "<table><tr><td>Produto<td>Preço<tr><td>Cola<td>5,00",
    ],
    ids=["open head", "no body", "cells over a row without any", "breaks off"],
)
def test_a_page_is_read_as_a_browser_shows_it(tmp_path, page):
    table = read_table(written(tmp_path, page.encode()))

    assert (table.headings, table.rows[0].cells) == (("Produto", "Preço"), ("Cola", "5,00"))


def test_a_page_of_tags_that_never_end_is_given_up_at_once(tmp_path):
    began = time.process_time()

    with pytest.raises(TableUnreadable, match=r"grande demais|página sem tabela"):  # Python 3.14 reads it in no time
        read_table(written(tmp_path, b"<table>" + b"<!--" * 150_000))

    assert time.process_time() - began < 15  # minutes, where each is looked at to the end


def test_a_remark_on_a_cell_is_no_part_of_it(tmp_path):
    remark = '<Comment ss:Author="Ana"><ss:Data>subiu</ss:Data></Comment>'
    content = XML.replace("Café forte</Data>", f"Café forte</Data>{remark}")

    assert read_table(written(tmp_path, content.encode())).rows[0].cells[0] == "Café forte"


def test_what_a_merged_cell_says_of_its_width_moves_no_cell_to_the_left(tmp_path):
    content = XML.replace('ss:MergeAcross="1"', 'ss:MergeAcross="-1"')

    assert read_table(written(tmp_path, content.encode())).headings[:2] == ("Produto", "Preço")


def test_a_number_that_is_none_costs_its_cell(tmp_path):
    content = biff2().replace(struct.pack("<d", 5.0), struct.pack("<d", float("nan")))

    assert isinstance(read_table(written(tmp_path, content)).rows[0].cells[1], Unusable)


def test_cells_of_an_xml_workbook_keep_their_kind(tmp_path):
    row = read_table(written(tmp_path, XML.encode(), "lista.xml")).rows[0]

    assert (row.line, row.cells[1], row.cells[4]) == (4, "", "12/05/2026")
    assert [type(row.cells[at]) for at in (3, 5)] == [Unusable, Unusable]


def test_a_workbook_of_excel_2003_is_read():
    table = read_table(LISTS / "old-excel.xls")

    assert table.headings == ("Produto", "Preço", "Código de barras", "Validade")
    assert [as_text(cell) for cell in table.rows[0].cells] == ["Café", "5.9", "7891000315507", "12/05/2026"]
    assert table.rows[1].line == 3


def stumbles() -> bool:
    """Whether Python refuses a page that ends within such a tag; from 3.14 on it is a remark for it."""
    try:
        HTMLParser().feed("<![x[")
    except AssertionError:
        return True
    return False


CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (CONTAINER + b"\0" * 600, "danificada"),
        (biff2()[:30], "danificada"),
        ((LISTS / "old-excel.xls").read_bytes()[:3000], "danificada"),
        (CONTAINER + "EncryptedPackage".encode("utf-16-le"), "tire a senha"),
        (CONTAINER + b"\0" * 17 * 2**20, "passa de 16 MB"),
        (archive_of(xl__workbook_bin=b"x"), "Salvar como, Pasta de Trabalho do Excel"),
        (archive_of(word__document_xml=b"x"), "documento de texto"),
        (archive_of(Index__Document_iwa=b"x"), "Numbers"),
        (archive_of(produtos_csv=b"Produto;Cola"), "Extraia"),
        (archive_of(content_xml=b"\x80", **{"META-INF__manifest_xml": b"<encryption-data/>"}), "tire a senha"),
        (b"\x1f\x8b\x08", "Extraia"),
        (b"Rar!\x1a\x07", "Extraia"),
        (b"7z\xbc\xaf\x27\x1c" + b"\x80\0" * 40, "Extraia"),
        (b"\x89PNG\r\n", "imagem"),
        (b"{\\rtf1 Produto}", "documento de texto"),
        (b'[{"nome": "Cola"}]', "dados de um programa"),
        (b"INSERT INTO produtos VALUES (1, 'Cola');\n", "dados de um programa"),
        (b"SQLite format 3\0", "dados de um programa"),
        (b'<?xml version="1.0"?><nfeProc><xProd>Cola</xProd></nfeProc>', "nota fiscal"),
        (b"<html><body><h1>500</h1>Tente mais tarde</body></html>", "página sem tabela"),
        (b"<!DOCTYPE html><form><input name=login></form><table></table>", "página sem tabela"),
        (b"<table><tr>" + b"<table>" * 30, "grande demais"),
        *([(b"<table><tr><td>Cola<![x[", "não é uma planilha")] if stumbles() else []),
        (b"<table><tr><td>&#" + b"9" * 5000 + b";</table>", "não é uma planilha"),
        (b"MIME-Version: 1.0\n" + b"Content-Type: message/rfc822\n\n" * 5000, "não é uma planilha"),
        (XML.replace("?>\n<?mso", '?><!DOCTYPE x [<!ENTITY a "b">]><?mso').encode(), "não é uma planilha"),
        (XML.replace('ss:Index="3"', 'ss:Index="9999999"').encode(), "grande demais"),
        (b"\x03\x7e\x0b\x1c\x02\0\0\0NOME\0\0\0C", "não é uma planilha"),
        (b"", "vazia"),
    ],
)
def test_what_is_no_list_gets_a_sentence_that_says_what_to_do(tmp_path, content, says):
    with pytest.raises(TableUnreadable, match=says):
        read_table(written(tmp_path, content))


def test_a_cover_does_not_hide_the_list_and_hidden_rows_are_told(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(("Relatório",))
    sheet = book.create_sheet("Produtos")
    for row in (("Produto", "Preço"), ("Café", 5), ("Pão", 1)):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    book.save(tmp_path / "lista.xlsx")

    table = read_table(tmp_path / "lista.xlsx")
    assert (table.dialect.sheet, [row.cells[0] for row in table.rows]) == ("Produtos", ["Café", "Pão"])
    assert any("ocultas" in note and note.endswith("1.") for note in table.notes)
    assert any("outras abas" in note for note in table.notes)


def test_zeros_that_a_format_shows_before_a_code_are_part_of_it(tmp_path):
    book = openpyxl.Workbook()
    for row in (("Produto", "EAN", "Validade"), ("Café", 12345678905, date(2026, 5, 12))):
        book.active.append(row)
    book.active["B2"].number_format = "000000000000"
    book.save(tmp_path / "lista.xlsx")

    assert read_table(tmp_path / "lista.xlsx").rows[0].cells == ("Café", "012345678905", "12/05/2026")


def biff(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


START = biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
LOOK = biff(0xE0, bytes(20))
GROWN = {
    "looks of an old workbook": lambda: START + LOOK * 160_000 + biff(0x0A, b""),
    "formats of an old workbook": lambda: START + biff(0x41E, b"\xa4\0\1\0\0" + b"0") * 400_000 + biff(0x0A, b""),
    "names of an old workbook": lambda: START + biff(0x18, b"\0\0\0\1" + bytes(12)) * 200_000 + biff(0x0A, b""),
    "cells that reach far": lambda: b"<table>" + b"<tr><td rowspan=9999 colspan=9999>x</td>" * 100_000,
    "tags within tags": lambda: b"<table><tr><td>" + b"<b>" * 4_000_000,
    "a tag of many words": lambda: b"<table><tr><td " + b"a=1 " * 4_000_000 + b">x</td></tr></table>",
    "rows of nothing": lambda: b"<table><tr><td>Produto</td></tr>" + b"<tr></tr>" * 2_000_000,
    "lines of nothing": lambda: "Produto;Preço\n".encode() + b";\n" * 1_100_000,
}


@pytest.mark.parametrize("kind", GROWN)
def test_what_was_made_to_grow_ends_soon_in_a_sentence(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "lista.xls"
    file.write_bytes(GROWN[kind]())
    began = time.process_time()

    with pytest.raises(TableUnreadable, match=r"(grande demais|mais de 50\.000 linhas)"):
        read_table(file)

    assert time.process_time() - began < 15  # seconds at the most; each took a minute, or half a gigabyte
