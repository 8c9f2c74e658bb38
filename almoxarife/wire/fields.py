"""Types of fields on the wire: texts, quantities, money, and the parameters of queries.

Numbers are never guessed or rounded, because a rounded quantity is a wrong balance: booleans, NaN, exponents in a text
and a fifth decimal are refused.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_QUANTITY = Decimal("99999999999")
MAX_MONEY = Decimal("9999999999.99")
MAX_DECIMALS = 4
_MAX_MARKS = 30
"""Combining marks in a row, the limit of Unicode's stream-safe text format."""
_SHORT = 300
"""Characters of a text that is normalized quickly, whatever it contains."""
ERASED_PERSON = "Usuário removido #"
SCALE = 10_000
"""Quantities are stored and calculated in ten-thousandths of the product's unit."""


def refuse(code: str, message: str) -> PydanticCustomError:
    """The error for a validator to raise. ``message`` is a Portuguese sentence, shown to people as it is."""
    return PydanticCustomError(code, message)


# --- text ---------------------------------------------------------------------------


def has_endless_marks(text: str) -> bool:
    """Whether more combining marks (accents) follow one another than any language has.

    Normalizing takes time with the square of their number: a megabyte of them would block the interpreter for hours.
    """
    if len(text) <= _SHORT or text.isascii():
        return False
    marks = 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks > _MAX_MARKS:
            return True
    return False


def normalize_text(text: str) -> str:
    """NFC, trimmed, with single spaces. Raises PydanticCustomError for control and format characters."""
    text = text.strip()  # text copied from a spreadsheet ends with a line break
    if text.isascii() and text.isprintable():  # nearly every text, in a fifth of the time
        return " ".join(text.split())
    if not has_endless_marks(text):
        text = unicodedata.normalize("NFC", text)
        if not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for c in text):
            return " ".join(text.split())
    raise refuse("texto_controle", "Contém caracteres que não podem ser usados.")


# Default_Ignorable_Code_Point without format characters, which are refused anyway; and two blanks that are symbols.
_INVISIBLE = frozenset(
    chr(point)
    for first, last in (
        *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
        *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFFC, 0xFFFC), (0x1D159, 0x1D159)),
        (0xE0100, 0xE01EF),
    )
    for point in range(first, last + 1)
)


def is_invisible(character: str) -> bool:
    """Whether a single character has no visible form, although Unicode does not count it as a space."""
    return character in _INVISIBLE


def _shows_something(text: str) -> bool:
    """Whether the text has a visible letter, digit or symbol; a combining mark alone does not count."""
    return text.isascii() or any(unicodedata.category(c)[0] in "LNPS" and c not in _INVISIBLE for c in text)


