"""Reads an uploaded list of people: JSON, a spreadsheet, or rows pasted from one."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from almoxarife.server.http.malformed import find_repeated_names
from almoxarife.tables.cells import Dialect, TableUnreadable, Unusable, as_text
from almoxarife.tables.headings import plain
from almoxarife.tables.reader import read_table
from almoxarife.tables.text import encodings

FIELDS = {
    "first_name": ("first name", "nome", "primeiro nome", "prenome", "fname"),
    "last_name": ("last name", "sobrenome", "ultimo nome", "lname"),
    "patronymic": ("patronymic", "nome do meio", "patr", "patronimico", "segundo nome"),
    "birthday": (
        "birthday", "nascimento", "data de nascimento", "aniversario", "data nascimento", "data nasc", "dt nascimento",
        "dt nasc", "nasc",
    ),
    "email": ("email", "e mail", "mail", "correio eletronico", "e mail pessoal", "email pessoal"),
    "phone": (
        "phone", "telefone", "celular", "fone", "whatsapp", "tel", "telefone celular", "tel celular", "telefone 1",
        "celular/whatsapp", "telefone/whatsapp",
    ),
    "login": ("login", "usuario", "nome de usuario", "user", "username"),
}  # fmt: skip
_BY_WORD = {plain(word): name for name, words in FIELDS.items() for word in words}


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
        listed: object = orjson.loads(text)
    except (orjson.JSONDecodeError, TableUnreadable):
        raise ListUnreadable("Isto não é um JSON válido. Confira vírgulas, aspas e colchetes.") from None
    for name in find_repeated_names(text, listed).values():
        raise ListUnreadable(f"O campo “{name}” está duas vezes na mesma pessoa. Deixe uma só.")
    return listed


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
        except TableUnreadable as error:
            raise ListUnreadable(str(error).replace("os produtos", "as pessoas")) from None
    columns = _find_columns(table.headings)
    if "login" not in columns.values():
        raise ListUnreadable(
            "A primeira linha deve ter os títulos das colunas: login, nome, nome do meio, sobrenome, nascimento, "
            "e-mail, telefone."
        )
    people = []
    for row in table.rows:
        person = {}
        for at, name in columns.items():
            cell = row.cells[at] if at < len(row.cells) else ""
            # A cell with an error of the spreadsheet counts as empty.
            person[name] = "" if row.problem or isinstance(cell, Unusable) else as_text(cell)
        people.append(person)
    return people


def _find_columns(headings: Sequence[str]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for at, heading in enumerate(headings):
        name = _BY_WORD.get(plain(heading))
        if name is not None and name not in columns.values():
            columns[at] = name
    return columns
