"""Checks the sales against the audit trail: each sale and each cancellation has an entry, each entry its sale.

Sales are read side by side with the trail, once. Only the cancellations are kept in memory.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit.hashing import (
    CANCELLATION_COLUMNS,
    ITEM_COLUMNS,
    SALE_BOOLEANS,
    SALE_COLUMNS,
    Row,
    hash_cancellation,
    hash_sale,
    read_in_order,
    restore_booleans,
)
from almoxarife.server.audit.tags import Tag
from almoxarife.server.audit.verification import ChainEntry
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sessions import raw
from almoxarife.server.store.sqlite import is_unreadable_text
from almoxarife.server.upkeep import sales_totals

_SALES = f"SELECT {SALE_COLUMNS} FROM sales WHERE seq > ? ORDER BY seq LIMIT ?"
_ITEMS = f"SELECT sale_seq, {ITEM_COLUMNS} FROM sale_items ORDER BY sale_seq, line"
_CANCELLATIONS = f"SELECT {CANCELLATION_COLUMNS} FROM sale_cancellations WHERE sale_seq > ? ORDER BY sale_seq LIMIT ?"
# Keys first, and each one's sale is looked up: the other way round all keys of a person are read for each sale.
_KEYS = (
    "SELECT k.row_id, k.key, k.fingerprint FROM idempotency_keys k CROSS JOIN sales s"
    " WHERE s.seq = k.row_id AND s.seller_id = k.user_id ORDER BY k.row_id"
)
_KEYS_OF_CANCELLATIONS = (
    "SELECT k.row_id, k.key, k.fingerprint FROM idempotency_keys k CROSS JOIN sale_cancellations c"
    " WHERE c.sale_seq = k.row_id AND c.cancelled_by = k.user_id ORDER BY k.row_id"
)
_NO_KEY = (None, None)


class _RowsOfSales:
    """Rows that belong to sales, read in the order of the sales; their first column is the ``seq`` of the sale."""

    def __init__(self, database: Raw, sql: str) -> None:
        self._rows = database.stream(sql)
        self.is_whole = True
        self._next = self._read()

    def _read(self) -> Row | None:
        try:
            return next(self._rows, None)
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            self.is_whole = False
            return None

    def take(self, seq: int) -> list[Row]:
        """The rows of this sale, without the ``seq``. Rows before them belong to no sale, and are skipped."""
        found = []
        while self._next is not None and (type(self._next[0]) is not int or self._next[0] <= seq):
            if self._next[0] == seq:
                found.append(self._next[1:])
            self._next = self._read()
        return found


class SaleCheck:
    """Follows the entries of the trail. Its methods yield sentences about what is wrong."""

    def __init__(self, session: Session) -> None:
        self._database = raw(session)
        self._rows = read_in_order(self._database, _SALES)
        self._next = next(self._rows, None)
        self._items = _RowsOfSales(self._database, _ITEMS)
        self._keys = _RowsOfSales(self._database, _KEYS)
        self._last = 0
        cancelled = read_in_order(self._database, _CANCELLATIONS)
        self._cancellations = {row if isinstance(row, int) else row[0]: row for row in cancelled}
        keys = _RowsOfSales(self._database, _KEYS_OF_CANCELLATIONS)
        self._cancellation_keys = {seq: keys.take(seq) for seq in sorted(self._cancellations)}

    def follow(self, entry: ChainEntry, *, is_sound: bool) -> Iterator[str]:
        """The next entry about a sale. An altered one (not ``is_sound``) counts if it is about the next sale."""
        seq = IdKind.SALE.find_number(entry.subject) if isinstance(entry.subject, str) else None
        if seq is None:
            return
        if entry.tag == Tag.SALE_CANCELLED:
            yield from self._follow_cancellation(seq, entry)
            return
        if not (is_sound or seq == self._find_next()):
            return
        yield from self._report_without_entry(before=seq)
        if seq > self._last + 1:
            yield f"Os números das vendas saltam de v{self._last} para v{seq}: as do meio foram retiradas."
        if self._find_next() != seq:
            yield f"Falta a venda v{seq}, da qual fala o registro {entry.id} da trilha."
            self._last = max(self._last, seq)
            return
        row = self._take()
        items = [list(item) for item in self._items.take(seq)]
        keys = [*self._keys.take(seq), _NO_KEY]
        if isinstance(row, int) or not any(_is_sale(row, items, key, entry) for key in keys):
            yield (
                f"A venda v{seq}, um item dela ou a chave com que foi enviada não é como o registro {entry.id} da"
                " trilha a encontrou."
            )
        elif entry.actor_id != row[2]:
            yield f"A venda v{seq} não é de quem o registro {entry.id} da trilha diz."

    def _follow_cancellation(self, seq: int, entry: ChainEntry) -> Iterator[str]:
        row = self._cancellations.pop(seq, None)
        if row is None:
            yield f"Falta o cancelamento da venda v{seq}, do qual fala o registro {entry.id} da trilha."
            return
        keys = [*self._cancellation_keys[seq], _NO_KEY]
        if isinstance(row, int) or not any(_is_cancellation(row, key, entry) for key in keys):
            yield (
                f"O cancelamento da venda v{seq}, ou a chave com que foi enviado, não é como o registro {entry.id} da"
                " trilha o encontrou."
            )

    def finish(self) -> Iterator[str]:
        """After the last entry: the sales and cancellations that no entry is about."""
        yield from self._report_without_entry(before=None)
        for seq in self._cancellations:
            yield f"O cancelamento da venda v{seq} não está na trilha: foi inserido, ou o registro dele foi retirado."
        if not self._items.is_whole:
            yield "Um item de venda guarda o que não é número: os seguintes não foram conferidos."
        strays = self._database.execute(
            "SELECT DISTINCT i.sale_seq FROM sale_items i WHERE NOT EXISTS (SELECT 1 FROM sales s"
            " WHERE s.seq = i.sale_seq) ORDER BY i.sale_seq LIMIT 20"
        )
        for (seq,) in strays:
            yield f"Há itens de uma venda v{seq}, que não existe."

    def _find_next(self) -> int | None:
        return self._next[0] if isinstance(self._next, tuple) else self._next

    def _take(self) -> Row | int:
        row = self._next
        if row is None:
            raise RuntimeError("there is no further sale")
        self._next = next(self._rows, None)
        self._last = row if isinstance(row, int) else row[0]
        return row

    def _report_without_entry(self, *, before: int | None) -> Iterator[str]:
        """Take the sales up to ``before``: no entry is about them."""
        while (seq := self._find_next()) is not None and (before is None or seq < before):
            self._take()
            yield f"A venda v{seq} não está na trilha: foi inserida, ou o registro dela foi retirado."


def _is_sale(row: Row, items: list[list[Any]], key: Row, entry: ChainEntry) -> bool:
    try:
        return bool(hash_sale(restore_booleans(row, SALE_BOOLEANS), items, *key) == entry.row_hash)
    except (TypeError, AttributeError):
        return False  # a column holds a value of a type that is never written


def _is_cancellation(row: Row, key: Row, entry: ChainEntry) -> bool:
    try:
        return bool(hash_cancellation(row, *key) == entry.row_hash)
    except (TypeError, AttributeError):
        return False


def list_wrong_sums(database: Raw) -> Iterator[str]:
    """Where the stored totals are not what the sales add up to."""
    try:
        name = sales_totals.find_zone(database)
        if name is None and not database.execute("SELECT 1 FROM sales LIMIT 1"):
            name = "UTC"
        zone = ZoneInfo(str(name))
        for place, kept, right in sales_totals.list_differences(database, zone):
            wrong, meant = ("", "") if kept[2] == right[2] else map(_show_quantity, (kept[2], right[2]))
            yield (
                f"A soma das vendas de {place.period} em l{place.shop_id} por {place.dimension} {place.key} é"
                f" {kept[1]} vendas e {kept[0]} centavos{wrong}; pelas vendas é {right[1]} e {right[0]}{meant}."
                f" {_REMEDY}"
            )
    except (KeyError, ValueError):
        yield f"O fuso horário das somas das vendas foi apagado ou alterado. {_REMEDY}"
    except Exception as error:
        if not (is_unreadable_text(error) or isinstance(error, TypeError | OverflowError)):
            raise
        yield f"Uma venda ou uma soma de vendas guarda o que não é número. {_REMEDY}"


def _show_quantity(kept: object) -> str:
    """In words from ten-thousandths; what is no number, as somebody has put it there."""
    return f", quantidade {brazil.format_number(Decimal(kept).scaleb(-4)) if isinstance(kept, int) else kept}"


_REMEDY = "Para refazer as somas, com o servidor fechado: almoxarife rebuild-totals"
