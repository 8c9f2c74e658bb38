"""Texts, rows and exported sheets of *Vendas*. No widget here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from almoxarife.brazil import format_date, format_datetime, format_money, format_number
from almoxarife.clients.desktop.cadastro.totals.query import Days, SalesReport
from almoxarife.clients.desktop.kit.virtual_list import Row, SortOrder
from almoxarife.tables.writer import Heading, Kind, Sheet, Value
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.fields import fold
from almoxarife.wire.sales import Ranked, RankedBy, Sale, SalesTotal

BY = {
    RankedBy.SELLER: "Vendedor",
    RankedBy.SHOP: "Loja",
    RankedBy.CHAIN: "Rede",
    RankedBy.PRODUCT: "Produto",
    RankedBy.DAY: "Dia",
    RankedBy.HOUR: "Hora",
}
ONE_BY_ONE = "Uma a uma"
_WEEKDAY = ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo")
_NOTHING = "Nenhuma venda nestes dias."


def summed_up(total: SalesTotal, about: str = "") -> str:
    """ "R$ 1.560,00 em 32 vendas"; with ``about``: "Café: R$ 30,00 em 2 vendas"."""
    if not total.sales:
        return _NOTHING
    head = f"{about}: " if about else ""
    return (
        f"{head}{format_money(total.total)} em {format_number(total.sales)} {'venda' if total.sales == 1 else 'vendas'}"
    )


def best(shops: Sequence[Ranked], sellers: Sequence[Ranked]) -> str:
    """The best shops and sellers; those who share the first place are all named."""
    parts = [_first(shops, "Melhor loja", "Melhores lojas"), _first(sellers, "Melhor vendedor", "Melhores vendedores")]
    return " · ".join(filter(None, parts))


def _first(ranked: Sequence[Ranked], one: str, many: str) -> str:
    if not ranked:
        return ""
    names = [each.name for each in ranked[:3]]
    if len(ranked) > len(names):
        names[-1:] = [f"mais {len(ranked) - len(names) + 1}"]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} e {names[-1]}"
    return f"{one if len(ranked) == 1 else many}: {listed} ({format_money(ranked[0].total)})"


def cut(report: SalesReport) -> str:
    """A note if not all sales are shown."""
    if not report.has_older:
        return ""
    return f"As {format_number(len(report.sales))} mais novas; “Mais antigas” traz as anteriores."


# --- rankings -------------------------------------------------------------------------


def name_of(ranked: Ranked, by: RankedBy) -> str:
    """The row's name; a day or an hour is written out."""
    if by is RankedBy.DAY:
        day = date.fromisoformat(ranked.id)
        return f"{format_date(day)}, {_WEEKDAY[day.weekday()]}"
    if by is RankedBy.HOUR:
        return f"das {int(ranked.id):02}h às {(int(ranked.id) + 1) % 24:02}h"
    return ranked.name


def ranking_rows(report: SalesReport, order: SortOrder | None = None) -> list[Row]:
    """``order``: of a ranking of products, by another column than the place."""
    by = report.question.by or RankedBy.SELLER
    rows = [_ranked_row(ranked, by, report.total.total) for ranked in in_order(report.ranking, order)]
    return rows or [Row("", sentence=_NOTHING)]


def in_order(ranking: Sequence[Ranked], order: SortOrder | None) -> list[Ranked]:
    """Sorted by a column; equal ones stay in the order of their places."""
    if order is None:
        return list(ranking)
    return sorted(ranking, key=_SORTED_BY[order.column], reverse=order.is_descending)


_SORTED_BY: Mapping[str, Callable[[Ranked], Any]] = {
    "lugar": lambda ranked: ranked.place,
    "nome": lambda ranked: fold(ranked.name),
    "total": lambda ranked: ranked.total,
    "parte": lambda ranked: ranked.total,
    "quantidade": lambda ranked: ranked.quantity or 0,
    "vendas": lambda ranked: ranked.sales,
}


def _ranked_row(ranked: Ranked, by: RankedBy, total: Decimal) -> Row:
    of_product = (how_many(ranked),) if by is RankedBy.PRODUCT else ()
    return Row(
        ranked.id,
        (
            f"{ranked.place}º",
            name_of(ranked, by),
            format_money(ranked.total),
            share(ranked.total, total),
            *of_product,
            format_number(ranked.sales),
        ),
    )


def how_many(ranked: Ranked) -> str:
    """ "1,25 KG"; empty if the server is older and does not tell."""
    return "" if ranked.quantity is None else f"{format_number(ranked.quantity)} {ranked.unit or ''}".strip()


def share(part: Decimal, whole: Decimal) -> str:
    """ "12,5 %"."""
    return f"{format_number(round(part * 100 / whole, 1))} %" if whole else ""


def ranking_sheet(report: SalesReport, order: SortOrder | None = None) -> Sheet:
    by = report.question.by or RankedBy.SELLER
    has_quantity = by is RankedBy.PRODUCT
    of_products = (Heading("Quantidade", Kind.QUANTITY), Heading("Unidade", width=10)) if has_quantity else ()
    headings = (
        Heading("Lugar", Kind.QUANTITY, 8),
        Heading(BY[by], width=32),
        Heading("Total (R$)", Kind.MONEY),
        *of_products,
        Heading("Vendas", Kind.QUANTITY, 10),
    )
    rows: list[tuple[Value, ...]] = []
    for each in in_order(report.ranking, order):
        quantity = (each.quantity, each.unit) if has_quantity else ()
        rows.append((each.place, name_of(each, by), each.total, *quantity, each.sales))
    return Sheet(f"Vendas por {BY[by].lower()}", headings, rows)


