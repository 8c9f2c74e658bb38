"""The hashes of the audit trail: of entries, each chained to the one before, and of rows (``docs/audit.md``).

Changing, removing or inserting an entry breaks the chain at that place. Rewriting the chain from
there on gives another head than the one that was kept elsewhere.

The bytes that are hashed never change, because entries and rows of any age must verify. A new
column is appended at the end, under a new name of the table. Personal names and the CPF are
hashed only together with the password hash: when a person is erased it is deleted, and its
salt keeps anybody from guessing the name from the row hash that stays.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import Any, NamedTuple, Self

import orjson

from almoxarife.server.errors import StartupError
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sqlite import is_unreadable_text

SALT_SIZE = SEAL_SIZE = 16
"""In bytes. Finding a salt that makes another address fit a seal takes 2**128 attempts."""


class Link(NamedTuple):
    """The id and the hash of an entry, which the next entry is chained to; that of the last entry is the head."""

    id: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.id}-{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The head that ``audit head`` has printed. Raises StartupError."""
        number, _, hashed = text.strip().partition("-")
        if not re.fullmatch("[1-9][0-9]{0,17}", number) or not re.fullmatch("[0-9a-f]{64}", hashed):
            raise StartupError(
                f"“{text}” não é uma cabeça da trilha. Copie inteira a que almoxarife audit head mostrou."
            )
        return cls(int(number), bytes.fromhex(hashed))


GENESIS = Link(0, bytes(32))
"""What the first entry is chained to."""


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
    """The link of the entry after ``before``. ``recorded_at`` is in microseconds since 1970.

    ``row_hash`` is that of the row the entry is about, if it is about one.
    """
    number = before.id + 1
    # For integers, texts and null, orjson writes the canonical form of RFC 8785.
    values = (number, recorded_at, tag, outcome, actor_id, subject, cause, seal and seal.hex(), request_id)
    content = orjson.dumps(values if row_hash is None else (*values, row_hash.hex()))
    return Link(number, sha256(before.hash + content).digest())


class AddressSeal(NamedTuple):
    """The salted hash of an address, which is what the chain holds of it, and the salt.

    Erasing a person deletes address and salt: the chain still verifies, and the seal tells nothing.
    """

    salt: bytes | None
    seal: bytes | None


NO_ADDRESS = AddressSeal(None, None)


@lru_cache(maxsize=4096)
def seal_address(address: str, actor_id: int | None) -> AddressSeal:
    """Each person and address have a salt of their own: after an erasure no other person's entries give it away."""
    salt = token_bytes(SALT_SIZE)
    return AddressSeal(salt, make_seal(salt, address))


def make_seal(salt: bytes, address: str) -> bytes:
    return sha256(salt + address.encode()).digest()[:SEAL_SIZE]


# --- reading rows for a check -------------------------------------------------------------

PAGE = 5000
_SMALLEST_ID = -(2**63)

Row = tuple[Any, ...]


def read_in_order(database: Raw, sql: str) -> Iterator[Row | int]:
    """All rows of ``SELECT id, … WHERE id > ? ORDER BY id LIMIT ?``.

    Of a row with a text that cannot be decoded, only the id: somebody may have written anything into the file.
    """
    after, limit = _SMALLEST_ID, PAGE
    while True:
        try:
            rows = database.execute(sql, (after, limit))
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            if limit > 1:  # find the row by reading one at a time
                limit = 1
                continue
            id_column, rest = sql.removeprefix("SELECT ").partition(",")[0], sql.partition(" FROM ")[2]
            ((after,),) = database.execute(f"SELECT {id_column} FROM {rest}", (after, 1))
            yield int(after)
            limit = PAGE
            continue
        yield from rows
        if len(rows) < limit:
            return
        after = rows[-1][0]


def restore_booleans(row: Row, indexes: Sequence[int]) -> Row:
    """The row as it was hashed: SQLite stores a boolean as 0 or 1."""
    values = [*row]
    for index in indexes:
        if type(values[index]) is int and values[index] in {0, 1}:
            values[index] = bool(values[index])
    return tuple(values)


