"""Cells of a list of people, as spreadsheets and people write them, in the form that ``POST /useradd`` takes.

A cell that is not understood is sent as it is, so that the sentence that refuses it can show it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from almoxarife.tables.cells import Cell, Unusable, as_text
from almoxarife.wire.fields import fold

_DAY_ZERO = date.fromisoformat("1899-12-30")
"""A spreadsheet stores a date as the number of days since this one."""
_MIN_DAYS = 7306
"""1920-01-01. A smaller number is no date: it may be a year, such as 1990."""
_MIN_AGE = 10
"""In years. A year of two digits is in this century only if the person is at least as old then."""
_MAX_DAY = 31
"""A larger first number is no day: in "90-03-05" it may be the year."""
_MIDNIGHT = re.compile(r"[ T]0?0:00(:00([.,]0+)?)?Z?", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})", re.ASCII)
_SHORT_YEAR = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d\d)", re.ASCII)
_MONTH_IN_WORDS = re.compile(r"(\d{1,2})(?:º|o)?(?: de |[ /.-])([a-zç]{3,9})\.?(?: de |[ /.-])(\d{4})")
_MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_PHONE_LABEL = re.compile(r"(?:tel|fone|cel|whats|zap|contato)[a-zà-ú]*\.?:?\s*", re.IGNORECASE)
_PHONE_AS_DECIMAL = re.compile(r"\d{8,15}[.,]0+", re.ASCII)
_NONE = {
    *("-", "--", "---", "\N{EN DASH}", "\N{EM DASH}", "n/a", "n/t", "s/n", "null", "nenhum", "sem", "sem email"),
    *("sem e-mail", "sem telefone", "sem celular", "nao tem", "nao possui", "nao informado", "nao ha"),
}
"""What people write for an address or a telephone that somebody does not have."""
_ADDRESS_IN_BRACKETS = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>")


def read_cell(name: str, cell: Cell) -> str:
    """The value of the field ``name``; a cell without a usable value as it is shown."""
    if isinstance(cell, Unusable):
        return cell.shown or "?"
    if name == "birthday":
        return _read_birthday(cell)
    text = as_text(cell).strip()
    if name in {"email", "phone"} and fold(text).rstrip(".") in _NONE:
        return ""
    if name == "email":
        return _read_email(text)
    return _read_phone(text) if name == "phone" else text


def split_name(full_name: str) -> dict[str, str]:
    """The first word, the last word, and all words between them. "Silva, Ana Maria" has the last name first."""
    last, comma, others_first = (part.strip() for part in full_name.partition(","))
    if comma and last and others_first and "," not in others_first:
        first, *others = others_first.split()
        return {"first_name": first, "patronymic": " ".join(others), "last_name": last}
    first, *others = full_name.split() or [""]
    return {"first_name": first, "patronymic": " ".join(others[:-1]), "last_name": "".join(others[-1:])}


def _read_birthday(cell: Cell) -> str:
    """The day in a form that the API reads; a text that is no day as it is."""
    today = datetime.now(UTC).date()
    if isinstance(cell, Decimal) and cell == int(cell) and _MIN_DAYS <= cell <= (today - _DAY_ZERO).days:
        return (_DAY_ZERO + timedelta(days=int(cell))).isoformat()
    text = _MIDNIGHT.sub("", as_text(cell).strip())
    if found := _YEAR_FIRST.fullmatch(text):
        return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}"
    if (found := _SHORT_YEAR.fullmatch(text)) and int(found[1]) <= _MAX_DAY:
        year = today.year // 100 * 100 + int(found[4])
        year -= 100 * (year > today.year)
        return f"{found[1]}/{found[3]}/{year}" if year <= today.year - _MIN_AGE else text
    found = _MONTH_IN_WORDS.fullmatch(fold(text))
    if found and found[2][:3] in _MONTHS:
        return f"{found[1]}/{_MONTHS.index(found[2][:3]) + 1}/{found[3]}"
    return text


def _read_email(text: str) -> str:
    """The address of "Ana <ana@loja>", "mailto:ana@loja" or "ana @loja"."""
    if found := _ADDRESS_IN_BRACKETS.search(text):
        return found[1]
    words = "@".join(map(str.strip, text.split("@"))).rstrip(";,. ").split()
    with_at = [word for word in words if "@" in word]
    if len(with_at) != 1:
        return text
    address = with_at[0].strip("<>()[]'\"")
    return address[7:] if address.casefold().startswith("mailto:") else address


def _read_phone(text: str) -> str:
    """The number without a label such as "Tel.:", and without points, which also mark decimals."""
    text = _PHONE_LABEL.sub("", _DASHES.sub("-", text.lstrip("'"))) if text else text
    if _PHONE_AS_DECIMAL.fullmatch(text):
        return re.split("[.,]", text)[0]
    return text.replace(".", "")
