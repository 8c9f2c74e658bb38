"""``contract.Raw`` on PostgreSQL."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import count
from typing import Any, ClassVar

import psycopg
from psycopg import RawServerCursor
from psycopg.pq import TransactionStatus

from almoxarife.server.store.columns import split
from almoxarife.server.store.contract import Rows
from almoxarife.server.store.postgres_connection import PostgresConnection

_STREAMS = count(1)
STREAMED = 5000
"""Rows of a stream that are fetched at once."""
MANY = 500
"""From so many rows on, COPY is used instead of INSERT."""
_PLAIN_INSERT = re.compile(r"INSERT INTO (\w+) \(([\w, ]+)\) VALUES \((?:\?, )*\?\)")
_MARK = re.compile(r"'[^']*'|\?|(?<!:):(\w+)")


class Raw:
    """``contract.Raw``. Statements have SQLite's placeholders; each is translated once."""

    __slots__ = ("_pg",)

    is_remote: ClassVar[bool] = True

    def __init__(self, pg: PostgresConnection) -> None:
        self._pg: PostgresConnection | None = pg

    def execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        return self.send(sql, parameters)()

    def send(self, sql: str, parameters: Any = ()) -> Rows:
        pg, (statement, names) = self._open_pg(), translate(sql)
        return partial(pg.rows, pg.send(statement, [parameters[name] for name in names] if names else parameters))

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        return self.send_many(sql, rows)()

    def send_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> Rows:
        pg = self._open_pg()
        plain = _PLAIN_INSERT.fullmatch(sql) if len(rows) >= MANY else None
        if plain is not None:
            with pg.cursor() as cursor, cursor.copy(f"COPY {plain[1]} ({plain[2]}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return list
        found = [self.send(statement, parameters) for statement, parameters in split(sql, rows)]
        return lambda: [row for part in found for row in part()]

    def receive(self) -> None:
        if self._pg is not None:
            self._pg.receive()

    def stream(self, sql: str, parameters: Any = ()) -> Iterator[tuple[Any, ...]]:
        statement, names = translate(sql)
        with RawServerCursor(self._open_pg(), f"stream_{next(_STREAMS)}") as cursor:
            cursor.itersize = STREAMED
            cursor.execute(statement, [parameters[name] for name in names] if names else parameters)
            yield from cursor

    def end(self) -> None:
        if self._pg is not None:
            self._pg.drop_sent()
        self._pg = None

    def _open_pg(self) -> PostgresConnection:
        if self._pg is None:
            raise RuntimeError("this session has ended")
        if self._pg.pgconn.transaction_status == TransactionStatus.IDLE:
            raise psycopg.OperationalError("the transaction is over")
        return self._pg


@lru_cache(maxsize=1000)
def translate(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Replace ``?`` and ``:name`` outside of quotes by ``$1``, ``$2``, …; returns also the names in their order."""
    names: list[str] = []
    marks = count(1)

    def number(found: re.Match[str]) -> str:
        if found[0] == "?":
            return f"${next(marks)}"
        name = found[1]
        if name is None:
            return found[0]
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    return _MARK.sub(number, sql).encode(), tuple(names)
