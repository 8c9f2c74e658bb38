"""Exports movements as a table, oldest first, page by page while it is sent: CSV for Excel in Brazil, or a workbook."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from almoxarife.server.stock import reports
from almoxarife.server.stock.models import MovementRow
from almoxarife.server.stock.reports import Filter
from almoxarife.server.store.columns import from_micros
from almoxarife.server.store.sessions import read_with_retry
from almoxarife.tables.text.formulas import guard
from almoxarife.tables.text.semicolons import BOM, encode_rows
from almoxarife.wire.fields import SCALE
from almoxarife.wire.stock import KIND_NAMES, MovementKind

if TYPE_CHECKING:
    from almoxarife.tables.workbook import Value

Read = Callable[[], AbstractContextManager[Session]]

PAGE = 500
HEADINGS = (
    "Registrado em", "Aconteceu em", "Movimentação", "O que houve", "Produto", "Código", "Mudança", "Unidade",
    "Saldo na loja", "Loja", "Quem", "Motivo", "Documento", "Fornecedor",
)  # fmt: skip


def stream_csv(read: Read, chosen: Filter, zone: tzinfo) -> Iterator[bytes]:
    yield BOM + encode_rows([HEADINGS])
    for rows in _pages(read, chosen, zone):
        yield encode_rows([[_csv_text(value) for value in row] for row in rows])


def stream_xlsx(read: Read, chosen: Filter, zone: tzinfo) -> Iterator[bytes]:
    from almoxarife.tables.workbook import SheetRows, stream_workbook  # not at each start

    rows = (row for page in _pages(read, chosen, zone) for row in page)
    return stream_workbook([SheetRows("Movimentações", HEADINGS, rows)])


def _pages(read: Read, chosen: Filter, zone: tzinfo) -> Iterator[list[Sequence["Value"]]]:
    shops = read_with_retry(read, reports.find_shop_names)
    for page in reports.pages(read, PAGE, chosen):
        units = read_with_retry(read, reports.find_units, {row.product_id for row in page})
        yield [_to_row(row, shops.get(row.shop_id, ""), units[row.product_id], zone) for row in page]


def _to_row(row: MovementRow, shop: str, unit: str, zone: tzinfo) -> Sequence["Value"]:
    return (
        _local(row.recorded_at, zone),
        _local(row.occurred_at, zone),
        row.seq,
        KIND_NAMES[MovementKind(row.kind)],
        row.product_name,
        f"P{row.product_id:05}",
        _quantity(row.effect),
        unit,
        _quantity(row.balance_after),
        shop,
        row.username,
        row.reason,
        row.document,
        row.supplier,
    )


def _local(micros: int, zone: tzinfo) -> datetime:
    return from_micros(micros).astimezone(zone).replace(tzinfo=None)


def _quantity(ten_thousandths: int) -> Decimal:
    whole, rest = divmod(ten_thousandths, SCALE)
    return Decimal(whole) if not rest else (Decimal(ten_thousandths) / SCALE).normalize()


def _csv_text(value: "Value") -> str:
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, str):
        return guard(value)
    return "" if value is None else str(value).replace(".", ",")
