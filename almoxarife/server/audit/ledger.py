"""The ledger against the trail: each movement has its entry, each entry its movement, and all of it adds up.

Both are read side by side, once, in the order in which they were recorded; what is kept
meanwhile grows with the products, not with the movements.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit.hashing import MOVEMENT_COLUMNS, hash_movement, read_in_order, tidy_movement
from almoxarife.server.audit.sealing import add_to_seal
from almoxarife.server.audit.tags import Tag
from almoxarife.server.audit.verification import Entry
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import raw
from almoxarife.server.store.sqlite import is_unreadable_text
from almoxarife.wire.fields import SCALE
from almoxarife.wire.stock import MovementKind

_MOVEMENTS = (
    "SELECT "
    + ", ".join(f"m.{column}" for column in MOVEMENT_COLUMNS.split(", "))
    + ", o.shop_id, o.product_id, o.effect, o.kind"
    " FROM movements m LEFT JOIN movements o ON o.seq = m.reverses WHERE m.seq > ? ORDER BY m.seq LIMIT ?"
)
_KEYS = (
    "SELECT k.row_id, k.user_id, k.key, k.fingerprint, s.seq IS NOT NULL FROM idempotency_keys k"
    " LEFT JOIN sales s ON s.seq = k.row_id AND s.seller_id = k.user_id ORDER BY k.row_id, k.user_id, k.key"
)
_OTHERS = (
    "SELECT 1 FROM products WHERE id = ? AND created_by = ?"
    " UNION ALL SELECT 1 FROM product_imports WHERE id = ? AND imported_by = ?"
    " UNION ALL SELECT 1 FROM sale_cancellations WHERE sale_seq = ? AND cancelled_by = ?"
    " UNION ALL SELECT 1 FROM messages WHERE id = ? AND sender_id = ?"
)
"""What else a key is kept for, besides movements and sales, which are too many to be looked up one by one."""
_NO_ROW = 2**62
"""Larger than any id."""

INWARDS = {MovementKind.ENTRY, MovementKind.OPENING, MovementKind.TRANSFER_IN}
OUTWARDS = {MovementKind.EXIT, MovementKind.SALE, MovementKind.TRANSFER_OUT}
"""What adds and what takes away; an adjustment does either, a reversal the opposite of what it reverses."""


class Movement(NamedTuple):
    seq: int
    shop_id: Any = None
    product_id: Any = None
    kind: Any = None
    quantity: Any = None
    effect: Any = None
    balance_after: Any = None
    reason: Any = None
    document: Any = None
    supplier: Any = None
    recorded_by: Any = None
    recorded_at: Any = None
    occurred_at: Any = None
    is_clock_corrected: Any = None
    is_below_zero: Any = None
    reverses: Any = None

    @property
    def name(self) -> str:
        return IdKind.MOVEMENT.to_wire(self.seq)

    @property
    def is_readable(self) -> bool:
        numbers = (self.shop_id, self.product_id, self.quantity, self.effect, self.balance_after, self.recorded_by)
        return all(type(number) is int for number in numbers)


class Original(NamedTuple):
    """Of what a movement reverses."""

    shop_id: Any
    product_id: Any
    effect: Any
    kind: Any


class Key(NamedTuple):
    row_id: int
    user_id: int
    key: Any
    fingerprint: Any
    is_of_sale: Any = False
    """Whether the same person has recorded a sale with this number."""


class _Place:
    """A product in a shop, as far as its movements were read."""

    __slots__ = ("after", "total")

    def __init__(self) -> None:
        self.after = self.total = 0


class Ledger:
    """Follows the entries of the trail. What its methods yield are sentences about what is wrong."""

    def __init__(self, session: Session, *, seal: int | None) -> None:
        """``seal``: the entry up to which no entry had to cover its row; None where none has to yet."""
        self._database = raw(session)
        self._rows = read_in_order(self._database, _MOVEMENTS)
        self._next = next(self._rows, None)
        self._keys = self._database.stream(_KEYS)
        self._are_keys_whole = True
        self._key = self._take_key()
        self._seal = _NO_ROW if seal is None else seal
        self._digest = sha256() if seal else None
        self._last = 0
        """The ``seq`` up to which rows and entries were compared."""
        self._places: dict[tuple[int, int], _Place] = {}

    # --- entries --------------------------------------------------------------------------

    def follow(self, entry: Entry, *, is_sound: bool) -> Iterator[str]:
        """An entry that tells of a movement; one that was altered counts where it suits the next movement."""
        seq = self._find_seq(entry)
        if seq is None or not (is_sound or seq == self._find_next()):
            return
        yield from self._pass_strangers(before=seq)
        if seq > self._last + 1 and entry.row_hash is not None:
            yield f"Os números das movimentações saltam de m{self._last} para m{seq}: as do meio foram retiradas."
        if self._find_next() != seq:
            yield f"Falta a movimentação {IdKind.MOVEMENT.to_wire(seq)}, da qual fala o registro {entry.id} da trilha."
            self._last = max(self._last, seq)
            return
        movement, original = self._take()
        yield from self._compare(movement, original, entry)

    def follow_seal(self, entry: Entry) -> Iterator[str]:
        """The entry over all movements that were there when it was made."""
        last = IdKind.MOVEMENT.find_number(entry.subject) or 0 if isinstance(entry.subject, str) else 0
        yield from self._pass_strangers(before=last + 1)
        if self._digest is None or self._digest.digest() != entry.row_hash:
            yield (
                f"As movimentações até {entry.subject or 'm0'} não são as que o registro {entry.id} da trilha"
                " encontrou ao atualizar o banco de dados: alguma foi alterada, retirada ou inserida."
            )
        if entry.id >= self._seal:
            self._digest = None

    def finish(self) -> Iterator[str]:
        """What is left when the trail has ended: movements and keys without an entry, and the balances."""
        yield from self._pass_strangers(before=None)
        while self._key is not None:
            yield from self._judge_keys(self._take_keys(self._key.row_id))
        if not self._are_keys_whole:
            yield "Uma chave de envio guarda o que não é texto: as seguintes não foram conferidas."

    def _find_seq(self, entry: Entry) -> int | None:
        """Which movement the entry is about: a reversal's tells of what it reverses, and comes in its turn."""
        number = IdKind.MOVEMENT.find_number(entry.subject) if isinstance(entry.subject, str) else None
        if number is None or entry.tag == Tag.MOVEMENT_RECORDED:
            return number
        if isinstance(self._next, tuple) and self._next[15] == number and entry.row_hash is None:
            return int(self._next[0])
        return self._last + 1

    # --- movements ------------------------------------------------------------------------

    def _find_next(self) -> int | None:
        return self._next[0] if isinstance(self._next, tuple) else self._next

    def _take(self) -> tuple[Movement, Original | None]:
        row = self._next
        if row is None:
            raise RuntimeError("there is no further movement")
        self._next = next(self._rows, None)
        if isinstance(row, int):
            row, original = (row,), None
        else:
            original = Original(*row[16:])
            row = tidy_movement(row[:16])
        if self._digest is not None:
            add_to_seal(self._digest, row if len(row) > 1 else row[0])
        self._last = row[0]
        return Movement(*row), original

    def _pass_strangers(self, *, before: int | None) -> Iterator[str]:
        """Movements of which no entry speaks."""
        while (seq := self._find_next()) is not None and (before is None or seq < before):
            movement, original = self._take()
            yield f"A movimentação {movement.name} não está na trilha: foi inserida, ou o registro dela foi retirado."
            yield from self._add_up(movement, original)
            yield from self._judge_keys(self._take_keys(seq))

    def _compare(self, movement: Movement, original: Original | None, entry: Entry) -> Iterator[str]:
        keys = self._take_keys(movement.seq)
        mine = [key for key in keys if key.user_id == movement.recorded_by]
        match = self._find_key(movement, mine, entry)
        if match is None:
            yield (
                f"A movimentação {movement.name}, ou a chave com que foi enviada, não é como o registro {entry.id}"
                " da trilha a encontrou."
            )
        elif entry.actor_id != movement.recorded_by:
            yield f"A movimentação {movement.name} não é de quem o registro {entry.id} da trilha diz."
        if entry.row_hash is None and entry.id > self._seal:
            yield f"O registro {entry.id} da trilha não cobre a movimentação {movement.name}."
        yield from self._add_up(movement, original)
        spent = mine[:1] if match is None else match
        yield from self._judge_keys(key for key in keys if key not in spent)

    def _find_key(self, movement: Movement, keys: list[Key], entry: Entry) -> list[Key] | None:
        """The key that belongs to the movement, if it has one; None where the entry covers something else."""
        if entry.row_hash is None:
            return keys[:1]  # what entries did not cover yet is known by the seal
        for found in (*([key] for key in keys), list[Key]()):
            key, fingerprint = (found[0].key, found[0].fingerprint) if found else (None, None)
            try:
                if hash_movement(movement, key, fingerprint) == entry.row_hash:
                    return found
            except (TypeError, AttributeError):
                continue  # it holds what none can
        return None

    # --- sums -------------------------------------------------------------------------------

    def _add_up(self, movement: Movement, original: Original | None) -> Iterator[str]:
        if not movement.is_readable:
            yield f"A movimentação {movement.name} guarda o que nenhuma movimentação pode guardar."
            return
        place = self._places.setdefault((movement.shop_id, movement.product_id), _Place())
        place.total += movement.effect
        expected, place.after = place.after + movement.effect, movement.balance_after
        if movement.balance_after != expected:
            yield (
                f"A movimentação {movement.name} diz que o saldo de"
                f" {_place_name(movement.shop_id, movement.product_id)} ficou em {_shown(movement.balance_after)};"
                f" pelas anteriores ficou em {_shown(expected)}."
            )
        if movement.is_below_zero != (movement.effect < 0 and movement.balance_after < 0):
            yield f"A movimentação {movement.name} não diz a verdade sobre o saldo abaixo de zero."
        if not _is_effect_right(movement):
            yield (
                f"A movimentação {movement.name} ({movement.kind}) de {_shown(movement.quantity)} não pode ter mudado"
                f" o saldo em {_shown(movement.effect)}."
            )
        if not _is_reversal_right(movement, original):
            yield f"A movimentação {movement.name} ({movement.kind}) não desfaz o que diz desfazer."

    def list_places(self) -> dict[tuple[int, int], int]:
        """The sum of each product in each shop, once all movements are read."""
        return {place: found.total for place, found in self._places.items()}

    # --- keys -------------------------------------------------------------------------------

    def _take_key(self) -> Key | None:
        try:
            row = next(self._keys, None)
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            self._are_keys_whole, row = False, None
        if row is None:
            return None
        row_id, *rest = row
        return Key(row_id if type(row_id) is int else _NO_ROW, *rest)

    def _take_keys(self, seq: int) -> list[Key]:
        """Those of rows with this number, whatever they are; those of smaller ones are of no movement."""
        found = []
        while self._key is not None and self._key.row_id <= seq:
            found.append(self._key)
            self._key = self._take_key()
        return found

    def _judge_keys(self, keys: Iterable[Key]) -> Iterator[str]:
        """Keys that are of no movement: as many as the person has recorded other things with this number."""
        for (row_id, user_id), same in groupby(keys, lambda key: (key.row_id, key.user_id)):
            left = [*same]
            known = bool(left[0].is_of_sale) or 0
            if len(left) > known:
                known += len(self._database.execute(_OTHERS, (row_id, user_id) * 4))
            for _ in left[known:]:
                person = IdKind.USER.to_wire(user_id)
                yield f"Há uma chave de envio de {person} para o número {row_id}, que não é de nada que registrou."


def _is_effect_right(movement: Movement) -> bool:
    kind, quantity, effect = movement.kind, movement.quantity, movement.effect
    if kind in INWARDS:
        return bool(effect == quantity > 0)
    if kind in OUTWARDS:
        return bool(effect == -quantity < 0)
    if kind == MovementKind.ADJUSTMENT:
        return bool(effect == quantity != 0)
    return bool(kind == MovementKind.REVERSAL and quantity == abs(effect) != 0)


def _is_reversal_right(movement: Movement, original: Original | None) -> bool:
    if movement.kind != MovementKind.REVERSAL:
        return movement.reverses is None
    return (
        original is not None
        and original[:3] == (movement.shop_id, movement.product_id, -movement.effect)
        and (original.kind != MovementKind.REVERSAL)
    )


def _shown(ten_thousandths: int) -> str:
    return brazil.format_number(Decimal(ten_thousandths) / SCALE)


def _place_name(shop_id: int, product_id: int) -> str:
    return f"{IdKind.PRODUCT.to_wire(product_id)} em {IdKind.SHOP.to_wire(shop_id)}"