def fold(text: str) -> str:
    """The text without accents and case, for searching and for loose comparisons ("Açúcar" = "acucar")."""
    if text.isascii():
        return text.lower()  # the same result, many times faster
    if has_endless_marks(text):
        text = "".join(c for c in text if not unicodedata.combining(c))
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def fold_case(text: str) -> str:
    """The text without case but with accents, for unique names: "VOVÓ" = "vovó", but not "vovô"."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    return normalize_text(value)


def _bounded(max_length: int, empty: str) -> AfterValidator:
    def check(text: str) -> str:
        if not text:
            raise refuse("texto_vazio", empty)
        if len(text) > max_length:
            raise refuse("texto_longo", f"Use no máximo {max_length} caracteres.")
        return text

    return AfterValidator(check)


def _name(max_length: int, empty: str) -> AfterValidator:
    """For texts that are searched by ``fold``, which can turn one character into eighteen."""

    def check(text: str) -> str:
        if "\ufffd" in text:
            raise refuse("texto_perdido", "Há letras que se perderam (�). Digite-as de novo.")
        if not _shows_something(text):
            raise refuse("texto_vazio", empty)
        if not text.isascii() and len(fold(text)) > 2 * max_length:
            raise refuse(
                "texto_longo", f"Contém sinais que valem por muitas letras. Use no máximo {max_length} letras."
            )
        return text

    return AfterValidator(check)


def _may_be_taken(text: str) -> str:
    if any(c in _INVISIBLE for c in text):
        raise refuse("texto_controle", "Contém caracteres que não podem ser usados.")
    return require_own_name(text)


def require_own_name(text: str) -> str:
    """Raises PydanticCustomError for a name that people would take for that of an erased person."""
    if fold(text).startswith(fold(ERASED_PERSON).rstrip(" #")):
        raise refuse("nome_reservado", "Este nome é reservado. Escolha outro.")
    return text


def _empty_is_absent(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _no_slash(text: str) -> str:
    if "/" in text:
        raise refuse("nome_barra", "O nome não pode conter “/”.")
    return text


_REFUSED = r"\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
"""What ``normalize_text`` refuses, as far as a regular expression can say it without Unicode categories."""
ONE_LINE = rf"^\s*[^\s{_REFUSED}]([^{_REFUSED}]*[^\s{_REFUSED}])?\s*$"
"""This pattern and the ones below describe texts in the OpenAPI document; the validators above decide."""
_NO_SIGN = _REFUSED.replace(r"\u0000-\u001f", r"\u0000-\u0008\u000b\u000c\u000e-\u001f")
SEVERAL_LINES = rf"^\s*[^\s{_NO_SIGN}][^{_NO_SIGN}]*$"
PERHAPS_LINES = rf"^[^{_NO_SIGN}]*$"
PERHAPS_A_LINE = rf"^\s*[^{_REFUSED}]*\s*$"
_NO_SLASH = rf"^\s*[^\s/{_REFUSED}]([^/{_REFUSED}]*[^\s/{_REFUSED}])?\s*$"


def _string_schema(max_length: int, pattern: str = ONE_LINE) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": pattern})


Username = Annotated[
    str,
    BeforeValidator(_text),
    _bounded(60, "Digite o nome de usuário."),
    AfterValidator(_no_slash),
    _string_schema(60, _NO_SLASH),
]
"""For a login: as its owner types it."""
NewUsername = Annotated[Username, _name(60, "Digite o nome de usuário."), AfterValidator(_may_be_taken)]
FullName = Annotated[
    str,
    BeforeValidator(_text),
    _bounded(60, "Digite o nome completo."),
    _name(60, "Digite o nome completo."),
    AfterValidator(require_own_name),
    _string_schema(60),
]
ProductName = Annotated[
    str,
    BeforeValidator(_text),
    _bounded(200, "Digite o nome do produto."),
    _name(200, "Digite o nome do produto."),
    _string_schema(200),
]
ShopName = Annotated[
    str,
    BeforeValidator(_text),
    _bounded(200, "Digite o nome da loja."),
    _name(200, "Digite o nome da loja."),
    _string_schema(200),
]
UnitName = Annotated[str, BeforeValidator(_text), _bounded(60, "Digite o nome da unidade."), _string_schema(60)]
Reason = Annotated[str, BeforeValidator(_text), _bounded(200, "Informe o motivo."), _string_schema(200)]
Note = Annotated[str, BeforeValidator(_text), _bounded(120, "Preencha este campo."), _string_schema(120)]
OptionalReason = Annotated[Reason | None, BeforeValidator(_empty_is_absent)]
OptionalNote = Annotated[Note | None, BeforeValidator(_empty_is_absent)]
Sku = Annotated[str, BeforeValidator(_text), _bounded(40, "Digite o código curto."), _string_schema(40)]
OptionalSku = Annotated[Sku | None, BeforeValidator(_empty_is_absent)]
Id = Annotated[str, BeforeValidator(_text), _bounded(60, "Informe o código."), _string_schema(60)]


def _password(value: Any) -> str:
    """The password as typed, in NFC. It is not trimmed: that would be another password than the person knows."""
    if not isinstance(value, str):
        raise refuse("senha_tipo", "A senha deve ser um texto.")
    if not value:
        raise refuse("senha_vazia", "Digite a senha.")
    if len(value) > 256:
        raise refuse("senha_longa", "Use no máximo 256 caracteres.")
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in value):
        raise refuse("senha_controle", "A senha contém caracteres que não podem ser usados.")
    return unicodedata.normalize("NFC", value)


_TYPED = r"^[^\u0000-\u001f\u007f-\u009f]*$"
Password = Annotated[
    str,
    BeforeValidator(_password),
    WithJsonSchema({"type": "string", "format": "password", "minLength": 1, "maxLength": 256, "pattern": _TYPED}),
]


# --- numbers ------------------------------------------------------------------------


def _number(value: Any) -> Decimal:
    """A JSON number; from older clients also a text of 1 to 11 digits."""
    if isinstance(value, bool):
        raise refuse("quantidade_tipo", "A quantidade deve ser um número.")
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) <= 11):
            raise refuse("quantidade_texto", "A quantidade deve ser um número, sem letras nem sinais.")
        return Decimal(value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        raise refuse("quantidade_tipo", "A quantidade deve ser um número.")
    return value


def _in_range(value: Decimal) -> Decimal:
    if abs(value) > MAX_QUANTITY:
        raise refuse("quantidade_limite", "A quantidade passa do limite de 99.999.999.999.")
    if value != round(value, MAX_DECIMALS):
        raise refuse("quantidade_decimais", "Use no máximo 4 casas decimais.")
    return value


def _positive(value: Decimal) -> Decimal:
    if value <= 0:
        raise refuse("quantidade_positiva", "Informe uma quantidade maior que zero.")
    return value


def _not_zero(value: Decimal) -> Decimal:
    if value == 0:
        raise refuse("quantidade_zero", "Informe uma quantidade diferente de zero.")
    return value


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise refuse("quantidade_negativa", "Não pode ser negativo.")
    return value


def _to_json_number(value: Decimal) -> int | float:
    """An int for whole numbers, else a float, which is exact for up to 15 significant digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def ten_thousandths_to_json(quantity: int) -> int | float:
    """A quantity in ten-thousandths as the number of the wire; faster than by Decimal, for long lists."""
    whole, rest = divmod(quantity, SCALE)
    return quantity / SCALE if rest else whole


