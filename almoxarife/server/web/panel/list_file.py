"""Reads an uploaded list of people: JSON, a spreadsheet, or rows pasted from one."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from almoxarife.brazil import format_names, format_number
from almoxarife.server.http.malformed import find_repeated_names
from almoxarife.server.web.panel.people_cells import read_cell, split_name
from almoxarife.server.web.panel.people_columns import FIELDS, FULL_NAME, NAME_PARTS, find_fields, split_lines
from almoxarife.tables.cells import Cell, Dialect, LeftOut, Table, TableRow, TableUnreadable, Unusable, shown
from almoxarife.tables.doubts.unread import list_unused, name_column
from almoxarife.tables.headings import IS_NOT_SOLD, IS_SOLD, plain
from almoxarife.tables.product_cells import is_sold
from almoxarife.tables.reader import OTHER_SHEETS, read_table
from almoxarife.tables.text import encodings
from almoxarife.tables.text.delimited import HEADING_WITHIN
from almoxarife.tables.vocabulary.fields import STATUS
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


_MAX_OBJECTS = 1_000
"""The objects of a JSON list whose fields are looked at: programs write the same ones in each."""
_LABELS = {"phone": "telefone", "email": "e-mail", "birthday": "nascimento", "login": "login"}


class ListUnreadable(Exception):
    """The sentence says what to do instead."""


def read_list(content: bytes, tell: Callable[[str], None] = lambda _sentence: None) -> object:
    """The list as ``POST /useradd`` takes it. ``tell`` gets what was left out. Raises ListUnreadable."""
    start = content[:100].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith((b"[", b"{")):
        people = _read_json(content)
        _tell_fields(people, tell)
        return people
    if not start:
        raise ListUnreadable("Escolha um arquivo, ou cole a lista.")
    return _read_table(content, tell)


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


def _read_table(content: bytes, tell: Callable[[str], None]) -> list[dict[str, str]]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lista"
        file.write_bytes(_with_tabs(content))
        try:
            table = read_table(file, dialect=Dialect(has_headings=True))
            if "login" not in find_fields(table.headings).values():
                # The row of headings is looked for as that of a list of products: a title may have been taken for it.
                table = _find_headings(read_table(file, dialect=Dialect(has_headings=False)))
        except TableUnreadable as error:
            raise ListUnreadable(str(error).replace("os produtos", "as pessoas")) from None
    fields = find_fields(table.headings)
    if "login" not in fields.values():
        raise ListUnreadable(
            "A primeira linha deve ter os títulos das colunas: login, nome, nome do meio, sobrenome, nascimento, "
            "e-mail, telefone."
        )
    people = [_read_person(row, table.headings, fields) for row in table.rows]
    _tell_left_out(table, fields, tell)
    return people


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


def _find_headings(table: Table) -> Table:
    """The table below the first row with a heading for the login; one without headings and rows if there is none."""
    for at, row in enumerate(table.rows[:HEADING_WITHIN]):
        headings = tuple(map(shown, row.cells))
        if "login" in find_fields(headings).values():
            above = tuple(LeftOut(other, "") for other in table.rows[:at])
            return replace(table, headings=headings, rows=table.rows[at + 1 :], left_out=above)
    return replace(table, headings=(), rows=())


def _read_person(row: TableRow, headings: Sequence[str], fields: Mapping[int, str]) -> dict[str, str]:
    """Of several columns of a field, the first that is not empty. Raises ListUnreadable for an unreadable row."""
    if row.problem:
        problem = row.problem.replace("o texto ou o preço", "o texto")
        raise ListUnreadable(f"Linha {row.line}: {problem[0].lower()}{problem[1:]}")
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


def _tells_who_left(heading: str) -> bool:
    return plain(heading) in _STATUS or _LEAVING.search(fold(heading)) is not None


def _works_here(heading: str, text: str) -> bool:
    """Whether the cell does not say that the person has left: as a status, or below "Desligado" or "Demissão"."""
    if not text or not _tells_who_left(heading):
        return True
    if plain(heading) in _STATUS:
        return is_sold(heading, text) and not fold(text).startswith(_LEFT)
    return fold(text) in _STILL_HERE or not any(map(str.isalnum, text))


# --- what is left out -------------------------------------------------------------------


def _tell_left_out(table: Table, fields: Mapping[int, str], tell: Callable[[str], None]) -> None:
    """Tell which columns, rows and sheets were not read. ``fields``: the field of each column that was."""
    if len(table.sheets) > 1:
        others = [sheet for sheet in table.sheets if sheet != table.dialect.sheet]
        tell(f"Foi lida só a aba “{table.dialect.sheet}”. Não lidas: {format_names(others)}.")
    for note in table.notes:
        if note != OTHER_SHEETS:
            tell(note)
    if lines := [format_number(one.row.line) for one in table.left_out if _has_words(one.row)]:
        which = "ficou a linha" if len(lines) == 1 else "ficaram as linhas"
        tell(f"Fora da lista {which} {format_names(lines)}, de títulos.")
    unused = list_unused(table, fields, _label)
    if headings := [heading for heading in unused if not _tells_who_left(heading)]:
        tell(f"Colunas não usadas: {format_names(headings)}.")
    for name, places in _find_doubled(fields).items():
        if any(sum(shown(cell) != "" for cell in _cells(row, places)) > 1 for row in table.rows):
            columns = format_names([name_column(table.headings, at, _label) for at in places])
            tell(f"Há mais de uma coluna para {_LABELS.get(name, 'o nome')} ({columns}): vale a primeira preenchida.")


def _label(at: int) -> str:
    return f"a {at + 1}ª"


def _tell_fields(people: object, tell: Callable[[str], None]) -> None:
    """Tell which fields of a JSON list are not used."""
    objects = people if isinstance(people, list) else [people]
    given = dict.fromkeys(name for one in islice(objects, _MAX_OBJECTS) if isinstance(one, dict) for name in one)
    if unused := [str(name) for name in given if name not in FIELDS]:
        tell(f"Campos não usados: {format_names(unused)}.")


def _has_words(row: TableRow) -> bool:
    """Whether the row is no line drawn with characters, such as "-----"."""
    return any(map(str.isalnum, "".join(map(shown, row.cells))))


def _find_doubled(fields: Mapping[int, str]) -> dict[str, list[int]]:
    """The columns of each field that has several."""
    places: dict[str, list[int]] = {}
    for at, name in fields.items():
        places.setdefault(name, []).append(at)
    return {name: sorted(found) for name, found in places.items() if len(found) > 1}


def _cells(row: TableRow, places: Iterable[int]) -> list[Cell]:
    return [row.cells[at] for at in places if at < len(row.cells)]
