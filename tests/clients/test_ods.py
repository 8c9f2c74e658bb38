"""Lists that LibreOffice has saved."""

import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from almoxarife.tables.cells import ERROR, NO_RESULT, Dialect, TableUnreadable, Unusable
from almoxarife.tables.reader import read_table

_NAMES = " ".join(f'xmlns:{prefix}="urn:{prefix}"' for prefix in ("office", "table", "text", "calcext", "dc"))


def saved(folder: Path, *sheets: str) -> Path:
    file = folder / "lista.ods"
    tables = "".join(f'<table:table table:name="P{n}">{rows}</table:table>' for n, rows in enumerate(sheets))
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content {_NAMES}>{body}</office:document-content>")
    return file


def text(*words: str, more: str = "") -> str:
    paragraphs = "".join(f"<text:p>{word}</text:p>" for word in words)
    return f'<table:table-cell office:value-type="string"{more}>{paragraphs}</table:table-cell>'


def number(value: str, kind: str = "float") -> str:
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}" calcext:value-type="{kind}">'
        f"<text:p>shown otherwise</text:p></table:table-cell>"
    )


def row(*cells: str, times: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{times}">{"".join(cells)}</table:table-row>'


TITLES = row(text("Produto"), text("Preço"), text("Obs"))
COLA = text("Cola")


def test_cells_keep_their_kind(tmp_path: Path) -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    day = '<table:table-cell office:value-type="date" office:date-value="2026-11-28"/>'
    yes = '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    note = (
        '<table:table-cell office:value-type="string"><office:annotation><dc:date>x</dc:date><text:p>nota</text:p>'
        "</office:annotation><text:p>Chá<text:s/><text:span>mate</text:span></text:p><text:p>verde</text:p></table:table-cell>"
    )
    table = read_table(
        saved(
            tmp_path,
            TITLES
            + row(COLA, number("19.900000000000002", "currency"), day)
            + row(note, error, yes)
            + row(text("Mel"), '<table:table-cell table:formula="of:=A1"/>', number("7891000315507")),
        )
    )

    assert table.headings == ("Produto", "Preço", "Obs")
    assert [each.cells for each in table.rows] == [
        ("Cola", Decimal("19.9"), "28/11/2026"),
        ("Chá mate verde", Unusable("#DIV/0!", ERROR), "sim"),
        ("Mel", Unusable("", NO_RESULT), Decimal(7891000315507)),
    ]


@pytest.mark.parametrize("day", ["20264-05-01", "-0044-03-15", ""])
def test_a_date_that_is_none_here_is_what_the_spreadsheet_shows(tmp_path: Path, day: str) -> None:
    date = f'<table:table-cell office:value-type="date" office:date-value="{day}">'
    cell = f"{date}<text:p>1/5/20264</text:p></table:table-cell>"

    table = read_table(saved(tmp_path, TITLES + row(COLA, number("19.9"), cell)))

    assert [each.cells for each in table.rows] == [("Cola", Decimal("19.9"), "1/5/20264")]


def test_what_repeats_is_there_as_often_and_lines_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    empty = '<table:table-cell table:number-columns-repeated="2"/>'
    rows = row(COLA, text("2,00", more=' table:number-columns-repeated="2"'), times=2) + row(empty, times=1000)
    end = row('<table:table-cell table:number-columns-repeated="16384"/>', times=1_047_000)

    table = read_table(saved(tmp_path, TITLES + rows + row(text("Mel"), "<table:covered-table-cell/>", COLA) + end))

    assert [(each.line, each.cells) for each in table.rows] == [
        (2, ("Cola", "2,00", "2,00")),
        (3, ("Cola", "2,00", "2,00")),
        (1004, ("Mel", "", "Cola")),
    ]


def test_another_sheet_is_read_when_it_is_asked_for_and_an_empty_one_is_passed_over(tmp_path: Path) -> None:
    file = saved(tmp_path, row("<table:table-cell/>"), TITLES + row(COLA), TITLES + row(text("Mel")))

    assert [each.cells for each in read_table(file).rows] == [("Cola",)]
    assert read_table(file).sheets == ("P0", "P1", "P2")
    assert [each.cells for each in read_table(file, dialect=Dialect(sheet="P2")).rows] == [("Mel",)]


@pytest.mark.parametrize(
    "rows",
    [
        row(COLA, times=1_000_000),
        row(text("Cola", more=' table:number-columns-repeated="1000"'), times=50_000),
        row(COLA, times=2**31),
        row(COLA, times=30_000) * 40,
        f"<table:table-row><table:table-cell>{'<text:s/>' * 4_000_000}</table:table-cell></table:table-row>",
    ],
    ids=["rows", "cells", "beyond the last row", "many rows", "spaces"],
)
def test_a_spreadsheet_that_was_made_to_grow_ends_in_a_sentence(tmp_path: Path, rows: str) -> None:
    file = saved(tmp_path, TITLES + rows)
    began = time.process_time()

    with pytest.raises(TableUnreadable, match=r"grande demais|Divida-a em partes"):
        read_table(file)

    assert time.process_time() - began < 4


def test_a_text_document_is_no_list(tmp_path: Path) -> None:
    file = tmp_path / "carta.odt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.xml", f"<office:document-content {_NAMES}/>")

    with pytest.raises(TableUnreadable):
        read_table(file)