@cache
def _find_indexes(columns: str, names: tuple[str, ...]) -> tuple[int, ...]:
    listed = columns.split(", ")
    return tuple(listed.index(name) for name in names)


# --- movements and sales: rows that never change --------------------------------------------

MOVEMENT_COLUMNS = (
    "seq, shop_id, product_id, kind, quantity, effect, balance_after, reason, document, supplier,"
    " recorded_by, recorded_at, occurred_at, is_clock_corrected, is_below_zero, reverses"
)
MOVEMENT_BOOLEANS = _find_indexes(MOVEMENT_COLUMNS, ("is_clock_corrected", "is_below_zero"))
SALE_COLUMNS = "seq, shop_id, seller_id, amount, discount, recorded_at, occurred_at, is_clock_corrected, is_below_zero"
SALE_BOOLEANS = _find_indexes(SALE_COLUMNS, ("is_clock_corrected", "is_below_zero"))
ITEM_COLUMNS = "line, product_id, quantity, price, subtotal, discount, movement_seq"
CANCELLATION_COLUMNS = "sale_seq, reason, cancelled_by, cancelled_at"


def hash_movement(row: Sequence[Any], key: str | None, fingerprint: bytes | None) -> bytes:
    """``row`` has the ``MOVEMENT_COLUMNS``; key and fingerprint are those of its idempotency key."""
    return sha256(orjson.dumps(("movements", *row, key, fingerprint and fingerprint.hex()))).digest()


def movement_bytes(row: Sequence[Any]) -> bytes:
    """A movement without its key, for the one hash over all movements from before entries covered their rows."""
    return orjson.dumps(("movements", *row))


def hash_sale(row: Sequence[Any], items: Sequence[Sequence[Any]], key: str | None, fingerprint: bytes | None) -> bytes:
    """``row`` has the ``SALE_COLUMNS``, each of the items, in the order of the lines, the ``ITEM_COLUMNS``."""
    return sha256(orjson.dumps(("sales", *row, items, key, fingerprint and fingerprint.hex()))).digest()


def hash_cancellation(row: Sequence[Any], key: str | None, fingerprint: bytes | None) -> bytes:
    """``row`` has the ``CANCELLATION_COLUMNS``."""
    return sha256(orjson.dumps(("sale_cancellations", *row, key, fingerprint and fingerprint.hex()))).digest()


# --- people, shops, chains, products: rows that change ----------------------------------------


class PartTable(NamedTuple):
    """A table with rows that belong to those of another one and are hashed with them."""

    name: str
    owner_column: str
    columns: str


class CoveredTable(NamedTuple):
    """A table in which each change of a row has an audit entry, whose subject is the row's id."""

    name: str
    columns: str
    """In the order in which they are hashed."""
    booleans: tuple[str, ...] = ()
    parts: PartTable | None = None
    hashed_as: str | None = None
    """The name of the table in the hash, where that is not its own: it has got a new one with a new column."""
    later_columns: int = 0
    """How many of the last columns were added after rows had been hashed. Where all are empty, the row is hashed
    without them, as it was before."""
    hashed_with_later_as: str = ""


USERS = CoveredTable(
    "users",
    "id, username, username_folded, password_hash, is_password_weak, must_change_password, role, state, generation,"
    " erased_at, full_name, cpf_hash, cpf_mask, birth_year",
    booleans=("is_password_weak", "must_change_password"),
    parts=PartTable("user_shops", "user_id", "shop_id"),
    hashed_as="users/2",
)
SHOPS = CoveredTable(
    "shops",
    "id, name, name_folded, policy, cnpj, chain_id, is_active, version, scale_label",
    booleans=("is_active",),
    hashed_as="shops/2",
    later_columns=1,
    hashed_with_later_as="shops/3",
)
CHAINS = CoveredTable("chains", "id, name, name_folded, version")
PRODUCTS = CoveredTable(
    "products",
    "id, name, name_folded, unit, barcode, minimum_stock, price, is_active, version, created_at, created_by, sku, cost",
    booleans=("is_active",),
    parts=PartTable("product_codes", "product_id", "gtin, factor"),
    later_columns=2,
    hashed_with_later_as="products/2",
)
TABLES = {IdKind.USER: USERS, IdKind.SHOP: SHOPS, IdKind.CHAIN: CHAINS, IdKind.PRODUCT: PRODUCTS}

