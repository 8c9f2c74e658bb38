"""Parses typed answers strictly; ambiguous ones are refused and asked for again.

Each function raises ValueError with a Portuguese sentence. Centavos need two digits, after a comma or a
dot: "10.5" may be a typing error, and "1.234" may mean a thousand or one real.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from almoxarife import brazil
from almoxarife.wire.fields import MAX_MONEY
from almoxarife.wire.times import EARLIEST_YEAR, LATEST_YEAR

FIRST_BIRTH_YEAR = 1900

_AMOUNT = re.compile(r"([0-9]+)(?:[.,]([0-9]{2}))?")
_AMOUNT_WITH_THOUSANDS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{2})")
_DAY = re.compile(r"([0-9]{2})(/?)([0-9]{2})\2([0-9]{4})")
_LOOKS_LIKE_A_CPF = re.compile(r"[0-9 .-]+")


def read_who(text: str) -> str:
    """Return the eleven digits of a CPF, or a user name. Raises ValueError with a Portuguese sentence."""
    text = text.strip()
    digits = brazil.find_cpf(text)
    if digits is not None:
        return digits
    if not text:
        raise ValueError("Digite o CPF, ou o nome de usuário.")
    if _LOOKS_LIKE_A_CPF.fullmatch(text):
        raise ValueError("O CPF tem 11 dígitos. Digite de novo.")
    return text


def read_amount(text: str) -> Decimal:
    """Parse reais: "19,90", "19.90", "19" or "1.234,56". Raises ValueError with a Portuguese sentence."""
    text = text.strip().removeprefix("R$").strip()
    found = _AMOUNT.fullmatch(text) or _AMOUNT_WITH_THOUSANDS.fullmatch(text)
    if found is None:
        raise ValueError("Escreva o valor em reais assim: 19,90")
    amount = Decimal(f"{found[1].replace('.', '')}.{found[2] or '00'}")
    if amount == 0:
        raise ValueError("O valor deve ser maior que zero.")
    if amount > MAX_MONEY:
        raise ValueError(f"O valor vai até {brazil.format_number(MAX_MONEY)}.")
    return amount


def read_day(text: str) -> date | None:
    """Parse "20112026" or "20/11/2026"; None for an empty line. Raises ValueError with a Portuguese sentence."""
    text = text.strip()
    if not text:
        return None
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("Escreva o dia com oito algarismos: DDMMAAAA, ou DD/MM/AAAA.")
    try:
        day = date(int(found[4]), int(found[3]), int(found[1]))
    except ValueError:
        raise ValueError("Este dia não existe no calendário.") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"Use um dia de 01/01/{EARLIEST_YEAR} em diante.")
    return day


def read_number(text: str, last: int) -> int:
    """Parse a number from 1 to ``last``. Raises ValueError with a Portuguese sentence."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= last):
        raise ValueError("Digite 1." if last == 1 else f"Digite um número de 1 a {last}.")
    return int(text)


def read_birth_year(text: str) -> int:
    """Parse four digits, from ``FIRST_BIRTH_YEAR`` to this year. Raises ValueError with a Portuguese sentence."""
    text = text.strip()
    this_year = datetime.now(UTC).year
    if not (text.isascii() and text.isdigit() and len(text) == 4 and FIRST_BIRTH_YEAR <= int(text) <= this_year):
        raise ValueError(f"Digite o ano com quatro algarismos, de {FIRST_BIRTH_YEAR} a {this_year}.")
    return int(text)


def is_yes(text: str) -> bool:
    """Only "s" is a yes."""
    return text.strip().casefold() == "s"
