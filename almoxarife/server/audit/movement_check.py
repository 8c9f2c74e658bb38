"""Checks the movements against the audit trail: each has an entry, each entry a movement, and balances add up.

Entries and movements are read side by side, once, in the order in which they were recorded. What is
kept in memory grows with the products, not with the movements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit.hashing import (
    MOVEMENT_BOOLEANS,
    MOVEMENT_COLUMNS,
    hash_movement,
    read_in_order,
    restore_booleans,
)
from almoxarife.server.audit.sealing import add_to_seal
from almoxarife.server.audit.tags import Tag
from almoxarife.server.audit.verification import ChainEntry
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sessions import raw
from almoxarife.server.store.sqlite import is_unreadable_text
from almoxarife.wire.fields import SCALE
from almoxarife.wire.stock import MovementKind

_COLUMNS = MOVEMENT_COLUMNS.split(", ")
_REVERSED_COLUMNS = ("shop_id", "product_id", "effect", "kind")
_SELECT = (
    f"SELECT {', '.join(f'm.{column}' for column in _COLUMNS)}, {', '.join(f'o.{c}' for c in _REVERSED_COLUMNS)}"
    " FROM movements m LEFT JOIN movements o ON o.seq = m.reverses WHERE m.seq > ? ORDER BY m.seq LIMIT ?"
)
_KEYS = (
    "SELECT k.row_id, k.user_id, k.key, k.fingerprint, s.seq IS NOT NULL FROM idempotency_keys k"
    " LEFT JOIN sales s ON s.seq = k.row_id AND s.seller_id = k.user_id ORDER BY k.row_id, k.user_id, k.key"
)
_OTHER_ROWS_WITH_KEYS = (
    "SELECT 1 FROM products WHERE id = ? AND created_by = ?"
    " UNION ALL SELECT 1 FROM product_imports WHERE id = ? AND imported_by = ?"
    " UNION ALL SELECT 1 FROM sale_cancellations WHERE sale_seq = ? AND cancelled_by = ?"
    " UNION ALL SELECT 1 FROM messages WHERE id = ? AND sender_id = ?"
)
"""What else a key may have made. Movements and sales are too many to be looked up one by one."""
_ABOVE_ALL_IDS = 2**62

INWARDS = {MovementKind.ENTRY, MovementKind.OPENING, MovementKind.TRANSFER_IN}
OUTWARDS = {MovementKind.EXIT, MovementKind.SALE, MovementKind.TRANSFER_OUT}
"""What adds to a balance and what takes away. An adjustment may do either, a reversal the opposite of its movement."""


class _Movement(NamedTuple):
    """A row as it is stored, whose columns may hold anything: somebody may have written into the file."""

    seq: int
    columns: dict[str, Any]
    """The ``MOVEMENT_COLUMNS`` by name, as they were hashed; empty where the row cannot be read."""
    reversed: tuple[Any, ...] = ()
    """The ``_REVERSED_COLUMNS`` of the movement that it reverses; empty values where there is none."""

    @property
    def name(self) -> str:
        return IdKind.MOVEMENT.to_wire(self.seq)

    @property
    def is_readable(self) -> bool:
        numbers = ("shop_id", "product_id", "quantity", "effect", "balance_after", "recorded_by")
        return all(type(self.columns.get(column)) is int for column in numbers)


def _read_movements(database: Raw) -> Iterator[_Movement]:
    for row in read_in_order(database, _SELECT):
        if isinstance(row, int):
            yield _Movement(row, {})
        else:
            values = restore_booleans(row[: len(_COLUMNS)], MOVEMENT_BOOLEANS)
            yield _Movement(row[0], dict(zip(_COLUMNS, values, strict=True)), row[len(_COLUMNS) :])


class _Key(NamedTuple):
    """An idempotency key."""

    row_id: int
    user_id: int
    key: Any
    fingerprint: Any
    is_of_sale: Any = False
    """Whether the same person has recorded a sale with this number."""


@dataclass(slots=True)
class _Balance:
    """A product in a shop, after the movements that have been read so far."""

    total: int = 0
    """The sum of the effects."""
    stated: int = 0
    """What the last movement says that the balance was after it."""


class MovementCheck:
    """Follows the entries of the trail. Its methods yield sentences about what is wrong."""

    def __init__(self, session: Session, *, seal: int | None) -> None:
        """``seal``: the entry up to which none had to cover its row; None where the database is not sealed yet."""
        self._database = raw(session)
        self._movements = _read_movements(self._database)
        self._next = next(self._movements, None)
        self._keys = self._database.stream(_KEYS)
        self._are_keys_whole = True
        self._next_key = self._read_key()
        self._seal = _ABOVE_ALL_IDS if seal is None else seal
        self._seal_digest = sha256() if seal else None
        self._last = 0
        """The ``seq`` of the last movement that was compared."""
        self._balances: dict[tuple[int, int], _Balance] = {}
        """By shop and product."""

    # --- entries --------------------------------------------------------------------------

    def follow(self, entry: ChainEntry, *, is_sound: bool) -> Iterator[str]:
        """The next entry about a movement. An altered one (not ``is_sound``) counts if the next movement is its own."""
        seq = self._find_seq(entry)
        if seq is None or not (is_sound or self._is_next(seq)):
            return
        yield from self._report_without_entry(before=seq)
        if seq > self._last + 1 and entry.row_hash is not None:
            yield f"Os números das movimentações saltam de m{self._last} para m{seq}: as do meio foram retiradas."
        if not self._is_next(seq):
            yield f"Falta a movimentação {IdKind.MOVEMENT.to_wire(seq)}, da qual fala o registro {entry.id} da trilha."
            self._last = max(self._last, seq)
            return
        yield from self._compare(self._take(), entry)

    def follow_seal(self, entry: ChainEntry) -> Iterator[str]:
        """The entry that covers all movements from before entries covered their rows (``sealing``)."""
        last = IdKind.MOVEMENT.find_number(entry.subject) or 0 if isinstance(entry.subject, str) else 0
        yield from self._report_without_entry(before=last + 1)
        if self._seal_digest is None or self._seal_digest.digest() != entry.row_hash:
            yield (
                f"As movimentações até {entry.subject or 'm0'} não são as que o registro {entry.id} da trilha"
                " encontrou ao atualizar o banco de dados: alguma foi alterada, retirada ou inserida."
            )
        if entry.id >= self._seal:
            self._seal_digest = None

    def finish(self) -> Iterator[str]:
        """After the last entry: the movements and keys that no entry is about."""
        yield from self._report_without_entry(before=None)
        while self._next_key is not None:
            yield from self._report_unused_keys(self._take_keys(self._next_key.row_id))
        if not self._are_keys_whole:
            yield "Uma chave de envio guarda o que não é texto: as seguintes não foram conferidas."

    def _find_seq(self, entry: ChainEntry) -> int | None:
        """The movement that the entry covers. Of a reversal, the subject is the movement that it reverses."""
        number = IdKind.MOVEMENT.find_number(entry.subject) if isinstance(entry.subject, str) else None
        if number is None or entry.tag == Tag.MOVEMENT_RECORDED:
            return number
        if self._next is not None and self._next.columns.get("reverses") == number and entry.row_hash is None:
            return self._next.seq
        return self._last + 1

    # --- movements ------------------------------------------------------------------------

    def _is_next(self, seq: int) -> bool:
        return self._next is not None and self._next.seq == seq

    def _take(self) -> _Movement:
        movement = self._next
        if movement is None:
            raise RuntimeError("there is no further movement")
        self._next = next(self._movements, None)
        if self._seal_digest is not None:
            add_to_seal(self._seal_digest, movement.columns.values())
        self._last = movement.seq
        return movement

    def _report_without_entry(self, *, before: int | None) -> Iterator[str]:
        """Take the movements up to ``before``: no entry is about them."""
        while self._next is not None and (before is None or self._next.seq < before):
            movement = self._take()
            yield f"A movimentação {movement.name} não está na trilha: foi inserida, ou o registro dela foi retirado."
            yield from self._add_up(movement)
            yield from self._report_unused_keys(self._take_keys(movement.seq))

    def _compare(self, movement: _Movement, entry: ChainEntry) -> Iterator[str]:
        """Whether the entry covers the movement with its key, and the movement fits the ones before it."""
        recorded_by = movement.columns.get("recorded_by")
        keys = self._take_keys(movement.seq)
        own_keys = [key for key in keys if key.user_id == recorded_by]
        covered_keys = self._find_covered_keys(movement, own_keys, entry)
        if covered_keys is None:
            yield (
                f"A movimentação {movement.name}, ou a chave com que foi enviada, não é como o registro {entry.id}"
                " da trilha a encontrou."
            )
        elif entry.actor_id != recorded_by:
            yield f"A movimentação {movement.name} não é de quem o registro {entry.id} da trilha diz."
        if entry.row_hash is None and entry.id > self._seal:
            yield f"O registro {entry.id} da trilha não cobre a movimentação {movement.name}."
        yield from self._add_up(movement)
        used = own_keys[:1] if covered_keys is None else covered_keys
        yield from self._report_unused_keys(key for key in keys if key not in used)

    def _find_covered_keys(self, movement: _Movement, keys: list[_Key], entry: ChainEntry) -> list[_Key] | None:
        """The key with which the entry covers the movement, or no key; None where it covers neither."""
        if entry.row_hash is None:
            return keys[:1]  # from before entries covered their rows: the seal covers the movement
        for found in (*([key] for key in keys), list[_Key]()):
            key, fingerprint = (found[0].key, found[0].fingerprint) if found else (None, None)
            try:
                if hash_movement([*movement.columns.values()], key, fingerprint) == entry.row_hash:
                    return found
            except (TypeError, AttributeError):
                continue  # a column holds a value of a type that is never written
        return None

    # --- sums -------------------------------------------------------------------------------

    def _add_up(self, movement: _Movement) -> Iterator[str]:
        """Add the movement to the balances, and compare what it says of itself with the ones before it."""
        if not movement.is_readable:
            yield f"A movimentação {movement.name} guarda o que nenhuma movimentação pode guardar."
            return
        columns = movement.columns
        shop_id, product_id, effect, after = (
            columns[name] for name in ("shop_id", "product_id", "effect", "balance_after")
        )
        balance = self._balances.setdefault((shop_id, product_id), _Balance())
        balance.total += effect
        expected, balance.stated = balance.stated + effect, after
        if after != expected:
            place = f"{IdKind.PRODUCT.to_wire(product_id)} em {IdKind.SHOP.to_wire(shop_id)}"
            yield (
                f"A movimentação {movement.name} diz que o saldo de {place} ficou em {format_quantity(after)};"
                f" pelas anteriores ficou em {format_quantity(expected)}."
            )
        if columns["is_below_zero"] != (effect < 0 and after < 0):
            yield f"A movimentação {movement.name} não diz a verdade sobre o saldo abaixo de zero."
        if not _is_effect_right(columns["kind"], columns["quantity"], effect):
            yield (
                f"A movimentação {movement.name} ({columns['kind']}) de {format_quantity(columns['quantity'])} não pode"
                f" ter mudado o saldo em {format_quantity(effect)}."
            )
        if not _is_reversal_right(movement):
            yield f"A movimentação {movement.name} ({columns['kind']}) não desfaz o que diz desfazer."

    def sum_balances(self) -> dict[tuple[int, int], int]:
        """What the movements of each shop and product add up to, once all are read."""
        return {key: balance.total for key, balance in self._balances.items()}

    # --- keys -------------------------------------------------------------------------------

    def _read_key(self) -> _Key | None:
        try:
            row = next(self._keys, None)
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            self._are_keys_whole, row = False, None
        if row is None:
            return None
        row_id, *rest = row
        return _Key(row_id if type(row_id) is int else _ABOVE_ALL_IDS, *rest)

    def _take_keys(self, seq: int) -> list[_Key]:
        """The keys for rows of this number, whatever they are, and for smaller numbers, which are no movement's."""
        found = []
        while self._next_key is not None and self._next_key.row_id <= seq:
            found.append(self._next_key)
            self._next_key = self._read_key()
        return found

    def _report_unused_keys(self, keys: Iterable[_Key]) -> Iterator[str]:
        """Keys that no movement has: a person may have one for each other row with this number that they recorded."""
        for (row_id, user_id), same in groupby(keys, lambda key: (key.row_id, key.user_id)):
            unused = [*same]
            used_by_others = bool(unused[0].is_of_sale) or 0
            if len(unused) > used_by_others:
                used_by_others += len(self._database.execute(_OTHER_ROWS_WITH_KEYS, (row_id, user_id) * 4))
            for _ in unused[used_by_others:]:
                person = IdKind.USER.to_wire(user_id)
                yield f"Há uma chave de envio de {person} para o número {row_id}, que não é de nada que registrou."


def _is_effect_right(kind: Any, quantity: int, effect: int) -> bool:
    if kind in INWARDS:
        return effect == quantity > 0
    if kind in OUTWARDS:
        return effect == -quantity < 0
    if kind == MovementKind.ADJUSTMENT:
        return effect == quantity != 0
    return bool(kind == MovementKind.REVERSAL and quantity == abs(effect) != 0)


def _is_reversal_right(movement: _Movement) -> bool:
    columns = movement.columns
    if columns["kind"] != MovementKind.REVERSAL:
        return columns["reverses"] is None
    *place_and_effect, kind = movement.reversed
    expected = [columns["shop_id"], columns["product_id"], -columns["effect"]]
    return place_and_effect == expected and kind != MovementKind.REVERSAL


def format_quantity(ten_thousandths: Any) -> str:
    """As a person writes it; anything but an integer as it is stored."""
    if type(ten_thousandths) is not int:
        return repr(ten_thousandths)
    return brazil.format_number(Decimal(ten_thousandths) / SCALE)
