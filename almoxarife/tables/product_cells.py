"""Converts the cells of a product's row to wire values: amounts, quantities, codes, units.

Only the notation of numbers and codes is parsed here; the server validates the values.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

from almoxarife.brazil import format_number, parse_money, parse_number, round_money
from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, Unusable, as_text
from almoxarife.tables.headings import IS_NOT_SOLD, plain
from almoxarife.tables.notation import Notation
from almoxarife.tables.vocabulary.fields import (
    BARCODE,
    BOX,
    COST,
    MINIMUM,
    NAME,
    PER_BOX,
    PRICE,
    SKU,
    STATUS,
    STOCK,
    UNIT,
)
from almoxarife.wire.codes.gtin import clean_code, is_gtin, means_no_code
from almoxarife.wire.codes.units import Unit, read_unit
from almoxarife.wire.fields import fold

LABELS = {
    NAME: "Produto", UNIT: "Unidade", BARCODE: "Código de barras", MINIMUM: "Estoque mínimo", PRICE: "Preço",
    STOCK: "Estoque", COST: "Custo", SKU: "Código curto", BOX: "Código da caixa", PER_BOX: "Qtd. na caixa",
    STATUS: "Situação",
}  # fmt: skip
NUMBERS = (MINIMUM, STOCK, PER_BOX)
AMOUNTS = (PRICE, COST)
MAX_SKU_LENGTH = 40
_BELOW_ZERO = "Importado sem o estoque, que está negativo: conte-o e registre um ajuste."
_NO_BARCODE = "Importado sem código de barras: “{}” não é um código."
_SHELF_CODE = "O código {} é curto demais para um código de barras: fica como código curto."
_MAX_SHELF_CODE_LENGTH = 6
_BOX_OF_NONE = "Importado sem o código da caixa: falta quantas unidades vêm nela."

_CENTAVO = Decimal("0.01")
_NULLS = {"NULL", "\\N"}
_BLANK_WORDS = {"null", "\\n", "nan", "none", "n/a", "n/d", "#n/d", "nil", "--", "---", "\N{EM DASH}", "\N{EN DASH}"}
_SOLD_OUT = {"esgotado", "esgotada", "zerado", "zerada", "sem estoque", "em falta", "nenhum", "nenhuma"}
_LAST_LETTERS = frozenset("lLnNeEaAdD")
"""The last letters of those words, for a fast test: most cells end in a digit."""
_LARGEST = Decimal(10) ** 15
_MONEY = re.compile(r"\$|\b(?:brl|reais)\b", re.IGNORECASE)
"""A sign of money, which no quantity has."""
_CUT_CODE = re.compile(r"[3-9]\d{3,5}0{8,10}", re.ASCII)
"""What is left of a barcode that a spreadsheet has shown as 7,89E+12, and then saved so."""
_DATE = re.compile(
    r"\d\d/\d\d/\d{4}( \d\d:\d\d)?|\d{1,2}[/-](jan|fev|mar|abr|mai|jun|jul|ago|set|out|nov|dez)\.?([/-]\d\d)?",
    re.ASCII,
)
"""A text such as "1-5" that a spreadsheet has taken for a date, and shows as "01/mai"."""
_A_DATE = "a planilha mostra uma data. Formate a coluna como texto e escreva-o outra vez."
TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|em|font|strong|small|sup|sub|ul|ol|li|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE
)
"""A tag of HTML, as of a description written for a shop's pages."""
_AMOUNT = re.compile(r"R\$ ?\d[\d.,]*", re.ASCII | re.IGNORECASE)
_CUT = "uma planilha cortou este código. Formate a coluna como texto e copie os números outra vez."
_NO_QUANTITY = "é um valor em dinheiro, e não uma quantidade. Confira se esta é a coluna certa."
_A_PRICE = "parece um preço, e não um nome. Confira se as células desta linha estão nas suas colunas."
_NO_CODE = re.compile(rf"{_DATE.pattern}|\d([.,]\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_NO_SKU = "Importado sem o código curto: a planilha o transformou em {}."
_YES = {"sim", "s", "yes", "y", "true", "verdadeiro", "v", "1", "x"}
_NO = {"nao", "n", "no", "false", "falso", "f", "0", "-1", "i"}
_NO_MORE = {
    *("fora de linha", "lixeira", "rascunho", "draft", "archived", "inactive", "disabled", "deleted", "discontinued"),
    *(f"{word}{end}" for end in "oa" for word in (
        "inativ", "desativad", "desabilitad", "bloquead", "excluid", "arquivad", "descontinuad", "suspens", "cancelad",
        "deletad", "obsolet",
    )),
}  # fmt: skip
_NUMBER = re.compile(r"\d[\d.,]*\d")
_POINT_FOR_COMMA = str.maketrans(",.", ".,")

_PRICED = re.compile(r"((?:R\$ *)?\d[\d.,]*) *+(/|p/|por |a |o )? *+([^\W\d_][^\d]{0,20}[²³23]?)", re.IGNORECASE)
"""A price of one unit: "19,90/kg", "R$ 5,00 un", "12,00 a dúzia"."""
_MAX_PRICE_LENGTH = 60
_CENTAVOS = re.compile(r"[.,]\d\d$", re.ASCII)
_EACH = {"cada", "c/u", "cada um", "cada uma", "a vista", "vista"}
"""Words behind a price that tell no unit."""
_COUNTED = re.compile(r"([-+(]*\d[\d.,]*\)?) *([^\W\d_][^\d]{0,20}[²³23]?)")

Values = dict[str, object]
Units = Mapping[str, str]
"""Abbreviations of the shop's own units, by folded name and by folded abbreviation."""
NO_UNITS: Units = {}
_UNITS = {unit.value for unit in Unit}


def is_blank(name: str, cell: Cell) -> bool:
    """Whether the cell is empty, or has a word that other programs write for an empty value: NULL, nan, "R$ -"."""
    if name in {NAME, BARCODE, BOX} or not isinstance(cell, str):
        return cell == "" or (name == NAME and cell in _NULLS)
    if cell[-1:].isalnum() and cell[-1] not in _LAST_LETTERS:
        return False
    return cell == "" or cell.casefold() in _BLANK_WORDS or notation.bare(cell) in {"", "-"}


def is_sold(heading: str, text: str) -> bool:
    """Whether a cell of the status column means that the product is sold.

    It is not sold if the cell is "Inativo" under "Situação", "N" under "Ativo", or "S" under "Inativo".
    """
    folded = fold(text)
    if any(plain(heading) in words for words in IS_NOT_SOLD[STATUS]):
        return folded not in _YES | _NO_MORE and not _DATE.fullmatch(text)
    return folded not in _NO | _NO_MORE


def drop_unusable(values: Values) -> str:
    """Drop unusable stock and codes from ``values``, and move others to their fields; returns sentences about that."""
    remarks = []
    stock = values.get(STOCK)
    if isinstance(stock, int | float) and stock < 0:
        del values[STOCK]
        remarks.append(_BELOW_ZERO)
    if _NO_CODE.fullmatch(str(values.get(SKU, ""))):
        remarks.append(_NO_SKU.format(values.pop(SKU)))
    codes = str(values.get(BARCODE, ""))
    if codes and not means_no_code(codes):
        remarks += _take_codes(values, codes)
    box, per_box = str(values.pop(BOX, "")).replace(" ", ""), values.pop(PER_BOX, 0)
    if box and not means_no_code(box) and box.lstrip("0") != str(values.get(BARCODE, "")).lstrip("0"):
        if isinstance(per_box, int | float) and per_box > 1:
            values["codigos"] = [*cast("list[object]", values.get("codigos", [])), {"codigo": box, "fator": per_box}]
        else:
            remarks.append(_BOX_OF_NONE)
    return " ".join(remarks)


def _take_codes(values: Values, text: str) -> list[str]:
    """Split a cell with several codes, and move a short code to its field; returns sentences about what was changed."""
    several = [code for code in re.split(r"[;,/|\s]+", text) if code]
    if len(several) > 1 and all(map(is_gtin, several)):
        values[BARCODE] = several[0]
        further = {code.zfill(14): code for code in several[1:] if code.zfill(14) != several[0].zfill(14)}
        values["codigos"] = [{"codigo": code, "fator": 1} for code in further.values()]
    elif not any(c.isdigit() for c in text):
        del values[BARCODE]
        return [_NO_BARCODE.format(text[:40])]
    elif text.isascii() and text.isdigit() and len(text) <= _MAX_SHELF_CODE_LENGTH and SKU not in values:
        del values[BARCODE]
        values[SKU] = text
        return [_SHELF_CODE.format(text)]
    return []


class Unreadable(ValueError):
    """The cell cannot be read; the message says why."""


@dataclass(frozen=True)
class Signs:
    """The decimal sign of a column.

    ``column`` is detected; ``decimal_point`` is what the person has chosen, None for no choice.
    """

    column: Notation
    decimal_point: bool | None

    @property
    def refuse_ambiguous(self) -> bool:
        """Whether ambiguous numbers must be refused."""
        if self.decimal_point is None or self.column is Notation.BOTH:
            return self.column in {Notation.UNDECIDED, Notation.BOTH}
        return self.column is (Notation.COMMA if self.decimal_point else Notation.POINT)

    def is_point(self, text: str) -> bool:
        """Whether the decimal sign of this number is a point."""
        if self.decimal_point is not None:
            return self.decimal_point
        if self.column is Notation.BOTH:
            return notation.detect([text]) is Notation.POINT
        return self.column is Notation.POINT


def read_value(name: str, cell: Cell, signs: Signs, units: Units = NO_UNITS) -> object:
    """The cell as a wire value. ``units`` are the shop's own. Raises Unreadable."""
    if isinstance(cell, Unusable):
        raise Unreadable(f"{LABELS[name]}{f' “{cell.shown}”' if cell.shown else ''}: {cell.reason}")
    if name == UNIT:
        return read_unit(as_text(cell), units)  # the server checks unknown units
    if name in {BARCODE, BOX}:
        return _read_barcode(name, as_text(cell))
    if name == SKU:
        return as_text(cell).removeprefix("'")
    if name == NAME:
        text = as_text(cell)
        if "</" in text or "<br" in text:  # "Camiseta <P>" has a size
            text = " ".join(TAG.sub(" ", text).split())
        if _DATE.fullmatch(text):
            raise Unreadable(f"{LABELS[NAME]} “{text}”: {_A_DATE}")
        if text and not any(map(str.isalnum, text)):
            raise Unreadable(
                f"{LABELS[NAME]} “{text}”: não é um nome. Se a linha é de um produto, escreva como se chama."
            )
        if _AMOUNT.fullmatch(text):
            raise Unreadable(f"{LABELS[NAME]} “{text}”: {_A_PRICE}")
        return text
    return _quantity(name, cell, signs) if name in NUMBERS else _money(name, cell, signs)


def _read_barcode(name: str, text: str) -> str:
    if _CUT_CODE.fullmatch(text):
        raise Unreadable(f"{LABELS[name]} {text}: {_CUT}")
    return clean_code(text) if any(map(str.isdigit, text)) else text


def find_unit(cell: Cell, units: Units) -> str | None:
    """The unit after a number, KG of "12,5 quilos"; None without number or known unit."""
    found = _COUNTED.fullmatch(cell) if isinstance(cell, str) else None
    code = read_unit(found[2], units) if found else None
    return code if code in _UNITS or code in units.values() else None


def split_price(cell: Cell) -> tuple[str, str] | None:
    """The amount and the word of "19,90/kg", "12,00 a dúzia" or "10,00 cada"; None for any other cell."""
    if not isinstance(cell, str) or len(cell) > _MAX_PRICE_LENGTH:
        return None
    if (cell[-1:].isdecimal() and not cell[-2:-1].isalpha()) or notation.is_number(cell):
        return None  # most of them end with a digit
    found = _PRICED.fullmatch(cell)
    if found is None or not (found[2] or "$" in found[1] or _CENTAVOS.search(found[1]) or fold(found[3]) in _EACH):
        return None  # "10 un" is a quantity, in the wrong column
    if not found[2] and fold(found[3]) == "mil":
        return None  # "R$ 15 mil" is fifteen thousand, and "R$ 900,00/mil" the price of a thousand
    return found[1], found[3].strip()


def read_unit_of_price(word: str, units: Units) -> str | None:
    """The unit after a price; None for "cada", and for an unknown one."""
    code = read_unit(word, units)
    return code if code in _UNITS or code in units.values() else None


def is_of_each(word: str) -> bool:
    """Whether the word after a price tells no unit."""
    return fold(word) in _EACH


def without_unit(cell: Cell, unit: str, units: Units) -> Cell:
    """The cell without its unit, if that is the product's: "10 UN" becomes "10"."""
    found = _COUNTED.fullmatch(cell) if isinstance(cell, str) else None
    return found[1] if found and read_unit(found[2], units) == unit else cell


def _quantity(name: str, cell: str | Decimal, signs: Signs) -> int | float:
    if name == STOCK and isinstance(cell, str) and cell[-1:].isalpha() and fold(cell) in _SOLD_OUT:
        return 0
    if isinstance(cell, str) and not cell.isdecimal() and _MONEY.search(cell):
        raise Unreadable(f"{LABELS[name]} “{cell}”: {_NO_QUANTITY}")
    number = _within_bounds(name, cell) if isinstance(cell, Decimal) else _read(parse_number, name, cell, signs)
    return int(number) if number == number.to_integral_value() else float(number)


def _money(name: str, cell: str | Decimal, signs: Signs) -> str:
    if isinstance(cell, Decimal):
        amount = _within_bounds(name, cell).quantize(
            _CENTAVO, ROUND_HALF_UP
        )  # as the spreadsheet displays the result of a formula
    elif name == COST:
        amount = round_money(_read(parse_number, name, cell, signs))
    else:
        amount = _read(parse_money, name, cell, signs)
    if amount < 0:
        raise Unreadable(f"{LABELS[name]}: não pode ser negativo.")
    return f"{abs(amount):.2f}"  # abs: a tiny negative amount must not become "-0.00"


def _within_bounds(name: str, number: Decimal) -> Decimal:
    if abs(number) >= _LARGEST:
        raise Unreadable(f"{LABELS[name]} “{format_number(number)[:20]}…”: o número é grande demais.")
    return number


def _read(parse: Callable[[str], Decimal], name: str, text: str, signs: Signs) -> Decimal:
    if signs.refuse_ambiguous and notation.is_ambiguous(text):
        raise Unreadable(
            f"{LABELS[name]} “{text}”: não se sabe se o sinal separa milhares ou decimais. Escolha isso acima,"
            " ou escreva o número por inteiro, como 1.234,50."
        )
    bare = notation.bare(text)
    decimal_point = signs.is_point(bare)
    swapped = bare.translate(_POINT_FOR_COMMA) if decimal_point else bare
    try:
        return parse(swapped)
    except ValueError as error:
        sentence = _NUMBER.sub(lambda found: found[0].translate(_POINT_FOR_COMMA), str(error))
        sentence = sentence.replace("da vírgula", "do ponto") if decimal_point else str(error)
        if name in NUMBERS and _COUNTED.fullmatch(text):
            sentence = "a unidade é outra que a do produto. Escreva só o número, na unidade dele."
        elif name in AMOUNTS and (priced := split_price(text)) and read_unit_of_price(priced[1], NO_UNITS):
            sentence = "é o preço de outra unidade que a do produto. Escreva só o valor, de uma unidade dele."
        elif not any(map(str.isdigit, text)):
            sentence = f"{sentence.rstrip('.')}, ou deixe a célula vazia."
        raise Unreadable(f"{LABELS[name]} “{text}”: {sentence[0].lower()}{sentence[1:]}") from None
