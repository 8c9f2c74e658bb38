"""The number of a barcode (GS1's GTIN), in 8, 12, 13 or 14 places.

It is one number in all of them: they differ in leading zeros, and a scanner may add or
leave out some. It is compared with 14 places and shown as it was written when it was registered.
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
"""First words of what invoices and spreadsheets write where there is no code: "SEM GTIN", "N/A", "Não tem"."""
_WORDS = re.compile(r"[a-z]+")
_JOINED = re.compile(
    r"x+|(?:a|em|sem|nao|nenhuma?)?(?:gtin|ean|codigos?|cods?|barras?|de|ha|tem|possui|informad[oa]|cadastrad[oa]|consta"
    r"|aplicavel|se|aplica|existe|cadastrar|definir|branco|registro|produto|do|upc|ref|referencia)*"
)
"""The same without the spaces, as a spreadsheet's formula leaves them."""
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_DRESS = re.compile(
    r"^(?:[=*'`’\"]|\](?:[A-Za-z][0-9])|\(01\)|(?:cod(?:igo)?|barras?|ean|gtin|upc|dun|de|-?(?:8|12|13|14)(?=\D))\b[\s:.\-]*)+",
    re.IGNORECASE,
)
"""What stands before a code: *, ="…, "EAN-13:", (01)."""
_SEVERAL = re.compile(r"\d{8,14}(?:[\s;,/|]+\d{8,14})+", re.ASCII)
_DECIMALS = re.compile(r"(\d{5,})[.,]0+")
_SIGNS = re.compile(r"(?<=\d)[.,'-](?=\d)")
_WHOLE = {7: 8, 10: 12, 11: 12}
"""Digits that are left when a code of the second number is kept as a number. Shorter ones are a shop's own codes."""


def is_gtin(digits: str) -> bool:
    """Whether these are 8, 12, 13 or 14 digits whose last one is the check digit; zeros alone are none."""
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()) or not digits.strip("0"):
        return False
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def to_gtin14(digits: str | None) -> str | None:
    """How codes are compared."""
    return None if digits is None else digits.zfill(14)


def means_no_code(text: str) -> bool:
    """Whether this stands for "no code": zeros or signs alone, or words that say so."""
    words = _WORDS.findall(fold(text))
    digits = sum(c.isdigit() and c != "0" for c in text)
    # "Sem EAN-13" has digits, a code that was lost on the way has more of them.
    if len(text) > 40 or digits > (2 if words and words[0].startswith(("sem", "nao")) else 0):
        return False
    if not words or words[0] in _NO_CODE:
        return True
    joined = "".join(words)
    is_said = joined.startswith(("sem", "nao", "nenhum", "x", "aca", "ade", "embr"))
    return is_said and _JOINED.fullmatch(joined) is not None


def clean_code(text: str) -> str:
    """The code in the cell of a list, however it is dressed, where all its digits are there and the last one proves it.

    As it stands, without spaces, where that cannot be told.
    """
    text = " ".join(text.split())
    if means_no_code(text):
        return text
    bare = _DRESS.sub("", text).rstrip("*'\"")
    digits = _unfold(bare.replace(" ", "")) or ""
    digits = digits[-14:] if digits[:-14].strip("0") == "" else digits
    if is_gtin(digits):
        return digits
    return text if _SEVERAL.fullmatch(text) else text.lstrip("'`’").replace(" ", "")


def repair_code(text: str) -> str | None:
    """The code that a spreadsheet has damaged, where its check digit proves what it was."""
    digits = _unfold(text)
    if digits is None:
        return None
    whole = digits.zfill(_WHOLE.get(len(digits), 0))
    return whole if is_gtin(whole) else None


def _unfold(text: str) -> str | None:
    """The digits that are still there; None where some are lost."""
    if scientific := _SCIENTIFIC.fullmatch(text):
        decimals, exponent = scientific[2] or "", int(scientific[3])
        # Shorter ones were rounded: a code that ends in so many zeros is nobody's.
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
