"""Reads tables of HTML: many programs export HTML named .xls, or a web archive (.mht), as "Excel".

Each table that is not empty is a sheet. The content of a nested table belongs only to that table.
"""

import email
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from almoxarife.tables.cells import Cell, MergedCell, TableRow, TableUnreadable, clean, trimmed
from almoxarife.tables.headings import count_known
from almoxarife.tables.text import encodings
from almoxarife.tables.text.encodings import NOT_A_TABLE
from almoxarife.tables.workbooks.xlsx import MAX_CELLS, MAX_COLUMNS
from almoxarife.tables.workbooks.xlsx_parts import TOO_LARGE

_CHUNK = 2**16
_HEADING_WITHIN = 60
_MAX_TABLES, _MAX_DEPTH = 1_000, 20
_MAX_END_LENGTH = 1_000
"""Characters parsed at the end of a truncated page: an unclosed tag would be parsed again at each "<" in it."""
_MAX_TAG_LENGTH = 2**19
"""Characters of an unclosed tag, which is parsed again with each piece read. A tag may embed a picture."""
_FEW_TAGS, _TAGS_OF_A_CELL = 200_000, 8
"""Limits of tags, as each takes microseconds: a fixed number, and so many more per cell that is not empty."""
_NO_TABLE = "É uma página sem tabela, como a de entrada ou de erro de um sistema. Exporte a lista de novo."
_SILENT = {"script", "style", "head", "select"}
_BREAKS = {"br", "p", "div", "li"}


def is_page(head: bytes) -> bool:
    """Whether a file with this beginning is HTML or .mht, in any encoding."""
    start = _ascii(head)
    return start.startswith(b"mime-version:") or (
        start.startswith(b"<") and not start.startswith(b"<?xml") and any(tag in start for tag in _TAGS)
    )


_TAGS = (b"<html", b"<table", b"<!doctype html", b"<meta", b"<head", b"<body", b"<style", b"<div")


def _ascii(head: bytes) -> bytes:
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()


class PageTables:
    """A ``Book`` of this format. Raises TableUnreadable."""

    has_more_columns = False

    def __init__(self, content: bytes, progress: Callable[[float], None]) -> None:
        parser = _Parser()
        try:
            text = _text_of(content)
            for at in range(0, len(text), _CHUNK):
                progress(at / len(text))
                parser.feed(text[at : at + _CHUNK])
                if len(parser.rawdata) > _MAX_TAG_LENGTH or parser.has_too_many_tags:
                    raise TableUnreadable(TOO_LARGE)
            if len(parser.rawdata) <= _MAX_END_LENGTH:
                parser.close()
        except (AssertionError, RecursionError, ValueError) as error:  # the page is malformed or hostile
            raise TableUnreadable(NOT_A_TABLE) from error
        parser.end_all()
        if not any(parser.tables):
            raise TableUnreadable(_NO_TABLE)
        filled = [(rows, merged) for rows, merged in zip(parser.tables, parser.merged, strict=True) if rows]
        self._tables = {f"Tabela {at}": rows for at, (rows, _) in enumerate(filled, start=1)}
        self.merged = {f"Tabela {at}": merged for at, (_, merged) in enumerate(filled, start=1)}
        self.sheets = tuple(self._tables)
        self.active = max(self.sheets, key=lambda name: _worth(self._tables[name]), default="")
        self.has_more_columns = parser.has_more_columns
        self.hidden_columns: dict[str, set[int]] = {}

    def close(self) -> None:
        pass

    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]:
        progress(1.0)
        yield from self._tables.get(sheet, ())


def _worth(rows: list[TableRow]) -> tuple[int, int]:
    return max(count_known(row.cells) for row in rows[:_HEADING_WITHIN]), len(rows)


def _text_of(content: bytes) -> str:
    if not _ascii(content[:64]).startswith(b"mime-version:"):
        return encodings.decode(content, None)[0]
    parts = email.message_from_bytes(content).walk()
    pages = [part.get_payload(decode=True) for part in parts if part.get_content_type() == "text/html"]
    return "\n".join(encodings.decode(page, None)[0] for page in pages if isinstance(page, bytes))


