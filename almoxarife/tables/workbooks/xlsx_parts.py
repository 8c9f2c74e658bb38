"""Parsers of an XLSX workbook's parts other than sheets: sheet names, styles and shared strings.

Each class is the handler of one part's XML events.
"""

import re
from dataclasses import dataclass, field

from almoxarife.tables.cells import MAX_CELL, Cell, TableUnreadable, clean
from almoxarife.tables.workbooks.code_formats import read_code_format

Attributes = dict[str, str]

LOCKED = "A planilha tem senha. Abra-a, tire a senha, salve-a e tente de novo."
TOO_LARGE = "A planilha é grande demais. Deixe só a lista de produtos e tente de novo."
MAX_CHARACTERS = 40_000_000
_MAX_STRINGS = 600_000
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_CURRENCY = re.compile("US[$]|USD|EUR|€|GBP|£")
_NO_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_STYLES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))


def part_of(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").casefold()


@dataclass
class Relations:
    sheets: dict[str, str] = field(default_factory=dict)
    strings: str = "xl/sharedstrings.xml"
    styles: str = "xl/styles.xml"

    def start(self, name: str, attributes: Attributes) -> None:
        if name != "Relationship":
            return
        target = attributes.get("Target", "").replace("\\", "/")
        part = part_of(target if target.startswith("/") else f"xl/{target.removeprefix('./')}")
        kind = attributes.get("Type", "").rpartition("/")[2]
        if kind == "worksheet":
            self.sheets[attributes.get("Id", "")] = part
        elif kind == "sharedStrings":
            self.strings = part
        elif kind == "styles":
            self.styles = part


@dataclass
class WorkbookParts:
    sheets: list[tuple[str, str]] = field(default_factory=list)
    active: int = 0
    is_of_1904: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            key = next((value for label, value in attributes.items() if label.rpartition(":")[2] == "id"), "")
            self.sheets.append((attributes.get("name", ""), key))
        elif name == "workbookView":
            self.active = int(attributes.get("activeTab", "0"))
        elif name == "workbookPr":
            self.is_of_1904 = attributes.get("date1904") in {"1", "true"}


@dataclass
class Styles:
    """The cell styles that show numbers as dates, in another currency, or with leading zeros, as for codes."""

    dates: set[str] = field(default_factory=set)
    currencies: dict[str, str] = field(default_factory=dict)
    """The currency of each style that shows another than reais."""
    codes: dict[str, str] = field(default_factory=dict)
    """The pattern of each style that shows codes."""
    _currencies: dict[str, str] = field(default_factory=dict)
    _formats: set[str] = field(default_factory=set)
    _codes: dict[str, str] = field(default_factory=dict)
    _is_within: bool = False
    _count: int = 0

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "numFmt" and (currency := _CURRENCY.search(attributes.get("formatCode", ""))):
            self._currencies[attributes.get("numFmtId", "")] = currency[0]
        elif name == "numFmt" and re.search("[dmyhs]", _NO_DATE.sub("", attributes.get("formatCode", "").lower())):
            self._formats.add(attributes.get("numFmtId", ""))
        elif name == "numFmt" and (pattern := read_code_format(attributes.get("formatCode", ""))):
            self._codes[attributes.get("numFmtId", "")] = pattern
        elif name == "cellXfs":
            self._is_within = True
        elif name == "cellStyles":
            self._is_within = False
        elif name == "xf" and self._is_within:
            number = attributes.get("numFmtId", "0")
            if number in self._formats or int(number) in _DATE_STYLES:
                self.dates.add(str(self._count))
            elif number in self._currencies:
                self.currencies[str(self._count)] = self._currencies[number]
            elif number in self._codes:
                self.codes[str(self._count)] = self._codes[number]
            self._count += 1


@dataclass
class Strings:
    all: list[Cell] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _is_text: bool = False
    _is_spoken: bool = False
    """Whether the text is a phonetic guide of Japanese, which is skipped."""
    _length: int = 0
    _total: int = 0

    def start(self, name: str, _attributes: Attributes) -> None:
        if name == "t":
            self._is_text = not self._is_spoken
        elif name == "rPh":
            self._is_spoken = True
        elif name == "si":
            self._pieces, self._length = [], 0

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_spoken = False
        elif name == "si":
            self.all.append(clean_escaped("".join(self._pieces)))
            self._total += min(self._length, MAX_CELL)
            if len(self.all) > _MAX_STRINGS or self._total > MAX_CHARACTERS:
                raise TableUnreadable(TOO_LARGE)

    def text(self, text: str) -> None:
        if self._is_text and self._length <= MAX_CELL:
            self._pieces.append(text)
            self._length += len(text)


def clean_escaped(text: str) -> Cell:
    return clean(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text)
