"""Barcodes of goods: GS1's GTIN with 8, 12, 13 or 14 digits.

The lengths are the same number with more or fewer leading zeros, which a scanner may add or leave out. So codes are
compared as GTIN-14, with leading zeros, and shown as they were registered.
"""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from almoxarife.wire.fields import fold, normalize_text, refuse

LENGTHS = (8, 12, 13, 14)

_NO_CODE = {
    *("sem", "s", "nao", "n", "na", "nd", "ni", "nt", "nenhum", "nenhuma", "nada", "vazio", "vazia"),
    *("sn", "sen", "inexiste", "falta", "no", "does", "interno", "zerado", "outro", "outros"),
    *("inexistente", "isento", "isenta", "null", "none", "nan", "nil", "nulo", "pendente", "indefinido", "ausente"),
    *("indisponivel", "aguardando", "faltando"),
}
"""First words of what invoices and spreadsheets contain instead of a code: "SEM GTIN", "N/A", "Não tem"."""
_WORDS = re.compile(r"[a-z]+")
_JOINED = re.compile(
    r"x+|(?:a|em|sem|nao|nenhuma?)?(?:gtin|ean|codigos?|cods?|barras?|de|ha|tem|possui|informad[oa]|cadastrad[oa]|consta"
    r"|aplicavel|se|aplica|existe|cadastrar|definir|branco|registro|produto|do|upc|ref|referencia)*"
)
"""Such words without spaces, as formulas of spreadsheets make them."""
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_PREFIX = re.compile(
    r"^(?:[=*'`’\"]|\](?:[A-Za-z][0-9])|\(01\)|(?:cod(?:igo)?|barras?|ean|gtin|upc|dun|de|-?(?:8|12|13|14)(?=\D))\b[\s:.\-]*)+",
    re.IGNORECASE,
)
"""What may stand before a code: *, ="…, "EAN-13:", (01)."""
_SEVERAL = re.compile(r"\d{8,14}(?:[\s;,/|]+\d{8,14})+", re.ASCII)
_DECIMALS = re.compile(r"(\d{5,})[.,]0+")
_SIGNS = re.compile(r"(?<=\d)[.,'-](?=\d)")
_WHOLE = {7: 8, 10: 12, 11: 12}
"""A code stored as a number loses its zeros: the remaining digits, and the full length. Fewer are a shop's own code."""


def is_gtin(digits: str) -> bool:
    """Whether these are 8, 12, 13 or 14 digits, not all zero, with the right check digit at the end."""
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()) or not digits.strip("0"):
        return False
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def to_gtin14(digits: str | None) -> str | None:
    """The code with leading zeros to 14 digits."""
    return None if digits is None else digits.zfill(14)


def means_no_code(text: str) -> bool:
    """Whether the text means "no code": only zeros or punctuation, or words that say so."""
    words = _WORDS.findall(fold(text))
    digits = sum(c.isdigit() and c != "0" for c in text)
    # "Sem EAN-13" has two digits; more of them are a code, perhaps a damaged one.
    if len(text) > 40 or digits > (2 if words and words[0].startswith(("sem", "nao")) else 0):
        return False
    if not words or words[0] in _NO_CODE:
        return True
    joined = "".join(words)
    is_said = joined.startswith(("sem", "nao", "nenhum", "x", "aca", "ade", "embr"))
    return is_said and _JOINED.fullmatch(joined) is not None


def clean_code(text: str) -> str:
    """The code in a cell of a spreadsheet without prefixes and punctuation, if its check digit is right.

    Otherwise the text without spaces; words that mean "no code", and several codes, as they are.
    """
    text = " ".join(text.split())
    if means_no_code(text):
        return text
    bare = _PREFIX.sub("", text).rstrip("*'\"")
    digits = _digits_of_number(bare.replace(" ", "")) or ""
    digits = digits[-14:] if digits[:-14].strip("0") == "" else digits
    if is_gtin(digits):
        return digits
    return text if _SEVERAL.fullmatch(text) else text.lstrip("'`’").replace(" ", "")


def repair_code(text: str) -> str | None:
    """The code that a spreadsheet has damaged, if the check digit shows what it was; else None."""
    digits = _digits_of_number(text)
    if digits is None:
        return None
    whole = digits.zfill(_WHOLE.get(len(digits), 0))
    return whole if is_gtin(whole) else None


def _digits_of_number(text: str) -> str | None:
    """The digits of a code written as a number; None if some are lost."""
    if scientific := _SCIENTIFIC.fullmatch(text):
        decimals, exponent = scientific[2] or "", int(scientific[3])
        # With fewer decimals the number was rounded: real codes do not end with so many zeros.
        return scientific[1] + decimals if len(decimals) == exponent else None
    whole = _DECIMALS.fullmatch(text)
    digits = whole[1] if whole else _SIGNS.sub("", text)
    return digits if digits.isascii() and digits.isdigit() else None


def _barcode(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    text = normalize_text(value).replace(" ", "")
    if is_gtin(text):
        return text
    if means_no_code(text):
        return None
    mended = repair_code(text)
    if mended is not None:
        raise refuse(
            "codigo_barras_danificado",
            f"Uma planilha parece ter mudado este código de barras. O certo é {mended}? Confira e escreva assim.",
        )
    if _SCIENTIFIC.fullmatch(text):
        raise refuse(
            "codigo_barras_danificado",
            "Uma planilha cortou este código de barras. Formate a coluna como texto e copie os números outra vez.",
        )
    if not (text.isascii() and text.isdigit()):
        raise refuse("codigo_barras_digitos", "O código de barras tem só números.")
    raise refuse("codigo_barras", "Código de barras inválido: confira os números (8, 12, 13 ou 14 dígitos).")


def _some_barcode(value: Any) -> str:
    barcode = _barcode(value)
    if barcode is None:
        raise refuse("codigo_barras", "Informe o código de barras.")
    return barcode


Barcode = Annotated[
    str,
    BeforeValidator(_some_barcode),
    WithJsonSchema({"type": "string", "maxLength": 40, "example": "17891000315504"}),
]
OptionalBarcode = Annotated[
    str | None,
    BeforeValidator(_barcode),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "maxLength": 40, "example": "7891000315507"}, {"type": "null"}],
            "description": "Um GTIN com 8, 12, 13 ou 14 dígitos; zeros, ou palavras como “SEM GTIN”, valem por nenhum.",
        }
    ),
]
