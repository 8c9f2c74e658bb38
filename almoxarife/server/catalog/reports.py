"""Reads products with their balances, in wire form (``wire.catalog.Product``)."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from almoxarife.server.catalog.models import TAKEN_BACK
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import raw, read_pages
from almoxarife.wire.catalog import StockState
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.fields import fold, ten_thousandths_to_json

# "P00012" on screen is p12 on the wire. A search may leave the P out, an exact code may not.
_CODE = re.compile(r"^p?0*([1-9][0-9]*)$")
_OWN_CODE = re.compile(r"^p0*([1-9][0-9]*)$")

_COLUMNS = "p.id, p.name, p.unit, p.barcode, p.minimum_stock, p.price, p.is_active, p.version, u.takes_decimals, p.sku"


class Choice(TypedDict):
    """Which products to list."""

    search: str | None
    with_inactive: bool
    code: NotRequired[str | None]
    state: NotRequired[StockState | None]


def list_products(
    session: Session,
    shop_ids: tuple[int, ...],
    *,
    search: str | None,
    with_inactive: bool,
    after: int,
    limit: int,
    with_taken_back: bool = False,
    code: str | None = None,
    state: StockState | None = None,
) -> list[dict[str, object]]:
    """Products by id, with the sum of their balances in ``shop_ids``.

    ``search``: every word must be in the name (without accents and case) or be the number, a code or a barcode of the
    product. ``code``: exactly a barcode, the short code or the number. Leading zeros do not count.
    """
    where = ["p.id > ?"]
    parameters: list[object] = [after]
    if not with_inactive:
        where.append("p.is_active")
    elif not with_taken_back:
        where.append(f"substr(p.name_folded, 1, 1) != '{TAKEN_BACK}'")
    conditions = [_match_word(word) for word in fold(search or "").split()]
    if code is not None:
        conditions.append(_match_code(fold(code).strip()))
    for condition, values in conditions:
        where.append(condition)
        parameters += values
    shops = ",".join(map(str, shop_ids)) or "NULL"
    here = f"FROM balances b WHERE b.product_id = p.id AND b.shop_id IN ({shops})"
    balance = f"SELECT sum(b.quantity) {here}"
    if state is StockState.LOW:
        where.append(f"p.minimum_stock >= coalesce(({balance}), 0)")
    elif state is StockState.NEGATIVE:
        where.append(f"EXISTS (SELECT 1 {here} AND b.quantity < 0)")
    sql = f"SELECT {_COLUMNS}, ({balance}) FROM products p LEFT JOIN units u ON u.code = p.unit"
    sql += f" WHERE {' AND '.join(where)} ORDER BY p.id LIMIT ?"
    rows = raw(session).execute(sql, (*parameters, limit))
    codes = _list_codes(session, rows[0][0], rows[-1][0]) if rows else {}
    return [_product(row, codes) for row in rows]


def _match_word(word: str) -> tuple[str, list[object]]:
    """The condition for one word of a search, and its parameters."""
    condition = "instr(p.name_searched || ' ' || coalesce(p.barcode, ''), ?) > 0 OR 'p' || p.id = ? OR p.sku_folded = ?"
    parameters: list[object] = [word, _CODE.sub(r"p\1", word), word]
    if is_gtin(word):
        condition += " OR ltrim(p.barcode, '0') = ?"
        condition += " OR p.id IN (SELECT c.product_id FROM product_codes c WHERE c.gtin = ?)"
        parameters += [word.lstrip("0"), word.zfill(14)]
    return f"({condition})", parameters


def _match_code(code: str) -> tuple[str, list[object]]:
    """The condition for an exact code, and its parameters."""
    condition = (
        "(p.gtin = ? OR p.id IN (SELECT c.product_id FROM product_codes c WHERE c.gtin = ?)"
        " OR ltrim(p.sku_folded, '0') = ? OR 'p' || p.id = ?)"
    )
    return condition, [code.zfill(14), code.zfill(14), code.lstrip("0"), _OWN_CODE.sub(r"p\1", code)]


def _list_codes(session: Session, first: int, last: int) -> dict[int, list[dict[str, object]]]:
    """The further codes of the products between two ids, by product."""
    found: dict[int, list[dict[str, object]]] = {}
    for product_id, code, factor in raw(session).execute(
        "SELECT product_id, code, factor FROM product_codes WHERE product_id BETWEEN ? AND ? ORDER BY product_id, gtin",
        (first, last),
    ):
        found.setdefault(product_id, []).append({"codigo": code, "fator": ten_thousandths_to_json(factor)})
    return found


def pages(
    read: Callable[[], AbstractContextManager[Session]],
    size: int,
    shop_ids: tuple[int, ...],
    **chosen: Unpack[Choice],
) -> Iterator[list[dict[str, object]]]:
    """Pages of all products up to the newest one at the start."""

    def after(session: Session, number: int) -> list[dict[str, object]]:
        return list_products(session, shop_ids, **chosen, after=number, limit=size)

    def newest(session: Session) -> int:
        return int(raw(session).execute("SELECT coalesce(max(id), 0) FROM products")[0][0])

    return read_pages(read, after, number_of, size=size, newest=newest)


def number_of(product: dict[str, object]) -> int:
    return IdKind.PRODUCT.find_number(str(product["id"])) or 0


def sum_balances(session: Session, shop_ids: tuple[int, ...]) -> dict[int, int]:
    """The balance of every product that has one in these shops, in ten-thousandths."""
    shops = ",".join(map(str, shop_ids)) or "NULL"
    sql = f"SELECT product_id, sum(quantity) FROM balances WHERE shop_id IN ({shops}) GROUP BY product_id"
    return dict(raw(session).execute(sql))


def show_product(session: Session, product_id: int, shop_ids: tuple[int, ...]) -> dict[str, object]:
    """One product with its balance; it must exist."""
    (product,) = list_products(
        session, shop_ids, search=None, with_inactive=True, with_taken_back=True, after=product_id - 1, limit=1
    )
    return product


def list_balances(session: Session, product_id: int, shop_ids: tuple[int, ...]) -> list[dict[str, object]]:
    """Of one product in each of these shops, in wire form."""
    found = dict(raw(session).execute("SELECT shop_id, quantity FROM balances WHERE product_id = ?", (product_id,)))
    return [
        {"loja_id": IdKind.SHOP.to_wire(shop_id), "saldo": ten_thousandths_to_json(found.get(shop_id, 0))}
        for shop_id in shop_ids
    ]


def _product(row: tuple[Any, ...], codes: Mapping[int, list[dict[str, object]]]) -> dict[str, object]:
    product_id, name, unit, barcode, minimum, price, is_active, version, takes_decimals, sku, balance = row
    product = {
        "id": IdKind.PRODUCT.to_wire(product_id),
        "nome": name,
        "unidade": unit,
        "codigo_barras": barcode,
        "saldo": ten_thousandths_to_json(balance or 0),
        "estoque_minimo": None if minimum is None else ten_thousandths_to_json(minimum),
        "preco": None if price is None else f"{price // 100}.{price % 100:02d}",
        "ativo": bool(is_active),
        "versao": version,
        "decimais": bool(takes_decimals),
    }
    # Left out where empty: few products have any, and lists are long.
    if sku is not None:
        product["sku"] = sku
    if product_id in codes:
        product["codigos"] = codes[product_id]
    return product
