"""What is hashed: an entry with the hash of the one before, and the row that it speaks of (``docs/audit.md``).

Changing, removing or slipping in an entry breaks the chain at that place; writing it anew
from there on ends at another head than the one somebody kept elsewhere.

The bytes are fixed for ever: entries and rows of ten years ago must verify. What an entry says more, and a column
that comes later, is added at the end, a column under a new name of the table. Nothing that
names a person outlives them: names and the CPF stand beside the password hash alone, whose
salt nobody can guess once it is gone.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import Any, NamedTuple, Self

import orjson

from almoxarife.server.errors import StartupError
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sqlite import is_unreadable_text

SALT_SIZE = SEAL_SIZE = 16
"""Bytes: to put another address under a seal one has 2**128 salts to try."""


class Link(NamedTuple):
    """What the next entry follows; the last one is the head."""

    id: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.id}-{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StartupError for what ``audit head`` never prints."""
        number, _, hashed = text.strip().partition("-")
        if not re.fullmatch("[1-9][0-9]{0,17}", number) or not re.fullmatch("[0-9a-f]{64}", hashed):
            raise StartupError(
                f"“{text}” não é uma cabeça da trilha. Copie inteira a que almoxarife audit head mostrou."
            )
        return cls(int(number), bytes.fromhex(hashed))


BEFORE_ALL = Link(0, bytes(32))
"""What the first entry follows."""


def link(
    before: Link,
    recorded_at: int,
    tag: str,
    outcome: str,
    actor_id: int | None,
    subject: str | None,
    cause: str | None,
    seal: bytes | None,
    request_id: str | None,
    row_hash: bytes | None = None,
) -> Link:
    """The link of the entry that follows ``before``; ``recorded_at`` in microseconds since 1970.

    ``row_hash``: of the row that the entry speaks of, where there is one.
    """
    number = before.id + 1
    shown = None if seal is None else seal.hex()
    # Of integers, texts and null, orjson writes what RFC 8785 asks for.
    said = (number, recorded_at, tag, outcome, actor_id, subject, cause, shown, request_id)
    content = orjson.dumps(said if row_hash is None else (*said, row_hash.hex()))
    return Link(number, sha256(before.hash + content).digest())


class Sealed(NamedTuple):
    """An address as the chain holds it, and the salt that shows whose it is until both are forgotten."""

    salt: bytes | None
    seal: bytes | None


NO_ADDRESS = Sealed(None, None)


@lru_cache(maxsize=4096)
def seal_address(address: str, actor_id: int | None) -> Sealed:
    """A salt of its own for each person and address: what is forgotten of one is not told by another's entries."""
    salt = token_bytes(SALT_SIZE)
    return Sealed(salt, make_seal(salt, address))


def make_seal(salt: bytes, address: str) -> bytes:
    return sha256(salt + address.encode()).digest()[:SEAL_SIZE]


# --- rows of the database ------------------------------------------------------------------

PAGE = 5000
_SMALLEST = -(2**63)

Row = tuple[Any, ...]


def read_in_order(database: Raw, sql: str) -> Iterator[Row | int]:
    """All rows of ``… WHERE id > ? ORDER BY id LIMIT ?``, which begin with the id; the id alone of one that
    holds a text that is none.
    """
    after, limit = _SMALLEST, PAGE
    while True:
        try:
            rows = database.execute(sql, (after, limit))
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            if limit > 1:
                limit = 1
                continue
            # A number cannot be unreadable: asked for alone, it is found.
            key, rest = sql.removeprefix("SELECT ").partition(",")[0], sql.partition(" FROM ")[2]
            ((after,),) = database.execute(f"SELECT {key} FROM {rest}", (after, 1))
            yield int(after)
            limit = PAGE
            continue
        yield from rows
        if len(rows) < limit:
            return
        after = rows[-1][0]


# --- a movement -------------------------------------------------------------------------

MOVEMENT_COLUMNS = (
    "seq, shop_id, product_id, kind, quantity, effect, balance_after, reason, document, supplier,"
    " recorded_by, recorded_at, occurred_at, is_clock_corrected, is_below_zero, reverses"
)
_TRUTHS = (13, 14)


def hash_movement(row: Sequence[Any], key: str | None, fingerprint: bytes | None) -> bytes:
    """``MOVEMENT_COLUMNS`` in their order, and the key that keeps it from being recorded twice."""
    shown = None if fingerprint is None else fingerprint.hex()
    return sha256(orjson.dumps(("movements", *row, key, shown))).digest()


def movement_bytes(row: Sequence[Any]) -> bytes:
    """For the sum over all that was recorded before entries covered their rows; without its key."""
    return orjson.dumps(("movements", *row))


def tidy_movement(row: Row) -> Row:
    """As it was recorded: a file holds truths as numbers."""
    return (*row[:13], _truth(row[13]), _truth(row[14]), *row[15:])


# --- a sale -----------------------------------------------------------------------------

SALE_COLUMNS = "seq, shop_id, seller_id, amount, discount, recorded_at, occurred_at, is_clock_corrected, is_below_zero"
ITEM_COLUMNS = "line, product_id, quantity, price, subtotal, discount, movement_seq"
CANCELLATION_COLUMNS = "sale_seq, reason, cancelled_by, cancelled_at"


def hash_sale(row: Sequence[Any], items: Sequence[Sequence[Any]], key: str | None, fingerprint: bytes | None) -> bytes:
    """``SALE_COLUMNS``, ``ITEM_COLUMNS`` of each line in order, and the key."""
    shown = None if fingerprint is None else fingerprint.hex()
    return sha256(orjson.dumps(("sales", *row, items, key, shown))).digest()


