"""The contents of a receipt, made from the sale as it was confirmed on this computer. No widget, no server."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from almoxarife.brazil import format_datetime, format_money, format_number
from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale, describe
from almoxarife.clients.desktop.cadastro.selling.papers.pdf import NOT_FISCAL, SlipLine, Style
from almoxarife.clients.queue.outgoing import State
from almoxarife.wire.catalog import Product
from almoxarife.wire.sales import SaleIn, find_subtotal
from almoxarife.wire.selling.open_sale import ZERO


def print_receipt(
    closed: ClosedSale, *, find: Callable[[str], Product | None], shops: Mapping[str, str], seller: str, zone: tzinfo
) -> list[SlipLine]:
    """``find``: a product by id, for its name; ``shops``: names by id, as far as they are known.

    Raises ValueError if there is no sale.
    """
    row = closed.row
    if row is None:
        raise ValueError("no sale to print")
    sale = SaleIn.model_validate_json(row.body)
    only = next(iter(shops)) if len(shops) == 1 else ""  # where there is one, a sale need not name it
    shop = shops.get(sale.shop_id or only)
    number = f"Venda {row.recorded_id}" if row.recorded_id else "Venda ainda sem número"
    head = [
        *([SlipLine(shop, style=Style.TITLE, is_centred=True)] if shop else []),
        SlipLine("Recibo de venda", style=Style.STRONG, is_centred=True),
        SlipLine(NOT_FISCAL, style=Style.STRONG, is_centred=True),
        SlipLine(format_datetime(row.confirmed_at, zone), number, follows_rule=True),
        SlipLine(f"Vendedor: {seller}"),
    ]
    return [*head, *_items(sale, find), *_sums(sale), *_end(closed)]


def _items(sale: SaleIn, find: Callable[[str], Product | None]) -> list[SlipLine]:
    printed: list[SlipLine] = []
    for number, item in enumerate(sale.items or (), start=1):
        product = find(item.product_id)
        name = product.name if product is not None else item.product_id
        unit = f" {product.unit}" if product is not None else ""
        price = item.price or ZERO  # the till always sends it
        counted = f"{format_number(item.quantity)}{unit} × {format_money(price)}"
        printed.append(SlipLine(f"{number}  {name}", follows_rule=number == 1))
        printed.append(SlipLine(f"     {counted}", format_money(find_subtotal(item.quantity, price))))
    return printed


def _sums(sale: SaleIn) -> list[SlipLine]:
    if sale.amount is None:
        return []
    total = SlipLine("TOTAL", format_money(sale.amount), style=Style.TOTAL, follows_rule=not sale.discount)
    if not sale.discount:
        return [total]
    return [
        SlipLine("Soma", format_money(sale.amount + sale.discount), follows_rule=True),
        SlipLine("Desconto", f"-{format_money(sale.discount)}"),
        total,
    ]


def _end(closed: ClosedSale) -> list[SlipLine]:
    """The state of the sale at the time of printing, unless the server has recorded it."""
    _, state = describe(closed)
    if closed.cancellation is not None:
        return [SlipLine("CANCELADA", style=Style.TITLE, is_centred=True, follows_rule=True), SlipLine(state)]
    if closed.row is not None and closed.row.state is State.ACKED:
        return []
    return [SlipLine(state.removeprefix("⇡ ").capitalize(), follows_rule=True)]
