"""Products, people and history, the same for all contenders.

Movement number ``n`` (from 1) is an entry of 1 to 9 pieces of one of 1,000 products; the
history ends a minute before now, one movement every 30 seconds.
"""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.operations import PEOPLE, PRODUCTS

PASSWORD = "1234"
USERNAMES = ("admin", *(f"pessoa{number}" for number in range(1, PEOPLE)))
_STEP_US = 30_000_000


class Product(NamedTuple):
    number: int
    name: str
    barcode: str
    centavos: int


class Movement(NamedTuple):
    seq: int
    product: int
    pieces: int
    balance: int
    """Pieces after it."""
    micros: int
    key: str
    fingerprint: bytes


def products() -> Iterator[Product]:
    for number in range(1, PRODUCTS + 1):
        first = f"789{number:09d}"
        check = -sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(first)) % 10
        yield Product(number, f"Parafuso sextavado M{number % 30 + 3} x {number} mm", f"{first}{check}", 100 + number)


def movements(count: int) -> Iterator[Movement]:
    chance = random.Random(1)
    balances = [0] * (PRODUCTS + 1)
    first = (int(time.time()) - 60) * 1_000_000 - count * _STEP_US
    for seq in range(1, count + 1):
        product, pieces = seq % PRODUCTS + 1, chance.randint(1, 9)
        balances[product] += pieces
        key, fingerprint = f"{chance.getrandbits(128):032x}", chance.randbytes(32)
        yield Movement(seq, product, pieces, balances[product], first + seq * _STEP_US, key, fingerprint)


SALES_YEAR = 2023
"""Of all sales, one after the other from its first day to its last."""


class Sale(NamedTuple):
    seq: int
    seller: int
    centavos: int
    micros: int


def sales(count: int) -> Iterator[Sale]:
    first = int(datetime(SALES_YEAR, 1, 1, 12, tzinfo=UTC).timestamp()) * 1_000_000
    step = 364 * 86_400_000_000 // max(1, count)
    for seq in range(1, count + 1):
        yield Sale(seq, seq * 7 % PEOPLE + 1, 100 + seq * 37 % 20_000, first + seq * step)


def balances(count: int) -> list[int]:
    """Pieces of each product after the whole history; the first is no product."""
    found = [0] * (PRODUCTS + 1)
    for movement in movements(count):
        found[movement.product] = movement.balance
    return found


@contextmanager
def filling(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that need not be durable while it fills; afterwards the file is whole and analysed by nobody."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF").fetchall()
        db.execute("BEGIN")
        yield db
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
