"""Units of products: the abbreviations of invoices (NF-e), and the other spellings that shops use.

The units of ``Unit`` always exist. Others, which an administrador adds, are known only to the server's table.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from almoxarife.wire.fields import fold, normalize_text, refuse

MAX_LENGTH = 6
"""Characters of an abbreviation."""


class Unit(StrEnum):
    """The standard units, by their abbreviations in the NF-e."""

    UN = "UN"
    CX = "CX"
    PC = "PC"
    PCT = "PCT"
    PAR = "PAR"
    DZ = "DZ"
    FD = "FD"
    SC = "SC"
    RL = "RL"
    KIT = "KIT"
    JG = "JG"
    MIL = "MIL"
    KG = "KG"
    G = "G"
    L = "L"
    ML = "ML"
    GL = "GL"
    M = "M"
    CM = "CM"
    M2 = "M2"
    M3 = "M3"


NAMES = {
    Unit.UN: "unidade", Unit.CX: "caixa", Unit.PC: "peça", Unit.PCT: "pacote", Unit.PAR: "par", Unit.DZ: "dúzia",
    Unit.FD: "fardo", Unit.SC: "saco", Unit.RL: "rolo", Unit.KIT: "kit", Unit.JG: "jogo", Unit.MIL: "milheiro",
    Unit.KG: "quilograma", Unit.G: "grama", Unit.L: "litro", Unit.ML: "mililitro", Unit.GL: "galão", Unit.M: "metro",
    Unit.CM: "centímetro", Unit.M2: "metro quadrado", Unit.M3: "metro cúbico",
}  # fmt: skip
MEASURED = {Unit.KG, Unit.G, Unit.L, Unit.ML, Unit.GL, Unit.M, Unit.CM, Unit.M2, Unit.M3}
"""Units whose quantities may have decimals; the others are counted in whole numbers."""

_SPELLINGS = {
    Unit.UN: "u und unid uni unidade ud unit each ea",
    Unit.CX: "caixa cxa box",
    Unit.PC: "peca pca piece pc/s",
    Unit.PCT: "pacote pcte pacot pt pack",
    Unit.PAR: "pr pares pair",
    Unit.DZ: "duzia dza duz dozen",
    Unit.FD: "fardo fdo frd",
    Unit.SC: "saco sac sca saca",
    Unit.RL: "rolo rol",
    Unit.KIT: "kt",
    Unit.JG: "jogo jgo conjunto cj cjto conj",
    Unit.MIL: "milheiro mlh milh milhar",
    Unit.KG: "kilo quilo quilograma kilograma kgr kilogramo kilogram",
    Unit.G: "gr grama grs gram",
    Unit.L: "lt litro ltr liter litre",
    Unit.ML: "mililitro",
    Unit.GL: "galao gal galoes",
    Unit.M: "mt;metro;mtr;meter;metre;m linear;metro linear;metros lineares;ml linear",
    Unit.CM: "centimetro cms",
    Unit.M2: "metro quadrado;m^2;mt2;mts2;m quadrado;metros quadrados;metro2;metros2",
    Unit.M3: "metro cubico;m^3;mt3;mts3;m cubico;metros cubicos;metro3;metros3",
}
"""Other spellings of each unit, folded (``fields.fold``), in the singular."""
_OF_SEVERAL = re.compile(r"([a-z]+)(?: *(?:[/-]|c/|com|de|x) *| +)\d{1,4}(?: *x *\d{1,4})? *[a-z]{0,12}")
""" "CX C/12", "caixa 12": a box of several. "CX12" is left alone: it may be a unit of the shop's own."""
_KNOWN = {
    word: unit
    for unit, words in _SPELLINGS.items()
    for word in (unit.lower(), *map(fold, words.split(";" if ";" in words else None)))
}


_ONE_OF = re.compile(r"(?:0*1 +)?(.*)")
_TWO_NAMES = re.compile(r" *[-–/(:] *")
"""Between two names of one unit: "UN - Unidade", "UNIDADE (UN)"."""


def takes_decimals(code: str) -> bool:
    """Whether a standard unit takes decimals."""
    return code in MEASURED


def read_unit(text: str, others: Mapping[str, str] = MappingProxyType({})) -> str:
    """The abbreviation for a spelling of a unit: PC for "pç.", CX for "CXS", M2 for "M²"; unknown ones in capitals.

    ``others``: the abbreviations of the server's further units, by their folded abbreviations and names.
    """
    text = " ".join(text.split()).strip(" .,:;/-*'")
    folded = fold(text).replace(".", "").replace("(s)", "").replace("(es)", "").strip()
    known = _find(folded, others) or _find(_ONE_OF.sub(r"\1", folded, count=1), others)
    if known is None and (sold_by := _OF_SEVERAL.fullmatch(folded)):
        known = _find(sold_by[1], others)
    if known is None:
        parts = {_find(part, others) for part in _TWO_NAMES.split(folded.removesuffix(")"))}
        known = parts.pop() if len(parts) == 1 else None
    if known is not None:
        return known
    return fold(text).upper() if fold(text).isalnum() else text.upper()


def _find(folded: str, others: Mapping[str, str]) -> str | None:
    """The unit for a folded spelling in singular or plural, with or without spaces."""
    joined = folded.replace(" ", "")
    singular = folded.removesuffix("es") if folded != "mes" else folded  # "mês" is a month, and not metres
    for word in (folded, folded.removesuffix("s"), singular, joined, joined.removesuffix("s")):
        if word in others:
            return others[word]
        if word in _KNOWN:
            return _KNOWN[word].value
    return None


def _code(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("texto_tipo", "Deve ser um texto.")
    code = read_unit(normalize_text(value))
    if not 1 <= len(code) <= MAX_LENGTH or not (code.isascii() and code.isalnum()):
        raise refuse("unidade", "A sigla da unidade tem de 1 a 6 letras ou números, por exemplo UN, CX ou KG.")
    return code


UnitCode = Annotated[
    str,
    BeforeValidator(_code),
    WithJsonSchema(
        {
            "type": "string", "minLength": 1, "maxLength": 60, "example": "UN",
            "description": "Uma sigla de `GET /unidades`; também como se escreve: “peças”, “PÇ”, “M²”.",
        }
    ),
]  # fmt: skip
