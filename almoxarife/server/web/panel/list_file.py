"""Reads an uploaded list of people: JSON, a spreadsheet, or rows pasted from one."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from almoxarife.server.http.malformed import find_repeated_names
from almoxarife.server.web.panel.people_cells import read_cell, split_name
from almoxarife.server.web.panel.people_columns import FULL_NAME, NAME_PARTS, find_fields, split_lines
from almoxarife.tables.cells import Dialect, TableRow, TableUnreadable, Unusable, shown
from almoxarife.tables.headings import IS_NOT_SOLD, IS_SOLD, STATUS, plain
from almoxarife.tables.product_cells import is_sold
from almoxarife.tables.reader import read_table
from almoxarife.tables.text import encodings
from almoxarife.tables.text.delimited import HEADING_WITHIN
from almoxarife.wire.fields import fold

_STRICT_FIELDS = {FULL_NAME, "login", *NAME_PARTS}
"""The whole list is refused for a cell of these that has an error of the spreadsheet."""
_STATUS = {word for known in (IS_SOLD, IS_NOT_SOLD) for tier in known[STATUS] for word in tier}
_NOT_SPLIT = (
    "as colunas desta linha não podem ser separadas, falta ou sobra uma célula. Corrija-a, ou salve a lista como"
    " planilha."
)
_LEFT = ("demit", "deslig", "rescind", "exoner")
_LEAVING = re.compile(r"\b(?:demitid|demissao|desligad|desligamento|rescisao|exonera)")
"""In headings such as "Data de demissão", where a cell is empty for who has not left."""
_STILL_HERE = {"nao", "n", "0", "no", "false", "falso", "nao ha", "n/a"}


class ListUnreadable(Exception):
    """The sentence says what to do instead."""


def read_list(content: bytes) -> object:
    """The list as ``POST /useradd`` takes it. Raises ListUnreadable."""
    start = content[:100].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith((b"[", b"{")):
        return _read_json(content)
    if not start:
        raise ListUnreadable("Escolha um arquivo, ou cole a lista.")
    return _read_table(content)


def _read_json(content: bytes) -> object:
    try:
        text = (content.decode("utf-8-sig") if _is_utf_8(content) else encodings.decode(content, None)[0]).encode()
        value: object = orjson.loads(text)
    except (orjson.JSONDecodeError, TableUnreadable):
        raise ListUnreadable("Isto não é um JSON válido. Confira vírgulas, aspas e colchetes.") from None
    for name in find_repeated_names(text, value).values():
        raise ListUnreadable(f"O campo “{name}” está duas vezes na mesma pessoa. Deixe uma só.")
    return value


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_table(content: bytes) -> list[dict[str, str]]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lista"
        file.write_bytes(_with_tabs(content))
        try:
            table = read_table(file, dialect=Dialect(has_headings=True))
            headings, rows = table.headings, table.rows
            if "login" not in find_fields(headings).values():
                # The row of headings is looked for as that of a list of products: a title may have been taken for it.
                headings, rows = _find_headings(read_table(file, dialect=Dialect(has_headings=False)).rows)
        except TableUnreadable as error:
            raise ListUnreadable(str(error).replace("os produtos", "as pessoas")) from None
    fields = find_fields(headings)
    if "login" not in fields.values():
        raise ListUnreadable(
            "A primeira linha deve ter os títulos das colunas: login, nome, nome do meio, sobrenome, nascimento, "
            "e-mail, telefone."
        )
    return [_read_person(row, headings, fields) for row in rows]


def _with_tabs(content: bytes) -> bytes:
    """The list with tabs between columns that are apart by dashes, colons or spaces; any other as it is."""
    try:
        split = split_lines(content)
    except TableUnreadable:
        return content
    if split is None:
        return content
    text, uneven = split
    if uneven:
        raise ListUnreadable(f"Linha {uneven}: {_NOT_SPLIT}")
    return text.encode()


def _find_headings(rows: Sequence[TableRow]) -> tuple[tuple[str, ...], tuple[TableRow, ...]]:
    """The first row with a heading for the login, and the rows below it; two empty tuples if there is none."""
    for at, row in enumerate(rows[:HEADING_WITHIN]):
        headings = tuple(map(shown, row.cells))
        if "login" in find_fields(headings).values():
            return headings, tuple(rows[at + 1 :])
    return (), ()


def _read_person(row: TableRow, headings: Sequence[str], fields: Mapping[int, str]) -> dict[str, str]:
    """Of several columns of a field, the first that is not empty. Raises ListUnreadable for an unreadable row."""
    if row.problem:
        raise ListUnreadable(f"Linha {row.line}: {row.problem[0].lower()}{row.problem[1:]}")
    for heading, cell in zip(headings, row.cells, strict=False):
        if not _works_here(heading, shown(cell)):
            raise ListUnreadable(
                f"Linha {row.line}: “{heading}: {shown(cell)}”. Deixe na lista só quem deve ter acesso ao sistema."
            )
    person = dict.fromkeys(fields.values(), "")
    for at, name in fields.items():
        cell = row.cells[at] if at < len(row.cells) else ""
        if isinstance(cell, Unusable) and name in _STRICT_FIELDS:
            quoted = f" “{cell.shown}”" if cell.shown else ""
            raise ListUnreadable(f"Linha {row.line}, {headings[at]}{quoted}: {cell.reason}")
        person[name] = person[name] or read_cell(name, cell)
    full_name = person.pop(FULL_NAME, None)
    return person if full_name is None else person | split_name(full_name)


def _works_here(heading: str, text: str) -> bool:
    """Whether the cell does not say that the person has left: as a status, or below "Desligado" or "Demissão"."""
    if not text:
        return True
    if plain(heading) in _STATUS:
        return is_sold(heading, text) and not fold(text).startswith(_LEFT)
    return not _LEAVING.search(fold(heading)) or fold(text) in _STILL_HERE or not any(map(str.isalnum, text))
