"""Numbers, money, dates, CPF and CNPJ as Brazil writes them. Imports no other module of ours.

Reading is strict: "1.5" and "10.00" are refused, because taking a dot for a decimal
comma (or the other way round) is an error of a factor of 10 or 100 by one key.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

SAO_PAULO = "America/Sao_Paulo"

_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?|(\d{2})(\d{2})(\d{4})")
_CPF = re.compile(r"([0-9]{3})\.?([0-9]{3})\.?([0-9]{3})-?([0-9]{2})")
_CPF_WEIGHTS = (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_DECIMAL_DOT = re.compile(r"-?[0-9]{1,10}\.[0-9]{1,2}")
_MAX_NAMES, _MAX_NAME_LENGTH = 8, 40
_MAX_NUMBER_LENGTH = 26
"""Longer texts are no quantity or amount, and would exceed the 28 digits of Decimal."""


_SPACES_BETWEEN = dict.fromkeys(map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"))
"""What programs write between thousands; typed spaces between digits may be two numbers."""


def parse_number(text: str) -> Decimal:
    """ "1.234,5" as a Decimal. Raises ValueError with a Portuguese sentence."""
    text = text.strip().translate(_SPACES_BETWEEN)
    if not _NUMBER.fullmatch(text) or not text.isascii() or len(text) > _MAX_NUMBER_LENGTH:
        raise ValueError(f"Escreva o número assim: {_with_comma(text) or '1.234,5'}")
    return Decimal(text.replace(".", "").replace(",", "."))


def parse_money(text: str) -> Decimal:
    """ "R$ 1.234,50" as reais. Raises ValueError with a Portuguese sentence."""
    text = text.strip().removeprefix("R$").strip()
    try:
        amount = parse_number(text)
    except ValueError:
        raise ValueError(f"Escreva o valor assim: {_with_comma(text) or '19,90'}") from None
    if amount != round(amount, 2):
        raise ValueError("Use no máximo 2 casas depois da vírgula.")
    return amount


def _with_comma(text: str) -> str:
    """ "18,90" for "18.90", whose dot separates no thousands; empty for any other text."""
    return text.replace(".", ",") if _DECIMAL_DOT.fullmatch(text) else ""


def round_money(amount: Decimal) -> Decimal:
    """Reais rounded to the centavo, half a centavo upwards. The only place where money is rounded."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def format_number(value: Decimal | int) -> str:
    """1234.5 as "1.234,5", without trailing zeros."""
    text = f"{Decimal(value):,f}"
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    whole = whole.replace(",", ".")
    return f"{whole},{decimals}" if decimals else whole


def format_names(names: Sequence[str]) -> str:
    """The first eight names, each cut after 40 characters, and how many more there are: "Cor, Peso e mais 3"."""
    listed = ", ".join(name[:_MAX_NAME_LENGTH] for name in names[:_MAX_NAMES])
    more = len(names) - _MAX_NAMES
    return f"{listed} e mais {format_number(more)}" if more > 0 else listed


def format_money(value: Decimal) -> str:
    """1234.5 as "R$ 1.234,50"."""
    text = f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return f"R$\N{NO-BREAK SPACE}{text}"


def format_time(moment: datetime, zone: tzinfo | None = None) -> str:
    """The local "14:03:02" of an aware moment."""
    return moment.astimezone(zone or ZoneInfo(SAO_PAULO)).strftime("%H:%M:%S")


def format_datetime(moment: datetime, zone: tzinfo | None = None) -> str:
    """The local "20/11/2026 14:03" of an aware moment."""
    return moment.astimezone(zone or ZoneInfo(SAO_PAULO)).strftime("%d/%m/%Y %H:%M")


def format_recent(moment: datetime, zone: tzinfo | None = None, *, now: datetime | None = None) -> str:
    """The local "14:03" of an aware moment of today, else "20/11 14:03"."""
    text = format_datetime(moment, zone)
    is_today = text[:10] == format_datetime(now or datetime.now(UTC), zone)[:10]
    return text[11:] if is_today else f"{text[:5]} {text[11:]}"


def parse_date(text: str, today: date) -> date:
    """ "20/11/2026", "20/11/26", "20/11" of the year of ``today``, or "20112026".

    Raises ValueError with a Portuguese sentence.
    """
    text = text.strip()
    found = _DATE.fullmatch(text) if text.isascii() else None
    if found is None:
        raise ValueError(f"Escreva o dia assim: {format_date(today)}")
    day, month, year = (found[4], found[5], found[6]) if found[4] else (found[1], found[2], found[3])
    century = "20" if len(year or "") == 2 else ""
    try:
        return date(int(f"{century}{year or today.year}"), int(month), int(day))
    except ValueError:
        raise ValueError("Este dia não existe no calendário.") from None


def format_date(day: date) -> str:
    """ "20/11/2026"."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


# --- people and firms -------------------------------------------------------------------


def find_cpf(text: str) -> str | None:
    """The eleven digits of "12345678901" or "123.456.789-01"; None for anything else. Does not check the digits."""
    found = _CPF.fullmatch(text.strip()) if text.isascii() else None
    return "".join(found.groups()) if found and (text.strip().isdigit() or len(text.strip()) == 14) else None


def is_cpf(digits: str) -> bool:
    """Whether the two check digits of eleven digits are right; eleven equal digits are refused."""
    if not _CPF.fullmatch(digits) or len(set(digits)) == 1:
        return False
    return all(digits[place] == _check_digit(digits[:place], _CPF_WEIGHTS[-place:]) for place in (9, 10))


def mask_cpf(digits: str) -> str:
    """ "***.456.789-**": enough to recognise a known person's CPF."""
    return f"***.{digits[3:6]}.{digits[6:9]}-**"


def normalize_cnpj(text: str) -> str:
    """The fourteen characters in capitals, without punctuation. Raises ValueError with a Portuguese sentence."""
    places = re.sub(r"[./ -]", "", text).upper()
    if not _CNPJ.fullmatch(places):
        raise ValueError("CNPJ inválido: confira os 14 caracteres.")
    return places


def is_cnpj(places: str) -> bool:
    """Whether the two check digits of fourteen characters are right; fourteen equal ones are refused.

    Since July 2026 the first twelve may be letters too, which count as their ASCII code less 48.
    """
    if not _CNPJ.fullmatch(places) or len(set(places)) == 1:
        return False
    return all(places[place] == _check_digit(places[:place], _CNPJ_WEIGHTS[-place:]) for place in (12, 13))


def _check_digit(places: str, weights: tuple[int, ...]) -> str:
    total = sum((ord(sign) - ord("0")) * weight for sign, weight in zip(places, weights, strict=True))
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)