HASH_OF_FIRST_SHOP = sha256(orjson.dumps(("shops/2", 1, "Matriz", "matriz", "bloquear", None, None, True, 1))).digest()
"""Of the shop that every database begins with, which no entry is about."""


class RowHash(NamedTuple):
    id: int
    hash: bytes | None
    """None for a row with a value that no column of its may hold."""


def find_hashes(database: Raw, kind: IdKind, ids: Iterable[int]) -> dict[int, bytes | None]:
    """The hashes of some rows as they are now."""
    table = TABLES[kind]
    keys = [(number,) for number in sorted(set(ids))]

    def read(columns: str, name: str, id_column: str) -> list[Row]:
        selected = ", ".join(f"r.{column}" for column in columns.split(", "))
        return database.execute_many(
            f"WITH asked (id) AS (VALUES (?)) SELECT {selected} FROM asked a JOIN {name} r ON r.{id_column} = a.id",
            keys,
        )

    rows = read(table.columns, table.name, "id")
    parts: dict[int, list[Any]] = {}
    if table.parts is not None:
        name, owner_column, columns = table.parts
        parts = _group_by_owner(read(f"{owner_column}, {columns}", name, owner_column))
    return {row[0]: _hash_row(table, row, parts.get(row[0], [])) for row in rows}


def list_hashes(database: Raw, kind: IdKind) -> Iterator[RowHash]:
    """The hashes of all rows, in the order of their ids."""
    table = TABLES[kind]
    parts: dict[int, list[Any]] = {}
    if table.parts is not None:
        name, owner_column, columns = table.parts
        parts = _group_by_owner(database.execute(f"SELECT {owner_column}, {columns} FROM {name}"))
    for row in read_in_order(database, f"SELECT {table.columns} FROM {table.name} WHERE id > ? ORDER BY id LIMIT ?"):
        if isinstance(row, int):
            yield RowHash(row, None)
        else:
            yield RowHash(row[0], _hash_row(table, row, parts.get(row[0], ())))


def hash_product(row: Row, codes: Sequence[Row] = ()) -> bytes | None:
    """The hash of a product that the caller has just written, and so need not be read again.

    ``row`` has the columns of ``PRODUCTS``; ``codes`` are the 14 digits and the factor of each further barcode, sorted.
    """
    return _hash_row(PRODUCTS, row, codes)


def _hash_row(table: CoveredTable, row: Row, parts: Sequence[Any]) -> bytes | None:
    values = [*restore_booleans(row, _find_indexes(table.columns, table.booleans))]
    name = table.hashed_as or table.name
    if table is USERS:
        if row[3] is None:  # without a password hash, whoever has the row hash could guess the names (see above)
            values[1] = values[2] = None
            values[10:] = [None] * 4
        values.append([*parts])
    elif table.later_columns and not parts and all(value is None for value in values[-table.later_columns :]):
        del values[-table.later_columns :]
    elif table.later_columns:
        name = table.hashed_with_later_as
        if table.parts is not None:
            values.append([*parts])
    try:
        return sha256(orjson.dumps((name, *values))).digest()
    except TypeError:
        return None


def _group_by_owner(rows: Iterable[Row]) -> dict[int, list[Any]]:
    """Parts by the id of the row they belong to, sorted; the bare value where a part has one column."""
    grouped: dict[int, list[Any]] = {}
    for owner, *values in sorted(rows):
        grouped.setdefault(owner, []).append(values[0] if len(values) == 1 else values)
    return grouped