# --- single sales ---------------------------------------------------------------------


def sale_rows(report: SalesReport, shops: Mapping[str, str], zone: tzinfo | None = None) -> list[Row]:
    """``shops``: names by id."""
    return [_sale_row(sale, shops, zone) for sale in report.sales] or [Row("", sentence=_NOTHING)]


def _sale_row(sale: Sale, shops: Mapping[str, str], zone: tzinfo | None) -> Row:
    cells = (
        format_datetime(sale.occurred_at, zone),
        shops.get(sale.shop_id, sale.shop_id),
        sale.sold_by.name,
        what(sale),
        format_money(sale.amount),
        state(sale),
    )
    return Row(sale.id, cells, ("cancelled",) if sale.is_cancelled else ())


def what(sale: Sale) -> str:
    """ "2 UN Café torrado 500 g e mais 1 item"."""
    if not sale.items:
        return "valor avulso"
    first = sale.items[0]
    more = len(sale.items) - 1
    text = f"{format_number(first.quantity)} {first.unit} {first.product_name}"
    return f"{text} e mais {more} {'item' if more == 1 else 'itens'}" if more else text


def state(sale: Sale) -> str:
    if sale.is_cancelled:
        return "✕ cancelada"
    return "⚠ faltou saldo" if sale.is_below_zero else ""


def is_of_day(sale: Sale, now: datetime, zone: tzinfo) -> bool:
    """Whether the server recorded it today, which decides whether its seller may cancel it."""
    return sale.recorded_at.astimezone(zone).date() == now.astimezone(zone).date()


def may_cancel(sale: Sale, user: LoggedInUser | None, now: datetime, zone: tzinfo) -> bool:
    """A seller may cancel their own sales of the same day, a manager any. The server checks it again."""
    if user is None or sale.is_cancelled:
        return False
    return user.role.includes(Role.MANAGER) or (sale.sold_by.id == user.id and is_of_day(sale, now, zone))


def described(sale: Sale, shops: Mapping[str, str], zone: tzinfo | None = None) -> str:
    """All details of a sale in one line."""
    text = f"Venda {sale.seq} · {format_datetime(sale.occurred_at, zone)} · {shops.get(sale.shop_id, sale.shop_id)}"
    text += f" · {sale.sold_by.name} · {format_money(sale.amount)}"
    if sale.discount:
        text += f" (desconto de {format_money(sale.discount)})"
    if sale.cancelled_at is not None:
        by = f" por {sale.cancelled_by.name}" if sale.cancelled_by else ""
        text += f" · cancelada em {format_datetime(sale.cancelled_at, zone)}{by}: {sale.cancelled_for or ''}"
    return text


def item_rows(sale: Sale) -> list[Row]:
    """The items of a sale."""
    if not sale.items:
        return [Row("", sentence="Um valor avulso: nenhum item.")]
    return [
        Row(
            str(number),
            (
                item.product_name,
                f"{format_number(item.quantity)} {item.unit}",
                format_money(item.price),
                format_money(item.discount) if item.discount else "",
                format_money(item.subtotal - item.discount),
            ),
        )
        for number, item in enumerate(sale.items, start=1)
    ]


def sales_sheet(report: SalesReport, shops: Mapping[str, str], zone: tzinfo | None = None) -> Sheet:
    """One line for each item, and for each sale without items."""
    headings = (
        Heading("Venda", Kind.QUANTITY, 8),
        Heading("Quando", Kind.MOMENT, 20),
        Heading("Loja", width=20),
        Heading("Vendedor", width=24),
        Heading("Produto", width=36),
        Heading("Quantidade", Kind.QUANTITY),
        Heading("Unidade", width=10),
        Heading("Preço (R$)", Kind.MONEY),
        Heading("Desconto (R$)", Kind.MONEY),
        Heading("Valor (R$)", Kind.MONEY),
        Heading("Situação"),
    )
    rows: list[tuple[Value, ...]] = []
    for sale in report.sales:
        head = (sale.seq, sale.occurred_at, shops.get(sale.shop_id, sale.shop_id), sale.sold_by.name)
        end = "cancelada" if sale.is_cancelled else ""
        rows += [
            (*head, i.product_name, i.quantity, i.unit, i.price, i.discount, i.subtotal - i.discount, end)
            for i in sale.items
        ]
        if not sale.items:
            rows.append((*head, None, None, None, None, None, sale.amount, end))
    return Sheet("Vendas", headings, rows, zone)


def file_name(report: SalesReport) -> str:
    """The proposed file name, without the day of the export."""
    question = report.question
    by = f"por {BY[question.by].lower()}" if question.by else f"de {question.about}" if question.about else "uma a uma"
    return f"vendas {by}{_named(report.question.days)}"


def _named(days: Days) -> str:
    since, until = days
    first = f" de {since.isoformat()}" if since else ""
    return f"{first} a {until.isoformat()} em" if until else f"{first} em" if first else " em"