def tidy_sale(row: Row) -> Row:
    return (*row[:7], _truth(row[7]), _truth(row[8]))


def hash_cancellation(row: Sequence[Any], key: str | None, fingerprint: bytes | None) -> bytes:
    """``CANCELLATION_COLUMNS`` in their order, and the key."""
    shown = None if fingerprint is None else fingerprint.hex()
    return sha256(orjson.dumps(("sale_cancellations", *row, key, shown))).digest()


def _truth(value: object) -> object:
    return bool(value) if type(value) is int and value in {0, 1} else value


# --- rows that change ---------------------------------------------------------------------


class Table(NamedTuple):
    """Rows that are changed, each change with an entry whose subject is the row's id."""

    name: str
    columns: str
    truths: tuple[int, ...] = ()
    """Which of the columns hold a truth."""
    covered_as: str | None = None
    """The table's name in the bytes, where it is covered under another one: it has got a column that matters."""
    later: int = 0
    """How many of the last columns came after rows were covered: one that has nothing in them is covered as ever."""
    extended_as: str = ""
    """The name of a row that has."""
    parts: str = ""
    """Rows of another table that belong to it: the table, the column of its id, what is covered."""


USERS = Table(
    "users",
    "id, username, username_folded, password_hash, is_password_weak, must_change_password, role, state, generation,"
    " erased_at, full_name, cpf_hash, cpf_mask, birth_year",
    (4, 5),
    "users/2",
    parts="user_shops user_id shop_id",
)
SHOPS = Table(
    "shops",
    "id, name, name_folded, policy, cnpj, chain_id, is_active, version, scale_label",
    (6,),
    "shops/2",
    later=1,
    extended_as="shops/3",
)
CHAINS = Table("chains", "id, name, name_folded, version")
PRODUCTS = Table(
    "products",
    "id, name, name_folded, unit, barcode, minimum_stock, price, is_active, version, created_at, created_by, sku, cost",
    (7,),
    later=2,
    extended_as="products/2",
    parts="product_codes product_id gtin,factor",
)
TABLES = {IdKind.USER: USERS, IdKind.SHOP: SHOPS, IdKind.CHAIN: CHAINS, IdKind.PRODUCT: PRODUCTS}

MATRIZ = sha256(orjson.dumps(("shops/2", 1, "Matriz", "matriz", "bloquear", None, None, True, 1))).digest()
"""The shop that every database begins with."""


class RowHash(NamedTuple):
    id: int
    hash: bytes | None
    """None where the row holds what no column of its can."""


def find_hashes(database: Raw, kind: IdKind, ids: Iterable[int]) -> dict[int, bytes | None]:
    """The hashes of some rows as they are now."""
    table = TABLES[kind]
    columns = ", ".join(f"r.{column}" for column in table.columns.split(", "))
    asked = [(number,) for number in sorted(set(ids))]
    rows = database.execute_many(
        f"WITH asked (id) AS (VALUES (?)) SELECT {columns} FROM asked a JOIN {table.name} r ON r.id = a.id", asked
    )
    parts: list[Row] = []
    if table.parts:
        other, key, said = table.parts.split()
        wanted = ", ".join(f"r.{column}" for column in (key, *said.split(",")))
        parts = database.execute_many(
            f"WITH asked (id) AS (VALUES (?)) SELECT {wanted} FROM asked a JOIN {other} r ON r.{key} = a.id", asked
        )
    grouped = _group(parts)
    return {row[0]: _hash_row(table, row, grouped.get(row[0], [])) for row in rows}


def hash_product(row: Row, codes: Sequence[Row] = ()) -> bytes | None:
    """``PRODUCTS.columns`` in their order, of a product that nobody else can change before the COMMIT.

    ``codes``: the numbers of its further codes in 14 places, in their order, with the factors.
    """
    return _hash_row(PRODUCTS, row, codes)


def list_hashes(database: Raw, kind: IdKind) -> Iterator[RowHash]:
    """All rows in the order of their ids."""
    table = TABLES[kind]
    parts: dict[int, list[Any]] = {}
    if table.parts:
        other, key, said = table.parts.split()
        parts = _group(database.execute(f"SELECT {key}, {said} FROM {other}"))
    for row in read_in_order(database, f"SELECT {table.columns} FROM {table.name} WHERE id > ? ORDER BY id LIMIT ?"):
        if isinstance(row, int):
            yield RowHash(row, None)
        else:
            yield RowHash(row[0], _hash_row(table, row, parts.get(row[0], ())))


def _hash_row(table: Table, row: Row, parts: Sequence[Any]) -> bytes | None:
    values = [_truth(value) if place in table.truths else value for place, value in enumerate(row)]
    name = table.covered_as or table.name
    if table is USERS:
        if row[3] is None:  # nobody logs in with the name, and nothing would keep it from being guessed
            values[1] = values[2] = None
            values[10:] = [None] * 4
        values.append([*parts])
    elif table.later and not parts and not any(value is not None for value in values[-table.later :]):
        del values[-table.later :]
    elif table.later:
        name = table.extended_as
        if table.parts:
            values.append([*parts])
    try:
        return sha256(orjson.dumps((name, *values))).digest()
    except TypeError:
        return None


def _group(rows: Iterable[Row]) -> dict[int, list[Any]]:
    """What belongs to each id, in its order; of one column its value, of more of them a row."""
    grouped: dict[int, list[Any]] = {}
    for key, *said in sorted(rows):
        grouped.setdefault(key, []).append(said[0] if len(said) == 1 else said)
    return grouped
