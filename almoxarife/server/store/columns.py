"""Column types for quantities, money and times, all stored as integers so that nothing is rounded.

A quantity is stored in ten-thousandths, money in centavos, a time in microseconds since 1970 in UTC. Values that
would have to be rounded are refused.

Also partial indexes, INSERT statements from tables, and statements for many rows.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, get_args, get_type_hints

from sqlalchemy import BigInteger, Column, Dialect, FromClause, Index, Integer, MetaData, text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_INTEGER = 2**63 - 1

WholeNumber = BigInteger().with_variant(Integer(), "sqlite")
"""Ids and counts: 64 bits on any database (SQLite makes an INTEGER as large as it needs to be)."""


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC. Raises ValueError for a time without a zone."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def micros_to_iso(micros: int) -> str:
    """The wire's form of a stored time: UTC with milliseconds and a Z."""
    return f"{_second_to_iso(micros // 1_000_000)}.{micros // 1000 % 1000:03d}Z"


@lru_cache(maxsize=2000)
def _second_to_iso(second: int) -> str:
    # Cached: neighbours in a list share their second, and formatting is the most expensive part of a row.
    return (EPOCH + timedelta(seconds=second)).isoformat()[:19]


def _scaled(value: Decimal | int, decimals: int) -> int:
    scaled = Decimal(value).scaleb(decimals)
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > MAX_INTEGER:
        raise ValueError(f"{value!r} does not fit {decimals} decimals exactly")
    return int(scaled)


class TenThousandths(TypeDecorator[Decimal]):
    """A quantity of up to four decimals. Raises ValueError (as StatementError) rather than round."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else _scaled(value, 4)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 10_000


class Centavos(TypeDecorator[Decimal]):
    """An amount of reais with two decimals. Raises ValueError (as StatementError) rather than round."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else _scaled(value, 2)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC; an integer, which sorts and which raw SQL can write."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def columns_of(row: type) -> list[Column[Any]]:
    """The columns of a table, from the fields of ``row`` that are ``Annotated`` with what Column takes."""
    return [
        Column(name, *hint.__metadata__, nullable=type(None) in get_args(hint.__origin__))
        for name, hint in get_type_hints(row, include_extras=True).items()
        if hasattr(hint, "__metadata__")
    ]


def partial_index(name: str, *columns: str, where: str, is_unique: bool = False) -> Index:
    """An index of only the rows that fulfil ``where``.

    For PostgreSQL, ``tell_postgresql`` must be called: setting its option here would load its dialect, 50 ms of each
    start on SQLite.
    """
    return Index(name, *columns, unique=is_unique, sqlite_where=text(where), info={"where": where})


def tell_postgresql(models: MetaData) -> None:
    """Make the partial indexes of these tables partial on PostgreSQL; call it before creating them there."""
    for table in models.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = text(index.info["where"])


def insert_into(table: FromClause) -> str:
    """The INSERT of a row with all columns of the table, in its order."""
    names = table.columns.keys()
    placeholders = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({placeholders})"  # noqa: S608  # the names of our own columns


# --- one statement for many rows ----------------------------------------------------------

SIZES = (64, 56, 48, 40, 32, 28, 24, 20, *range(16, 0, -1))
"""Rows of one statement. Few sizes, so that all statements stay prepared; but enough that two statements suffice for
up to 64 rows. SQLite takes 32,766 values in a statement since 3.32; a row has 17 at most."""
_LARGEST = [0, *(next(size for size in SIZES if size <= rows) for rows in range(1, SIZES[0] + 1))]
"""The size of the next statement, by the number of rows that are left."""
PREPARED = 200
"""Prepared statements of a connection; a day's entries need some 150 in all sizes."""
_VALUES = re.compile(r"(?<= VALUES )\([^()]*\)|(?<=\(VALUES )\([^()]*\)")


def split(sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, Sequence[Any]]]:
    """The statements and their parameters that execute ``sql`` for all rows, in their order."""
    if len(rows) == 1:  # the usual case without concurrent writes
        yield sql, rows[0]
        return
    done = 0
    while done < len(rows):
        size = _LARGEST[min(len(rows) - done, SIZES[0])]
        yield _repeat_values(sql, size), [*chain.from_iterable(rows[done : done + size])]
        done += size


@lru_cache(maxsize=1000)
def _repeat_values(sql: str, times: int) -> str:
    """``sql`` with its group of ``VALUES`` repeated. Raises ValueError if there is not exactly one."""
    groups = _VALUES.findall(sql)
    if len(groups) != 1:
        raise ValueError(f"one group of values is needed: {sql}")
    return _VALUES.sub(", ".join(groups * times), sql)
