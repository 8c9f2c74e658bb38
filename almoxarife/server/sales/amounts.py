"""Calculates the amount of a sale and each line's share in the discount, in whole centavos."""

from collections.abc import Sequence
from decimal import Decimal

from almoxarife.server.errors import bad_fields
from almoxarife.server.sales.models import ItemRow
from almoxarife.server.upkeep.sales_totals import Dimension, Share
from almoxarife.wire.problem import FieldError
from almoxarife.wire.sales import SaleIn, find_fault_of_total


def find_amount(sale: SaleIn, subtotals: Sequence[int]) -> tuple[int, int]:
    """Amount and discount of a sale; without lines the amount that was sent. Raises BadRequest."""
    if not subtotals:
        return int((sale.amount or 0) * 100), 0
    discount = int((sale.discount or 0) * 100)
    amount = sum(subtotals) - discount
    fault = find_fault_of_total(Decimal(amount).scaleb(-2), Decimal(discount).scaleb(-2), sale.amount)
    if fault is not None:
        field, sentence = fault
        raise bad_fields([FieldError(campo=field, mensagem=sentence)])
    return amount, discount


def share_out(discount: int, subtotals: Sequence[int]) -> list[int]:
    """Each line's proportional share in the discount, in whole centavos, so that they add up to all of it.

    The cumulative sums are rounded, not the shares, so that no centavo is lost.
    """
    total, done, before, shares = sum(subtotals), 0, 0, []
    for subtotal in subtotals:
        done += subtotal
        upto = (2 * done * discount + total) // (2 * total) if total else 0
        shares.append(upto - before)
        before = upto
    return shares


def list_shares(shop_id: int, seller_id: int, amount: int, items: Sequence[ItemRow]) -> list[Share]:
    """What a sale adds to the stored totals."""
    products: dict[int, tuple[int, int]] = {}
    for item in items:
        net, quantity = products.get(item.product_id, (0, 0))
        products[item.product_id] = net + item.subtotal - item.discount, quantity + item.quantity
    return [
        Share(Dimension.SHOP, shop_id, 0, amount, 1),
        Share(Dimension.SELLER, shop_id, seller_id, amount, 1),
        Share(Dimension.HOUR, shop_id, 0, amount, 1),
        *(Share(Dimension.PRODUCT, shop_id, key, net, 1, quantity) for key, (net, quantity) in products.items()),
    ]
