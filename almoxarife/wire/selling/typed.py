"""Parses what a seller types at the till: ``3*`` before a product, quantities, money, discounts. No widget here."""

import re
from decimal import Decimal

from almoxarife.brazil import format_money, format_number, parse_money, parse_number
from almoxarife.wire.codes.scanned import is_code_long
from almoxarife.wire.fields import MAX_DECIMALS, MAX_MONEY, MAX_QUANTITY
from almoxarife.wire.selling.open_sale import HUNDRED, NO_DISCOUNT, Discount

_TIMES = re.compile(r"\s*([0-9.,]+)\s*\*(.*)", re.DOTALL)


def split_times(text: str) -> tuple[Decimal | None, str]:
    """(3, "café") for "3*café"; (None, text) if there is no number before an asterisk.

    Raises ValueError with a Portuguese sentence for a number that is no quantity.
    """
    found = _TIMES.fullmatch(text)
    if found is None:
        return None, text
    return read_quantity(found[1]), found[2]


def read_quantity(text: str) -> Decimal:
    """A quantity above zero with up to four decimals. Raises ValueError with a Portuguese sentence."""
    refuse_code(text)
    quantity = parse_number(text)
    if not 0 < quantity <= MAX_QUANTITY or quantity != round(quantity, MAX_DECIMALS):
        raise ValueError("Informe uma quantidade maior que zero, com até 4 decimais.")
    return quantity


def refuse_code(text: str) -> None:
    """Raises ValueError for a barcode in the place of a number; so large a number is accepted with points."""
    if is_code_long(text):
        written = format_number(Decimal(text.strip()))
        raise ValueError(f"Parece um código de barras. Se é mesmo {written}, escreva assim, com os pontos.")


def read_money(text: str) -> Decimal | None:
    """An amount of reais; None for an empty field. Raises ValueError with a Portuguese sentence."""
    if not text.strip():
        return None
    refuse_code(text)
    amount = parse_money(text)
    if not 0 <= amount <= MAX_MONEY:
        raise ValueError("O valor deve ficar entre 0 e 9.999.999.999,99.")
    return amount.quantize(Decimal("0.01"))


def read_discount(text: str) -> Discount:
    """The discount in "5,00", "R$ 5" or "10%"; none for an empty text. Raises ValueError with a Portuguese sentence."""
    text = text.strip()
    if not text.endswith("%"):
        reais = read_money(text)
        return NO_DISCOUNT if reais is None else Discount(reais=reais)
    try:
        percent = parse_number(text.removesuffix("%").strip())
    except ValueError:
        raise ValueError("Escreva o desconto assim: 5,00 ou 10%") from None
    if not 0 <= percent <= HUNDRED or percent != round(percent, 2):
        raise ValueError("O desconto vai de 0 a 100%, com até 2 decimais.")
    return Discount(percent=percent)


def plain_money(amount: Decimal) -> str:
    """An amount of reais as people type it, without "R$": "1.234,50"."""
    return format_money(amount).partition("\N{NO-BREAK SPACE}")[2]