_quantity_schema = {"type": "number", "maximum": 99999999999, "description": "At most 4 decimals."}
_as_json_number = PlainSerializer(_to_json_number, when_used="json")
_NumberInRange = Annotated[Decimal, BeforeValidator(_number), AfterValidator(_in_range)]

SignedQuantity = Annotated[
    _NumberInRange,
    AfterValidator(_not_zero),
    _as_json_number,
    WithJsonSchema({**_quantity_schema, "minimum": -99999999999, "not": {"const": 0}}),
]
PositiveQuantity = Annotated[
    _NumberInRange,
    AfterValidator(_positive),
    _as_json_number,
    WithJsonSchema({**_quantity_schema, "exclusiveMinimum": 0}),
]
MinimumStock = Annotated[
    _NumberInRange,
    AfterValidator(_not_negative),
    _as_json_number,
    WithJsonSchema({**_quantity_schema, "minimum": 0}),
]
Quantity = Annotated[Decimal, BeforeValidator(_number), _as_json_number, WithJsonSchema({"type": "number"})]
"""A quantity in a response; it may be negative or zero."""


def _money(value: Any) -> Decimal:
    """An amount of reais as a text ("19.90"), because a float would lose centavos."""
    if isinstance(value, Decimal):
        amount = value
    else:
        digits = value.replace(".", "", 1) if isinstance(value, str) else ""
        is_number = digits.isascii() and digits.isdigit() and value[0] != "." != value[-1]
        if not is_number or len(value) > 50:
            raise refuse("valor_texto", "Informe o valor em reais como texto, por exemplo “19.90”.")
        amount = Decimal(value)
    if not 0 <= amount <= MAX_MONEY:
        raise refuse("valor_limite", "O valor deve ficar entre 0 e 9.999.999.999,99.")
    if amount != round(amount, 2):
        raise refuse("valor_decimais", "Use no máximo 2 casas decimais (centavos).")
    return amount


Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    PlainSerializer(lambda value: f"{value:.2f}", when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,2})?$", "example": "19.90"}),
]

# --- queries ------------------------------------------------------------------------


def _flag(value: Any) -> bool:
    if value not in {"0", "1", False, True}:
        raise refuse("valor_flag", "Use 0 ou 1.")
    return value in {"1", True}


def _digits(value: Any) -> Any:
    """Only digits are a number in a query, although Python would accept "1_0" and "1.0" too."""
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise refuse("valor_inteiro", "Deve ser um número inteiro.")
    return value


MAX_COUNTED = 10_000_000
_ENCODED_AGAIN = re.compile(r"(?<!\d)%20|%[Cc][23]%[89ABab][0-9A-Fa-f]|[\u00c2\u00c3][\u0080-\u00bf]")
""" "caf%C3%A9" or "cafÃ©", from a program that encoded the text twice. "Creme 17%200g" is a name."""
_ANOTHER_PARAMETER = re.compile(r"[;?&](?:amp;)?[a-z_]+=")


def _search_words(text: str) -> str:
    if _ENCODED_AGAIN.search(" ".join(text.split())):  # "MAÇÃ" and a no-break space, as web pages have it, would match
        raise refuse("busca_codificada", "O texto foi codificado duas vezes: envie-o em UTF-8, uma vez só.")
    if _ANOTHER_PARAMETER.search(text):
        raise refuse("busca_parametro", "Separe os parâmetros com “&”, sem outro sinal.")
    return text


SearchWords = Annotated[str, AfterValidator(_search_words)]
"""Words to search in names of products or people. Refuses what only a wrongly encoded query contains."""
MAX_PAGE_SIZE = 500
"""Rows of a page of a list. A full page means that there may be more."""
Limit = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=MAX_PAGE_SIZE),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}),
]
"""The number of rows to answer with."""
HourOfDay = Annotated[
    int, BeforeValidator(_digits), Field(ge=0, le=23), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 23})
]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "integer", "enum": [0, 1]})]
"""``1`` or ``0`` in a query."""
AtMost = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=1, le=MAX_COUNTED),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_COUNTED}),
]
"""How many rows are examined at most, for counts that would take too long."""
Cursor = Annotated[
    int,
    BeforeValidator(_digits),
    Field(ge=0, le=2**53),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 2**53}),
]
"""The ``seq`` or id that a page starts after; 0 for the first page."""
