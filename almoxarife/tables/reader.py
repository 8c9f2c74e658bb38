"""Reads a spreadsheet, text file or workbook as rows of texts and numbers.

The file may be broken, huge or malicious. Encoding, delimiter and headings are detected first; then it is read as a
stream, with limits. Every failure is a TableUnreadable with one Portuguese sentence.
No row is lost: each row that is not empty is a heading, a row of the table, or left out with a reason.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from almoxarife.brazil import format_number
from almoxarife.files import disk_reason
from almoxarife.tables.cells import (
    HELD_QUOTE,
    LOST_LETTERS,
    NO_RESULT,
    Cancelled,
    Cell,
    Dialect,
    RawTable,
    Table,
    TableRow,
    TableUnreadable,
    Unusable,
    clean,
    doubt_question_marks,
    is_formula,
    trimmed,
    unescape_letters,
)
from almoxarife.tables.columns import letters_of
from almoxarife.tables.heading_row import make_table, too_many
from almoxarife.tables.headings import count_known
from almoxarife.tables.names.variants import with_variations
from almoxarife.tables.text import delimited, encodings, fixed_width, quoting, spaced
from almoxarife.tables.text.delimited import HEADING_WITHIN
from almoxarife.tables.text.fixed_width import FIXED
from almoxarife.tables.text.formulas import unguard
from almoxarife.tables.workbooks.kinds import Book, open_book, read_text_file
from almoxarife.tables.workbooks.merged_cells import repeat_merged
from almoxarife.tables.workbooks.xlsx import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from almoxarife.tables.workbooks.xlsx_parts import TOO_LARGE
from almoxarife.wire.catalog import MAX_IMPORT_ROWS

__all__ = ["Cancelled", "Cell", "Dialect", "Table", "TableRow", "TableUnreadable", "read_table"]

MAX_FILE_BYTES = 64 * 2**20
MAX_SECONDS = 60
_DETECT_ALL = Dialect()
_ROWS_PER_REPORT = 200
"""How many rows are read between two calls of ``progress``."""
_MIN_GUARDED_LENGTH = 3
_PROOF = 2
"""Known headings that no words of a message are by chance."""

_TOO_SLOW = "A planilha demora demais para ser lida. Deixe só a lista de produtos e tente de novo."
_HIDDEN = "Linhas ocultas ou filtradas na planilha também foram lidas: {}."
_HIDDEN_COLUMNS = "Colunas ocultas na planilha também foram lidas: {}."
OTHER_SHEETS = "O arquivo tem outras abas: confira se esta é a da lista."
_FIRST_COLUMNS = f"Só as primeiras {format_number(MAX_COLUMNS)} colunas são lidas."


def read_table(
    file: Path, *, dialect: Dialect = _DETECT_ALL, progress: Callable[[float], None] = lambda _: None
) -> Table:
    """Read a file as a table. Fields of ``dialect`` that are None are detected; empty rows are dropped.

    ``progress`` is called with 0 to 1 and may raise Cancelled. Raises TableUnreadable.
    """
    watched = _with_deadline(progress)
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise TableUnreadable(f"O arquivo passa de {MAX_FILE_BYTES // 2**20} MB. Divida-o em partes.")
        book = open_book(file, watched)
        table = _read_text(file, dialect, watched) if book is None else _read_book(book, dialect, watched)
        return with_variations(table)
    except OSError as error:
        raise TableUnreadable(f"Não foi possível abrir {file.name} ({disk_reason(error)}).") from error


def _with_deadline(progress: Callable[[float], None]) -> Callable[[float], None]:
    """``progress`` that also raises TableUnreadable after ``MAX_SECONDS``."""
    end = time.monotonic() + MAX_SECONDS

    def tell(fraction: float) -> None:
        if time.monotonic() > end:
            raise TableUnreadable(_TOO_SLOW)
        progress(fraction)

    return tell


def _read_book(book: Book, dialect: Dialect, progress: Callable[[float], None]) -> Table:
    """Read the sheet that was active when the workbook was saved, or the first one with headings of products."""
    with closing(book):
        is_chosen = dialect.sheet is not None and dialect.sheet in book.sheets
        order = [dialect.sheet or ""] if is_chosen else list(dict.fromkeys([book.active, *book.sheets]))
        sheet, rows = _read_first_list(book, order, progress)
        notes = [_FIRST_COLUMNS] if book.has_more_columns else []
        notes += _describe_hidden(rows, book.hidden_columns.get(sheet, ()))
        if len(book.sheets) > 1 and not is_chosen:
            notes.append(OTHER_SHEETS)
        table = make_table(RawTable(_repair_encoding(rows)), dialect.has_headings)
        table = repeat_merged(table, book.merged.get(sheet, ()))
        dialect = replace(table.dialect, sheet=sheet)
        return replace(table, dialect=dialect, sheets=book.sheets, notes=tuple(notes))


def _read_first_list(
    book: Book, sheets: Sequence[str], progress: Callable[[float], None]
) -> tuple[str, list[TableRow]]:
    """The first sheet with headings of products, and its rows; without any, the first one that is not empty."""
    sheet, rows = sheets[0], _read_bounded(book.rows(sheets[0], progress))
    for other in sheets[1:]:
        if _has_headings(rows):
            break
        found = _read_bounded(book.rows(other, progress))
        if _has_headings(found) or (found and not rows):
            sheet, rows = other, found
    return sheet, rows


def _describe_hidden(rows: list[TableRow], columns: Collection[int]) -> Iterator[str]:
    """Sentences about hidden rows and columns, which were read, too."""
    if hidden := sum(row.is_hidden for row in rows):
        yield _HIDDEN.format(format_number(hidden))
    filled = {at for row in rows for at in columns if row.cells[at : at + 1] not in {(), ("",)}}
    if filled:
        yield _HIDDEN_COLUMNS.format(", ".join(map(letters_of, sorted(filled))))


def _repair_encoding(rows: list[TableRow]) -> list[TableRow]:
    """Repair texts that a program decoded with the wrong encoding before it wrote the workbook."""
    return [replace(row, cells=tuple(map(_repair_cell, row.cells))) if _is_not_ascii(row) else row for row in rows]


def _is_not_ascii(row: TableRow) -> bool:
    return any(isinstance(cell, str) and not cell.isascii() for cell in row.cells)


def _repair_cell(cell: Cell) -> Cell:
    if not isinstance(cell, str) or cell.isascii():
        return cell
    text = encodings.repair_double_encoding(cell)
    return Unusable(text, LOST_LETTERS) if encodings.is_misread(text) else text


def _has_headings(rows: list[TableRow]) -> bool:
    return len(rows) > 1 and max(count_known(row.cells) for row in rows[:HEADING_WITHIN]) > 1


def _read_text(file: Path, dialect: Dialect, progress: Callable[[float], None]) -> Table:
    content = read_text_file(file)
    text, encoding = encodings.decode(content, dialect.encoding)
    del content
    if "&" in text:
        text = unescape_letters(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\f" in text:  # a printer's new page, before the first letter of a line
        text = text.replace("\n\f", "\n").removeprefix("\f")
    text = spaced.without_senders(text)
    text, is_swapped = quoting.normalize_quotes(text)
    delimiter, records = _split_columns(text, dialect.delimiter)
    raw = RawTable(delimiter=delimiter, is_swapped=is_swapped)
    is_guess = dialect.encoding is None and encoding not in encodings.OF_UNICODE
    is_strange = encodings.has_strange_letters if is_guess else encodings.is_misread
    raw.rows = doubt_question_marks(_read_bounded(_text_rows(text, records, raw, progress, is_strange)))
    found = make_table(raw, dialect.has_headings)
    dialect = replace(found.dialect, encoding=encoding, delimiter=delimiter)
    return replace(found, dialect=dialect, notes=(_FIRST_COLUMNS,) if raw.has_more_columns else ())


def _split_columns(text: str, chosen: str | None) -> tuple[str, Iterator[tuple[int, delimited.Record]]]:
    """The delimiter, or what stands for it where columns have none, and the records of a text."""
    if chosen in spaced.KINDS:
        return chosen, spaced.read_records(text, chosen)
    found = chosen if chosen not in {None, FIXED} else delimited.find_delimiter(text)
    if chosen in {None, FIXED}:
        known, cuts = fixed_width.find_cuts(text)
        if cuts and (chosen == FIXED or known > delimited.count_headings(text, found)):
            return FIXED, fixed_width.read_records(text, cuts)
    is_proved = chosen is not None or found not in delimited.DELIMITERS
    headings = 0 if is_proved else delimited.count_headings(text, found)
    if not is_proved and headings < _PROOF:
        spaced.refuse_blocks(text)
    is_proved = is_proved or headings > 0
    if not is_proved and (kind := spaced.find_kind(text)):
        return kind, spaced.read_records(text, kind)
    if not is_proved and found == "," and delimited.has_only_decimals(text):
        found = delimited.DELIMITERS[0]  # of which there is none: the list has one column
    lined_up = delimited.collapse_tabs(text) if found == "\t" else text
    return found, delimited.read_records(lined_up, found)


def _text_rows(
    text: str,
    records: Iterable[tuple[int, delimited.Record]],
    raw: RawTable,
    progress: Callable[[float], None],
    is_strange: Callable[[str], bool],
) -> Iterator[TableRow]:
    for end, record in records:
        if record.number % _ROWS_PER_REPORT == 0:
            progress(min(1.0, end / len(text)))
        if record.number > MAX_ROWS:
            raise too_many()
        texts = map(quoting.restore_quotes, record.cells) if raw.is_swapped else record.cells
        cells = trimmed(_to_cell(text.strip()) for text in islice(texts, MAX_COLUMNS))
        if not text.isascii():
            cells = tuple(_mark_strange(cell, is_strange) for cell in cells)
        if not cells or (record.number == 1 and delimited.declares_delimiter(text[:end])):
            continue
        raw.has_more_columns = raw.has_more_columns or len(record.cells) > MAX_COLUMNS
        raw.widths[record.number] = len(record.cells)
        yield TableRow(record.number, cells, record.problem)


def _to_cell(text: str) -> Cell:
    if HELD_QUOTE in text:
        text = text.replace(HELD_QUOTE, '"')
    return Unusable(text, NO_RESULT) if is_formula(text) else clean(_remove_guard(text))


def _remove_guard(text: str) -> str:
    """Remove what protects a text from being read as formula or number: a leading apostrophe, or ="0012"."""
    if text.startswith('="') and text.endswith('"') and len(text) > _MIN_GUARDED_LENGTH:
        return text[2:-1]
    return unguard(text)


def _mark_strange(cell: Cell, is_strange: Callable[[str], bool]) -> Cell:
    return Unusable(cell, LOST_LETTERS) if isinstance(cell, str) and is_strange(cell) else cell


def _read_bounded(rows: Iterable[TableRow]) -> list[TableRow]:
    """The rows. Raises TableUnreadable if there are too many rows or cells."""
    kept: list[TableRow] = []
    cells = 0
    for row in rows:
        kept.append(row)
        cells += len(row.cells)
        if len(kept) > MAX_IMPORT_ROWS + HEADING_WITHIN:
            raise too_many()
        if cells > MAX_CELLS:
            raise TableUnreadable(TOO_LARGE)
    return kept
