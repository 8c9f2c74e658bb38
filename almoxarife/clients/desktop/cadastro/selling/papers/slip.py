"""The closing slip of a day: compares the sales of this computer in one shop with those on the server.

Pure functions: rows of the queue and sales of the server in, sums and sentences out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from almoxarife.brazil import format_date, format_datetime, format_money, format_number
from almoxarife.clients.desktop.cadastro.selling.papers.pdf import NOT_FISCAL, SlipLine, Style
from almoxarife.clients.queue.outgoing import QueuedRow, State
from almoxarife.wire.sales import Sale, SaleIn
from almoxarife.wire.selling.open_sale import ZERO

_MAX_DIFFERENCES = 20


@dataclass(frozen=True)
class Sum:
    """Number of sales and their total."""

    count: int = 0
    amount: Decimal = ZERO

    @classmethod
    def of(cls, amounts: Iterable[Decimal]) -> "Sum":
        found = list(amounts)
        return cls(len(found), sum(found, ZERO))


@dataclass(frozen=True)
class ServersSide:
    """From the server: ``sales`` by id, ``day``: the shop's sum from all computers, ``head`` of the audit trail."""

    sales: Mapping[str, Sale]
    day: Sum
    head: str


@dataclass(frozen=True)
class Slip:
    closed: Sum
    """All sales closed on this computer, in any state."""
    sent: Sum
    """Those that the server has acknowledged."""
    accepted: Sum
    """Those of ``sent`` that were found on the server, with the server's amounts."""
    cancelled: Sum
    waiting: Sum
    refused: Sum
    by_seller: Mapping[str, Sum]
    differences: Sequence[str]

    @property
    def agrees(self) -> bool:
        return not self.differences and not self.waiting.count and not self.refused.count


def bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Begin and end of a local day in UTC."""
    first = datetime.combine(day, time(), zone)
    return first.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def of_shop(rows: Iterable[QueuedRow], shop_id: str | None, *, account: str | None) -> list[QueuedRow]:
    """The rows of one shop, and of one person if ``account`` is given. A sale without shop is from the only one."""
    return [
        row
        for row in rows
        if account in {None, row.owner.account} and SaleIn.model_validate_json(row.body).shop_id in {None, shop_id}
    ]


def compare(rows: Sequence[QueuedRow], sales: Mapping[str, Sale]) -> Slip:
    """Every acknowledged sale must be on the server, with the same amount."""
    amounts = {row.key: SaleIn.model_validate_json(row.body).amount or ZERO for row in rows}
    sent = [row for row in rows if row.state is State.ACKED]
    found = [sale for row in sent if (sale := sales.get(row.recorded_id or "")) is not None]
    kept = [row for row in sent if not _is_cancelled(row, sales)]
    sellers = sorted({row.owner.name for row in kept})
    return Slip(
        closed=Sum.of(amounts.values()),
        sent=Sum.of(amounts[row.key] for row in sent),
        accepted=Sum.of(sale.amount for sale in found),
        cancelled=Sum.of(sale.amount for sale in found if sale.is_cancelled),
        waiting=Sum.of(amounts[row.key] for row in rows if row.is_waiting),
        refused=Sum.of(amounts[row.key] for row in rows if row.state is State.REJECTED),
        by_seller={name: Sum.of(amounts[row.key] for row in kept if row.owner.name == name) for name in sellers},
        differences=[
            sentence
            for row in sent
            if (sentence := _difference(amounts[row.key], row.recorded_id or "", sales.get(row.recorded_id or "")))
        ],
    )


def print_slip(
    slip: Slip, server: ServersSide, *, day: date, shop: str, computer: str, seller: str, now: datetime, zone: tzinfo
) -> list[SlipLine]:
    """``seller``: a name, or "todos"."""
    lines = [
        *([SlipLine(shop, style=Style.TITLE, is_centred=True)] if shop else []),
        SlipLine("Fechamento do dia", style=Style.STRONG, is_centred=True),
        SlipLine(NOT_FISCAL, style=Style.STRONG, is_centred=True),
        SlipLine("Dia", format_date(day), follows_rule=True),
        SlipLine("Computador", computer),
        SlipLine("Vendedor", seller),
        SlipLine("Feito em", format_datetime(now, zone)),
        _line("Enviadas por este computador", slip.sent, follows_rule=True),
        _line("Aceitas pelo servidor", slip.accepted),
        *([_line("Esperam envio", slip.waiting)] if slip.waiting.count else []),
        *([_line("Recusadas", slip.refused)] if slip.refused.count else []),
        *([_line("Canceladas", slip.cancelled)] if slip.cancelled.count else []),
        SlipLine("TOTAL DO CAIXA", format_money(_net(slip)), style=Style.TOTAL, follows_rule=True),
        SlipLine(verdict(slip), style=Style.STRONG),
        *(SlipLine(f"- {sentence}") for sentence in _shortened(slip.differences)),
    ]
    if len(slip.by_seller) > 1:
        lines += [
            _line(name, found, follows_rule=number == 0) for number, (name, found) in enumerate(slip.by_seller.items())
        ]
    return [
        *lines,
        _line("No servidor, o dia todo, de todos os computadores", server.day, follows_rule=True),
        SlipLine("Cabeça da auditoria:", follows_rule=True),
        SlipLine(server.head),
    ]


def verdict(slip: Slip) -> str:
    if slip.agrees:
        return "Confere: o servidor tem o que este computador enviou."
    if slip.differences:
        return "NÃO CONFERE:"
    parts = []
    if slip.waiting.count:
        parts.append(f"{_sales(slip.waiting.count)} ainda não {'saiu' if slip.waiting.count == 1 else 'saíram'} daqui")
    if slip.refused.count:
        parts.append(f"{_sales(slip.refused.count)} o servidor recusou (Fila de envio, F9)")
    return f"NÃO FECHADO: {' e '.join(parts)}."


def _net(slip: Slip) -> Decimal:
    """The total that should be in the till."""
    return slip.accepted.amount - slip.cancelled.amount


def _is_cancelled(row: QueuedRow, sales: Mapping[str, Sale]) -> bool:
    sale = sales.get(row.recorded_id or "")
    return sale is not None and sale.is_cancelled


def _difference(amount: Decimal, sale_id: str, sale: Sale | None) -> str:
    if sale is None:
        return f"Venda {sale_id} de {format_money(amount)} não está no servidor."
    if sale.amount != amount:
        return f"Venda {sale_id}: aqui {format_money(amount)}, no servidor {format_money(sale.amount)}."
    return ""


def _shortened(sentences: Sequence[str]) -> list[str]:
    more = len(sentences) - _MAX_DIFFERENCES
    return [*sentences[:_MAX_DIFFERENCES], *([f"e mais {more}"] if more > 0 else [])]


def _line(label: str, found: Sum, *, follows_rule: bool = False) -> SlipLine:
    return SlipLine(label, f"{format_number(found.count)}   {format_money(found.amount)}", follows_rule=follows_rule)


def _sales(count: int) -> str:
    return f"{format_number(count)} {'venda' if count == 1 else 'vendas'}"