@dataclass
class _Table:
    rows: list[TableRow] = field(default_factory=list)
    merged: list[MergedCell] = field(default_factory=list)
    line: int = 0
    is_hidden: bool = False
    has_row: bool = False
    """Whether a row is open. One without cells counts too, since cells above may span into it."""
    cells: dict[int, Cell] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    """Columns that a cell above spans into, with the number of further rows."""
    at: int = 0
    pieces: list[str] | None = None
    """Texts of the open cell; None if no cell is open."""
    across: int = 1
    down: int = 1


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[TableRow]] = []
        self.merged: list[list[MergedCell]] = []
        """The cells of each of ``tables`` that reach over several rows."""
        self.has_more_columns = False
        self._open: list[_Table] = []
        self._silent = 0
        self._count = self._tags = self._filled = 0

    @property
    def has_too_many_tags(self) -> bool:
        return self._tags > _FEW_TAGS + _TAGS_OF_A_CELL * self._filled

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if tag in _SILENT:
            self._silent += 1
        elif tag == "body":
            self._silent = 0  # many pages do not close their head
        elif tag == "table":
            self._silent = 0
            self._begin_table()
        elif not self._open:
            return
        elif tag == "tr":
            self._end_row()
            self._open[-1].has_row = True
            self._open[-1].is_hidden = _is_hidden(dict(attrs))
        elif tag in {"td", "th"}:
            self._begin_cell({name: value or "" for name, value in attrs})
        elif tag in _BREAKS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif not self._open:
            return
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and not self._silent and self._open[-1].pieces is not None:
            self._open[-1].pieces.append(data)

    def end_all(self) -> None:
        """Close what a truncated page left open."""
        while self._open:
            self._end_row()
            self._open.pop()

    def _begin_table(self) -> None:
        if len(self.tables) >= _MAX_TABLES or len(self._open) >= _MAX_DEPTH:
            raise TableUnreadable(TOO_LARGE)
        table = _Table()
        self.tables.append(table.rows)
        self.merged.append(table.merged)
        self._open.append(table)

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._end_cell()
        table = self._open[-1]
        while table.taken.get(table.at):
            table.at += 1
        table.pieces, table.has_row = [], True
        table.across = _times(attributes.get("colspan", "1"))
        table.down = _times(attributes.get("rowspan", "1"))

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.pieces is None:
            return
        cell = clean(" ".join("".join(table.pieces).split()))
        table.pieces = None
        self._filled += cell != ""
        if cell != "" and table.at < MAX_COLUMNS:
            table.cells[table.at] = cell
        if table.down > 1 and cell != "":
            table.merged.append(MergedCell(table.at, table.line + 1, table.line + table.down))
        if table.down > 1:
            self._count += table.across
        self.has_more_columns = self.has_more_columns or (cell != "" and table.at >= MAX_COLUMNS)
        for at in range(table.at, min(table.at + table.across, MAX_COLUMNS)) if table.down > 1 else ():
            table.taken[at] = table.down  # this row is counted, too
        table.at += table.across

    def _end_row(self) -> None:
        self._end_cell()
        table = self._open[-1]
        if not table.has_row:
            return
        table.line += 1
        width = max(table.cells, default=-1) + 1
        self._count += width
        if self._count > MAX_CELLS:
            raise TableUnreadable(TOO_LARGE)
        cells = trimmed(table.cells.get(at, "") for at in range(width))
        if cells:
            table.rows.append(TableRow(table.line, cells, is_hidden=table.is_hidden))
        table.cells, table.at, table.has_row, table.is_hidden = {}, 0, False, False
        table.taken = {at: left - 1 for at, left in table.taken.items() if left > 1}


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").casefold()
    return "hidden" in attributes or "display:none" in style


def _times(text: str) -> int:
    return min(int(text), MAX_COLUMNS) if text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) else 1
