"""Reads an uploaded list of people: JSON, a spreadsheet, or rows pasted from one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from almoxarife.server.http.malformed import find_repeated_names
from almoxarife.server.web.panel.people_cells import read_cell, split_name
from almoxarife.tables.cells import Dialect, TableRow, TableUnreadable, Unusable, shown
from almoxarife.tables.headings import plain
from almoxarife.tables.reader import read_table
from almoxarife.tables.text import encodings
from almoxarife.tables.text.delimited import HEADING_WITHIN

FIELDS = {
    "first_name": ("first name", "nome", "primeiro nome", "prenome", "fname"),
    "last_name": ("last name", "sobrenome", "ultimo nome", "lname"),
    "patronymic": ("patronymic", "nome do meio", "patr", "patronimico", "segundo nome"),
    "birthday": (
        "birthday", "nascimento", "data de nascimento", "aniversario", "data nascimento", "data nasc", "dt nascimento",
        "dt nasc", "nasc",
    ),
    "email": (
        "email", "e mail", "mail", "correio eletronico", "e mail pessoal", "email pessoal",
        "e mail corporativo", "email corporativo", "e mail profissional", "email profissional", "e mail 1", "email 1",
        "e mail de contato", "email de contato", "endereco de e mail", "endereco de email",
    ),
    "phone": (
        "phone", "telefone", "celular", "fone", "whatsapp", "tel", "telefone celular", "tel celular", "telefone 1",
        "celular/whatsapp", "telefone/whatsapp", "telefone 2", "telefone fixo", "telefone residencial",
        "telefone contato",
        "numero de telefone", "numero celular",
    ),
    "login": ("login", "usuario", "nome de usuario", "user", "username", "nome usuario", "nome login"),
}  # fmt: skip
_FULL_NAME = "full_name"
_NAME_PARTS = ("first_name", "patronymic", "last_name")
_STRICT_FIELDS = {_FULL_NAME, "login", *_NAME_PARTS}
"""The whole list is refused for a cell of these that has an error of the spreadsheet."""
_FIELD_OF_HEADING = {plain(word): name for name, words in FIELDS.items() for word in words} | {
    plain(word): _FULL_NAME for word in ("nome completo", "full name", "nome e sobrenome", "funcionário", "colaborador")
}


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
        file.write_bytes(content)
        try:
            table = read_table(file, dialect=Dialect(has_headings=True))
            headings, rows = table.headings, table.rows
            if "login" not in _find_fields(headings).values():
                # The row of headings is looked for as that of a list of products: a title may have been taken for it.
                headings, rows = _find_headings(read_table(file, dialect=Dialect(has_headings=False)).rows)
        except TableUnreadable as error:
            raise ListUnreadable(str(error).replace("os produtos", "as pessoas")) from None
    fields = _find_fields(headings)
    if "login" not in fields.values():
        raise ListUnreadable(
            "A primeira linha deve ter os títulos das colunas: login, nome, nome do meio, sobrenome, nascimento, "
            "e-mail, telefone."
        )
    return [_read_person(row, headings, fields) for row in rows]


def _find_headings(rows: Sequence[TableRow]) -> tuple[tuple[str, ...], tuple[TableRow, ...]]:
    """The first row with a heading for the login, and the rows below it; two empty tuples if there is none."""
    for at, row in enumerate(rows[:HEADING_WITHIN]):
        headings = tuple(map(shown, row.cells))
        if "login" in _find_fields(headings).values():
            return headings, tuple(rows[at + 1 :])
    return (), ()


def _read_person(row: TableRow, headings: Sequence[str], fields: Mapping[int, str]) -> dict[str, str]:
    """Of several columns of a field, the first that is not empty. Raises ListUnreadable for an unreadable row."""
    if row.problem:
        raise ListUnreadable(f"Linha {row.line}: {row.problem[0].lower()}{row.problem[1:]}")
    person = dict.fromkeys(fields.values(), "")
    for at, name in fields.items():
        cell = row.cells[at] if at < len(row.cells) else ""
        if isinstance(cell, Unusable) and name in _STRICT_FIELDS:
            quoted = f" “{cell.shown}”" if cell.shown else ""
            raise ListUnreadable(f"Linha {row.line}, {headings[at]}{quoted}: {cell.reason}")
        person[name] = person[name] or read_cell(name, cell)
    full_name = person.pop(_FULL_NAME, None)
    return person if full_name is None else person | split_name(full_name)


def _find_fields(headings: Sequence[str]) -> dict[int, str]:
    """The field of each column whose heading is known. Without a column for the last name, "Nome" is the full name."""
    found = {
        at: name for at, heading in enumerate(headings) if (name := _FIELD_OF_HEADING.get(plain(heading))) is not None
    }
    names = set(found.values())
    if {"first_name", "last_name"} <= names:
        return {at: name for at, name in found.items() if name != _FULL_NAME}
    if _FULL_NAME in names:
        return {at: name for at, name in found.items() if name not in _NAME_PARTS}
    if "patronymic" in names:
        return found
    return {at: _FULL_NAME if name == "first_name" else name for at, name in found.items()}
