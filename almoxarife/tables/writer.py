"""Writes a table as XLSX or CSV.

Texts stay texts: a product called "=1+1" must not become a formula in the program that opens the file.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from almoxarife import files
from almoxarife.brazil import SAO_PAULO
from almoxarife.tables.text.formulas import guard

Value = str | Decimal | int | datetime | None

_XLSX_ROWS = 1_048_576
_WHOLE = "#,##0"
"""Of a whole quantity: with a quantity's format Excel shows its decimal sign, "24,"."""


class Kind(Enum):
    """The type of a column; its value is the number format of the spreadsheet."""

    TEXT = "@"
    QUANTITY = "#,##0.####"
    MONEY = "#,##0.00"
    MOMENT = "dd/mm/yyyy hh:mm:ss"


@dataclass(frozen=True)
class Heading:
    title: str
    kind: Kind = Kind.TEXT
    width: int = 14
    """In characters."""


@dataclass(frozen=True)
class Sheet:
    name: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Value]]
    zone: tzinfo | None = None
    """The time zone of written times; None for São Paulo's."""


class NotSaved(Exception):
    """Nothing was written, and an existing file is unchanged. The message tells the person what to do."""


def write_table(file: Path, sheet: Sheet) -> int:
    """Write XLSX, or CSV if the name ends in .csv; returns the number of rows.

    The file is replaced atomically. Raises NotSaved.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        try:
            count = _write_csv(draft, sheet) if file.suffix.lower() == ".csv" else _write_xlsx(draft, sheet)
            files.replace(draft, file)
            return count
        finally:
            files.remove(draft)
    except PermissionError as error:
        raise NotSaved(f"Não foi possível gravar {file.name}. Se outro programa o tem aberto, feche-o.") from error
    except OSError as error:
        raise NotSaved(f"Não foi possível gravar {file.name} ({files.disk_reason(error)}).") from error


def _write_csv(file: Path, sheet: Sheet) -> int:
    """Write the CSV of Brazilian Excel: semicolons, decimal commas, UTF-8 with BOM."""
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened, delimiter=";", lineterminator="\r\n")
        writer.writerow([_csv_text(heading.title) for heading in sheet.headings])
        count = 0
        for row in sheet.rows:
            writer.writerow([_csv_text(value, sheet.zone) for value in row])
            count += 1
        return count


def _csv_text(value: Value, zone: tzinfo | None = None) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return _local(value, zone).strftime("%d/%m/%Y %H:%M:%S")
        case Decimal() | int():
            return format(value, "f").replace(".", ",") if isinstance(value, Decimal) else str(value)
    return guard(value)


def _write_xlsx(file: Path, sheet: Sheet) -> int:
    import xlsxwriter  # type: ignore[import-untyped]  # slow to import (0.25 s), and exports are rare
    from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

    with TemporaryDirectory() as folder:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        book = xlsxwriter.Workbook(str(file), options)
        page = book.add_worksheet(sheet.name)
        try:
            count = _fill(book, page, sheet)
            book.close()
            return count
        except FileCreateError as error:
            # xlsxwriter wraps the operating system's error, which says more
            raise error.args[0] from error
        finally:
            page.row_data_fh.close()  # xlsxwriter leaves it open after an error


def _fill(book: Any, page: Any, sheet: Sheet) -> int:
    bold = book.add_format({"bold": True, "bottom": 1})
    formats = [book.add_format({"num_format": heading.kind.value}) for heading in sheet.headings]
    for column, heading in enumerate(sheet.headings):
        page.set_column(column, column, heading.width, formats[column])
    whole = book.add_format({"num_format": _WHOLE})
    page.freeze_panes(1, 0)
    page.write_row(0, 0, [heading.title for heading in sheet.headings], bold)
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        if count >= _XLSX_ROWS:
            raise NotSaved("São linhas demais para uma planilha. Escolha um nome que termine em .csv.")
        for column, value in enumerate(row):
            is_whole = sheet.headings[column].kind is Kind.QUANTITY and _is_whole(value)
            _write_cell(page, count, column, value, whole if is_whole else formats[column], sheet.zone)
    page.autofilter(0, 0, count, len(sheet.headings) - 1)
    return count


def _is_whole(value: Value) -> bool:
    return isinstance(value, Decimal | int) and value % 1 == 0


def _write_cell(page: Any, row: int, column: int, value: Value, style: object, zone: tzinfo | None) -> None:
    match value:
        case None:
            return
        case datetime():
            page.write_datetime(row, column, _local(value, zone).replace(tzinfo=None), style)
        case Decimal() | int():
            page.write_number(row, column, float(value), style)
        case _:
            page.write_string(row, column, value, style)


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone or ZoneInfo(SAO_PAULO))
