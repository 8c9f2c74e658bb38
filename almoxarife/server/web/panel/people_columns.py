"""Finds the columns of a list of people by their headings, also in lines that dashes, colons or spaces separate."""

import re
from collections.abc import Sequence

from almoxarife.tables.headings import plain
from almoxarife.tables.text import encodings
from almoxarife.tables.text.delimited import DELIMITERS, HEADING_WITHIN

FULL_NAME = "full_name"
NAME_PARTS = ("first_name", "patronymic", "last_name")
FIELDS = {
    "first_name": ("first name", "nome", "primeiro nome", "prenome", "fname", "name", "given name", "nombre"),
    "last_name": ("last name", "sobrenome", "ultimo nome", "lname", "surname", "family name", "apellido", "apellidos"),
    "patronymic": ("patronymic", "nome do meio", "patr", "patronimico", "segundo nome", "middle name"),
    "birthday": (
        "birthday", "nascimento", "data de nascimento", "aniversario", "data nascimento", "data nasc", "dt nascimento",
        "dt nasc", "nasc", "birth date", "date of birth", "birthdate", "fecha de nacimiento", "fecha nacimiento",
    ),
    "email": (
        "email", "e mail", "mail", "correio eletronico", "e mail pessoal", "email pessoal",
        "e mail corporativo", "email corporativo", "e mail profissional", "email profissional", "e mail 1", "email 1",
        "e mail de contato", "email de contato", "endereco de e mail", "endereco de email", "correo",
        "correo electronico",
    ),
    "phone": (
        "phone", "telefone", "celular", "fone", "whatsapp", "tel", "telefone celular", "tel celular", "telefone 1",
        "celular/whatsapp", "telefone/whatsapp", "telefone 2", "telefone fixo", "telefone residencial",
        "telefone contato",
        "numero de telefone", "numero celular", "mobile", "mobile phone", "cell", "cell phone", "phone number",
        "telefono", "movil",
    ),
    "login": (
        "login", "usuario", "nome de usuario", "user", "username", "nome usuario", "nome login", "user name",
        "usuario de rede", "login de rede", "usuario do sistema", "login do sistema", "login de acesso",
        "login no sistema", "usuario no sistema", "usuario de login",
    ),
}  # fmt: skip
_FULL_NAMES = (
    "nome completo", "full name", "nome e sobrenome", "funcionário", "colaborador", "nome do funcionário",
    "nome do colaborador", "nome funcionário", "nome colaborador",
)  # fmt: skip
_FIELD_OF_HEADING = {plain(word): name for name, words in FIELDS.items() for word in words} | {
    plain(word): FULL_NAME for word in _FULL_NAMES
}
_BEGINNINGS = {
    "phone": ("tel", "telefone", "celular", "cel", "fone", "whatsapp", "whats", "zap"),
    "email": ("email", "e mail"),
    "birthday": ("nascimento", "nasc", "data nasc", "data nascimento", "dt nasc", "dt nascimento", "aniversario"),
}
"""First words of headings that are known in no longer form, as of "Tel/Whats"."""
_OF_OTHERS = {
    *("emergencia", "recado", "recados", "pai", "mae", "conjuge", "responsavel", "gestor", "gestora", "chefe"),
    *("supervisor", "supervisora", "gerente", "empresa", "loja", "ramal", "filho", "filhos", "dependente"),
    *("marido", "esposa", "esposo", "companheiro", "companheira", "irmao", "irma", "vizinho", "vizinha", "parente"),
    *("familiar", "parentesco", "operadora", "modelo", "validado", "confirmado", "enviado", "autorizado", "verificado"),
}
"""Words in headings of what is not the person's own."""
_SEPARATORS = [re.compile(sign) for sign in (r"(?<! ) +[-–—>/] +", r"(?<! ) *: +", r" {2,}|\t+", r"(?<! ) *: *")]
_MARKS = "*_• "


def find_fields(headings: Sequence[str]) -> dict[int, str]:
    """The field of each column whose heading is known. Without a column for the last name, "Nome" is the full name."""
    words = [plain(heading) for heading in headings]
    found = {at: name for at, word in enumerate(words) if (name := _FIELD_OF_HEADING.get(word)) is not None}
    for at, word in enumerate(words):
        begun = at not in found and _find_begun(word)
        if begun and begun not in found.values():
            found[at] = begun
    names = set(found.values())
    if {"first_name", "last_name"} <= names:
        return {at: name for at, name in found.items() if name != FULL_NAME}
    if FULL_NAME in names:
        return {at: name for at, name in found.items() if name not in NAME_PARTS}
    if "patronymic" in names:
        return found
    return {at: FULL_NAME if name == "first_name" else name for at, name in found.items()}


def _find_begun(word: str) -> str:
    """The field that the first words of a heading name; empty if they name none, or somebody else's."""
    text = " ".join(word.replace("/", " ").split())
    if not _OF_OTHERS.isdisjoint(text.split()):
        return ""
    return next((name for name, words in _BEGINNINGS.items() if any(f"{text} ".startswith(f"{w} ") for w in words)), "")


def split_lines(content: bytes) -> tuple[str, int] | None:
    """The list with tabs between its columns, and the first line that cannot be split (0 for none).

    None for any other list: one with a delimiter, or without headings that a separator apart from delimiters uncovers.
    """
    if b"\0" in content[:4096] or content[:4] in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"} or b"<" in content[:1]:
        return None
    lines = encodings.decode(content, None)[0].splitlines()
    for at, line in enumerate(lines[:HEADING_WITHIN]):
        if any(sign in line for sign in DELIMITERS[:-1]):
            return None
        for separator in _SEPARATORS:
            cells = separator.split(line.strip(_MARKS))
            fields = find_fields(cells).values()
            if len(fields) > 1 and "login" in fields:
                return _join(lines, at, separator, len(cells))
    return None


def _join(lines: Sequence[str], at: int, separator: re.Pattern[str], width: int) -> tuple[str, int]:
    rows = [[cell.strip("* ") for cell in separator.split(line.strip("*• ") + " ")] for line in lines[at:]]
    uneven = (
        number
        for number, cells in enumerate(rows, start=at + 1)
        if len(cells) != width and any(map(str.isalnum, "".join(cells)))
    )
    return "\n" * at + "\n".join("\t".join(cells) for cells in rows), next(uneven, 0)
