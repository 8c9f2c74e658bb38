"""Reading a person's spreadsheet, text or workbook of whatever kind, as rows of text and numbers.

The file comes from anywhere: it may be broken, huge, or made to harm. It is understood
before a row is read (where its headings are, what tells its columns and letters apart),
read in a stream within bounds, and every way it can fail ends in one sentence for the person.
No row is lost: each that is not empty is a heading, a row, or left out with a reason.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice, pairwise
from pathlib import Path

from almoxarife.brazil import format_number
from almoxarife.files import disk_reason
from almoxarife.tables import notation
from almoxarife.tables.cells import (
    LOST_LETTERS,
    Cancelled,
    Cell,
    Dialect,
    LeftOut,
    Table,
    TableRow,
    TableUnreadable,
    Unusable,
    as_text,
    clean,
    trimmed,
    unguard,
)
from almoxarife.tables.columns import letters_of
from almoxarife.tables.headings import UNIT, count_known, guess_columns, joined, plain
from almoxarife.tables.text import delimited, encodings, fixed_width, quoting
from almoxarife.tables.text.delimited import HEADING_WITHIN
from almoxarife.tables.text.fixed_width import FIXED
from almoxarife.tables.variants import with_variations
from almoxarife.tables.workbooks.kinds import Book, open_book, read_text_file
from almoxarife.tables.workbooks.xlsx import MAX_CELLS, MAX_COLUMNS
from almoxarife.tables.workbooks.xlsx_parts import TOO_LARGE
from almoxarife.wire.catalog import MAX_IMPORT_ROWS

__all__ = ["Cancelled", "Cell", "Dialect", "Table", "TableRow", "TableUnreadable", "read_table"]

MAX_FILE_BYTES = 64 * 2**20
MAX_SECONDS = 60
_AS_IT_COMES = Dialect()
_EVERY = 200
"""Rows between two looks at the clock of progress."""
_SHORTEST_GUARDED = 3

_ABOVE = "Está acima dos títulos."
_AGAIN = "Repete os títulos."
_TITLE_AGAIN = "Repete o que está acima dos títulos."
_SECOND_ROW = "Faz parte dos títulos."
_RULING = "É só um traço."
_RULE = re.compile(r"[-=_*.+~]{3,}")
_WHOLE, _CENTAVOS = re.compile(r"\d{1,9}", re.ASCII), re.compile(r"\d\d", re.ASCII)
_EMPTY = "A planilha está vazia: a primeira linha deve ter os títulos, e as outras, os produtos."
_HALF = "Esta linha parece ter sido quebrada em duas. Junte-as na planilha, ou salve-a como .xlsx."
_FEW_HALVES = 0.25
_OTHER_DELIMITER = "A linha tem outro separador que os títulos. Use o mesmo em toda a planilha, ou salve-a como .xlsx."
_TOO_SLOW = "A planilha demora demais para ser lida. Deixe só a lista de produtos e tente de novo."
_HIDDEN = "Linhas ocultas ou filtradas na planilha também foram lidas: {}."
_HIDDEN_COLUMNS = "Colunas ocultas na planilha também foram lidas: {}."
_OTHER_SHEETS = "O arquivo tem outras abas: confira se esta é a da lista."
_FIRST_COLUMNS = f"Só as primeiras {format_number(MAX_COLUMNS)} colunas são lidas."


def read_table(
    file: Path, *, asked: Dialect = _AS_IT_COMES, progress: Callable[[float], None] = lambda _: None
) -> Table:
    """What ``asked`` leaves open is found out. Empty rows are left out.

    ``progress`` hears how far it got, 0 to 1, and may raise Cancelled. Raises TableUnreadable.
    """
    watched = _within_time(progress)
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise TableUnreadable(f"O arquivo passa de {MAX_FILE_BYTES // 2**20} MB. Divida-o em partes.")
        book = open_book(file, watched)
        table = _read_text(file, asked, watched) if book is None else _read_book(book, asked, watched)
        return with_variations(table)
    except OSError as error:
        raise TableUnreadable(f"Não foi possível abrir {file.name} ({disk_reason(error)}).") from error


def _within_time(progress: Callable[[float], None]) -> Callable[[float], None]:
    end = time.monotonic() + MAX_SECONDS

    def tell(fraction: float) -> None:
        if time.monotonic() > end:
            raise TableUnreadable(_TOO_SLOW)
        progress(fraction)

    return tell


def _read_book(book: Book, asked: Dialect, progress: Callable[[float], None]) -> Table:
    """Of the sheet that was in front when it was saved, or the first one with the headings of products."""
    with closing(book):
        is_asked = asked.sheet is not None and asked.sheet in book.sheets
        order = [asked.sheet or ""] if is_asked else list(dict.fromkeys([book.active, *book.sheets]))
        sheet, rows = order[0], _bounded(book.rows(order[0], progress))
        if not is_asked and not _has_headings(rows):
            for other in order[1:]:
                found = _bounded(book.rows(other, progress))
                if _has_headings(found) or (found and not rows):
                    sheet, rows = other, found
                if _has_headings(found):
                    break
        notes = [_FIRST_COLUMNS] if book.has_more_columns else []
        notes += _tell_hidden(rows, book.hidden_columns.get(sheet, ()))
        if len(book.sheets) > 1 and not is_asked:
            notes.append(_OTHER_SHEETS)
        table = _table(_Lines(rows), asked.has_headings)
        dialect = replace(table.dialect, sheet=sheet)
        return replace(table, dialect=dialect, sheets=book.sheets, notes=tuple(notes))


def _tell_hidden(rows: list[TableRow], columns: Collection[int]) -> Iterator[str]:
    if hidden := sum(row.is_hidden for row in rows):
        yield _HIDDEN.format(format_number(hidden))
    filled = {at for row in rows for at in columns if row.cells[at : at + 1] not in {(), ("",)}}
    if filled:
        yield _HIDDEN_COLUMNS.format(", ".join(map(letters_of, sorted(filled))))


def _has_headings(rows: list[TableRow]) -> bool:
    return len(rows) > 1 and max(count_known(row.cells) for row in rows[:HEADING_WITHIN]) > 1


def _read_text(file: Path, asked: Dialect, progress: Callable[[float], None]) -> Table:
    content = read_text_file(file)
    text, encoding = encodings.decode(content, asked.encoding)
    del content
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, is_swapped = quoting.with_usual_quotes(text)
    delimiter, records = _columns(text, asked.delimiter)
    lines = _Lines(delimiter=delimiter, is_swapped=is_swapped)
    is_guess = asked.encoding is None and encoding not in encodings.OF_UNICODE
    lines.rows = _bounded(_text_rows(text, records, lines, progress, is_guess=is_guess))
    found = _table(lines, asked.has_headings)
    dialect = replace(found.dialect, encoding=encoding, delimiter=delimiter)
    return replace(found, dialect=dialect, notes=(_FIRST_COLUMNS,) if lines.has_more_columns else ())


def _columns(text: str, asked: str | None) -> tuple[str, Iterator[tuple[int, delimited.Record]]]:
    """What tells the columns apart, and the records that it makes: a delimiter, or where they stand in the line."""
    delimiter = asked if asked not in {None, FIXED} else delimited.find_delimiter(text)
    if asked in {None, FIXED}:
        known, cuts = fixed_width.find_cuts(text)
        if cuts and (asked == FIXED or known > delimited.count_headings(text, delimiter)):
            return FIXED, fixed_width.read_records(text, cuts)
    lined_up = delimited.without_alignment(text) if delimiter == "\t" else text
    return delimiter, delimited.read_records(lined_up, delimiter)


@dataclass
class _Lines:
    """The rows of a file before it is known which of them are its headings."""

    rows: list[TableRow] = field(default_factory=list)
    widths: dict[int, int] = field(default_factory=dict)
    """Of the first lines of a text, with their empty cells at the end. A workbook says of each cell where it is."""
    has_more_columns: bool = False
    delimiter: str = ""
    is_swapped: bool = False
    """Whether apostrophes and quotes have changed places."""


def _text_rows(
    text: str,
    records: Iterable[tuple[int, delimited.Record]],
    lines: _Lines,
    progress: Callable[[float], None],
    *,
    is_guess: bool,
) -> Iterator[TableRow]:
    for end, record in records:
        if record.number % _EVERY == 0:
            progress(min(1.0, end / len(text)))
        texts = map(quoting.put_back, record.cells) if lines.is_swapped else record.cells
        cells = trimmed(clean(_unguarded(text.strip())) for text in islice(texts, MAX_COLUMNS))
        if is_guess:
            cells = tuple(_doubted(cell) for cell in cells)
        if not cells or (record.number == 1 and delimited.says_delimiter(text[:end])):
            continue
        lines.has_more_columns = lines.has_more_columns or len(record.cells) > MAX_COLUMNS
        lines.widths[record.number] = len(record.cells)
        yield TableRow(record.number, cells, record.problem)


def _unguarded(text: str) -> str:
    """Without what keeps a spreadsheet from taking the text for a formula or a number: an apostrophe, or ="0012"."""
    if text.startswith('="') and text.endswith('"') and len(text) > _SHORTEST_GUARDED:
        return text[2:-1]
    return unguard(text)


def _doubted(cell: Cell) -> Cell:
    return Unusable(cell, LOST_LETTERS) if isinstance(cell, str) and encodings.strange_letters(cell) else cell


def _bounded(rows: Iterable[TableRow]) -> list[TableRow]:
    kept: list[TableRow] = []
    cells = 0
    for row in rows:
        kept.append(row)
        cells += len(row.cells)
        if len(kept) > MAX_IMPORT_ROWS + HEADING_WITHIN:
            raise _too_many()
        if cells > MAX_CELLS:
            raise TableUnreadable(TOO_LARGE)
    return kept


def _too_many() -> TableUnreadable:
    return TableUnreadable(f"A planilha tem mais de {format_number(MAX_IMPORT_ROWS)} linhas. Divida-a em partes.")


# --- which row holds the headings -------------------------------------------------------


def _table(lines: _Lines, has_headings: bool | None) -> Table:
    """A title above the headings is left out; in a list of one column only a known word is a heading."""
    rows = lines.rows
    at = _find_headings(rows)
    if has_headings is None:
        has_headings = at is not None and not _is_product(rows, at)
    elif has_headings and rows:
        at = at or 0
    if not rows or (has_headings and at is not None and at + 1 == len(rows)):
        raise TableUnreadable(_EMPTY)
    if not has_headings or at is None:
        return Table((), _checked(tuple(rows)), dialect=Dialect(has_headings=False))
    titles, has_second = _titles(rows, at)
    left_out = [LeftOut(row, _ABOVE) for row in rows[:at]]
    aside = {_folded(row): _TITLE_AGAIN for row in rows[:at]} | {_folded(rows[at]): _AGAIN}
    if has_second:
        aside[_folded(rows[at + 1])] = _SECOND_ROW
    begins = {key[0] for key in aside}
    below = []
    for row in rows[at + 1 :]:
        first = row.cells[0]
        may_repeat = isinstance(first, str) and plain(first) in begins
        reason = (aside.get(_folded(row)) if may_repeat else "") or (_RULING if _is_ruling(row) else "")
        if reason:
            left_out.append(LeftOut(row, reason))
        else:
            below.append(_fitted(row, rows[at], lines))
    below = _without_halves(below, lines.widths, lines.widths.get(rows[at].line, 0))
    return Table(tuple(titles), _checked(tuple(below)), tuple(left_out), Dialect(has_headings=True))


def _titles(rows: list[TableRow], at: int) -> tuple[list[str], bool]:
    """The headings, of two rows where both together say more; and whether the second is the row below."""
    own = [as_text(cell) for cell in rows[at].cells]
    for other in (at + 1, at - 1):
        if 0 <= other < len(rows) and abs(rows[other].line - rows[at].line) == 1 and _are_words(rows[other]):
            words = [as_text(cell) for cell in rows[other].cells]
            both = joined(own, words) if other > at else joined(words, own)
            if count_known(both) > count_known(own) and (other < at or _goes_on(own, words, both)):
                return both, other > at
    return own, False


def _goes_on(own: list[str], below: list[str], both: list[str]) -> bool:
    """Whether the row below is more titles: it ends some, or has none below a known one, where a product has its name.

    Else it may be a product whose unit is "UN", or which is "Ativo": both are headings, too.
    """
    is_joined = any(name not in {*own, *below} for name in both)
    return is_joined or not any(word and count_known([title]) for title, word in zip(own, below, strict=False))


def _are_words(row: TableRow) -> bool:
    texts = [cell for cell in row.cells if cell != ""]
    return len(texts) > 1 and all(isinstance(cell, str) and not notation.is_number(cell) for cell in texts)


def _folded(row: TableRow) -> tuple[str, ...]:
    return tuple(plain(cell) if isinstance(cell, str) else repr(cell) for cell in row.cells)


def _is_ruling(row: TableRow) -> bool:
    return all(cell == "" or (isinstance(cell, str) and _RULE.fullmatch(cell)) for cell in row.cells)


def _checked(rows: tuple[TableRow, ...]) -> tuple[TableRow, ...]:
    if len(rows) > MAX_IMPORT_ROWS:
        raise _too_many()
    if not rows:
        raise TableUnreadable(_EMPTY)
    return rows


def _find_headings(rows: list[TableRow]) -> int | None:
    """The first row with the most known headings, or the first one of two or more cells, if there is any."""
    first = rows[:HEADING_WITHIN]
    known = [count_known(row.cells) for row in first]
    if max(known, default=0) > 1 or known[:1] == [1]:
        return known.index(max(known))
    wide = (at for at, row in enumerate(first) if sum(cell != "" for cell in row.cells) > 1)
    return next(wide, None)


def _is_product(rows: list[TableRow], at: int) -> bool:
    """Whether what stands where headings should is a row of the list: it has numbers, or words that come again."""
    texts = tuple(cell if isinstance(cell, str) else "" for cell in rows[at].cells)
    if guess_columns(texts).keys() - {UNIT}:
        return False
    if any(isinstance(cell, Decimal) for cell in rows[at].cells) or any(map(notation.is_number, texts)):
        return True
    others = [row.cells for row in rows[at + 1 : at + 50] if row.cells != rows[at].cells]
    columns = [(column, text) for column, text in enumerate(texts) if text]
    return any(cells[column : column + 1] == (text,) for column, text in columns for cells in others)


def _fitted(row: TableRow, heading: TableRow, lines: _Lines) -> TableRow:
    """What has more cells than there are headings cannot be told apart: one of them held the delimiter."""
    width = lines.widths.get(heading.line)
    if width is None or row.problem:
        return row
    if len(row.cells) == 1 and width > 1 and _has_another_delimiter(row.cells[0], lines.delimiter, width):
        return replace(row, problem=_OTHER_DELIMITER)
    is_cut = lines.delimiter == "," and len(heading.cells) < len(row.cells) <= width and _has_cut_amount(row)
    if len(row.cells) <= width and not is_cut:
        return row
    problem = (
        f"A linha tem {len(row.cells)} colunas e os títulos são {len(heading.cells) if is_cut else width}. Ponha entre"
        " aspas o texto ou o preço que tem o separador, ou salve a planilha como .xlsx."
    )
    return replace(row, problem=problem)


def _without_halves(rows: list[TableRow], widths: dict[int, int], width: int) -> list[TableRow]:
    """Where most rows are as wide as the headings, two that are so together may be one that a line break cut in two.

    The second then has words where numbers belong, or goes on in small letters.
    """
    narrow = {row.line for row in rows if widths.get(row.line, width) < width}
    if not narrow or len(narrow) > _FEW_HALVES * len(rows):
        return rows
    numbers = _number_columns([row for row in rows if row.line not in narrow], width)
    halves: set[int] = set()
    for one, two in pairwise(rows):
        first, second = widths[one.line], widths[two.line]
        if two.line != one.line + 1 or one.line not in narrow or one.line in halves or first + second - 1 != width:
            continue
        text = two.cells[0]
        goes_on = first == 1 and isinstance(text, str) and text[:1].islower()
        own = [*one.cells, *[""] * (first - len(one.cells))]
        if goes_on or (not _fits(two.cells, numbers) and _fits((*own[:-1], "", *two.cells[1:]), numbers)):
            halves |= {one.line, two.line}
    return [replace(row, problem=row.problem or _HALF) if row.line in halves else row for row in rows]


def _number_columns(rows: list[TableRow], width: int) -> list[int]:
    """Where whole rows have numbers, and nothing else."""
    columns = []
    for at in range(width):
        texts = [cell for row in rows for cell in row.cells[at : at + 1] if isinstance(cell, str) and cell]
        if texts and all(map(notation.is_number, texts)):
            columns.append(at)
    return columns


def _fits(cells: Sequence[Cell], numbers: list[int]) -> bool:
    texts = [cells[at] for at in numbers if at < len(cells)]
    return all(text == "" or (isinstance(text, str) and notation.is_number(text)) for text in texts)


def _has_another_delimiter(cell: Cell, delimiter: str, width: int) -> bool:
    others = [other for other in delimited.DELIMITERS if other not in {delimiter, ","}]
    return isinstance(cell, str) and any(cell.count(other) == width - 1 for other in others)


def _has_cut_amount(row: TableRow) -> bool:
    """ "12,90" of a file of commas, in two cells."""
    texts = [cell if isinstance(cell, str) else "" for cell in row.cells]
    return any(_WHOLE.fullmatch(one) and _CENTAVOS.fullmatch(two) for one, two in pairwise(texts))
