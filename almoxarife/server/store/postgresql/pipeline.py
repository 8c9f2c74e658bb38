"""Pipelined statements: one round trip for all that were sent since the last wait.

psycopg's own pipeline mode sends a Flush after its Sync, after which PostgreSQL's idle timeouts no longer apply: a
process that is stopped within its transaction would hold the writers' lock for ever. This one ends with the Sync.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from almoxarife.server.store.columns import PREPARED

_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_Key = tuple[bytes, tuple[int, ...]]


class Adapters:
    """Stands for a connection where psycopg needs one only for its adapters."""

    connection = None

    def __init__(self, adapters: AdaptersMap) -> None:
        self.adapters = adapters


class Statement:
    """A statement that was sent or is queued, and its answer."""

    __slots__ = ("formats", "parameters", "result", "text", "types")

    def __init__(
        self, text: bytes, parameters: Sequence[Buffer | None], types: tuple[int, ...], formats: Sequence[Format]
    ) -> None:
        self.text = text
        self.parameters = parameters
        self.types = types
        self.formats = formats
        self.result: PGresult | None = None

    @property
    def tag(self) -> bytes | None:
        """The command tag of the answer, such as ``COMMIT``."""
        return None if self.result is None else self.result.command_status


class Pipeline:
    """Sends the statements of one connection and knows which are prepared. Used by one thread at a time."""

    def __init__(self, pgconn: PGconn, adapters: AdaptersMap) -> None:
        self._pgconn = pgconn
        self._transformer = Transformer(Adapters(adapters))
        # A statement is prepared at its second use; until then its name is empty.
        self._names: OrderedDict[_Key, bytes] = OrderedDict()
        self._numbers = count(1)

    def make(self, text: bytes, parameters: Sequence[Any]) -> Statement:
        """Raises psycopg.Error for a parameter that cannot be adapted."""
        transformer = self._transformer
        dumped = transformer.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        return Statement(text, dumped, transformer.types or (), transformer.formats or ())

    def load(self, result: PGresult) -> list[tuple[Any, ...]]:
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def exchange(self, statements: Sequence[Statement]) -> PQGen[None]:
        """Send all and wait for all answers. Raises the first error; later statements were not executed."""
        prepared: list[_Key] = []
        self._pgconn.enter_pipeline_mode()
        expected: list[Statement | None] = []
        for statement in statements:
            expected += [None] * self._send(statement, prepared)
            expected.append(statement)
        self._pgconn.pipeline_sync()
        yield from send(self._pgconn)
        failed: PGresult | None = None
        for answered in expected:
            results = yield from fetch_many(self._pgconn)
            if not results:
                raise psycopg.OperationalError("the connection was lost")
            if results[0].status not in _DONE:
                failed = failed or results[0]
            elif answered is not None:
                answered.result = results[0]
        yield from fetch_many(self._pgconn)
        self._pgconn.exit_pipeline_mode()
        if failed is not None:
            for key in prepared:
                self._names.pop(key, None)
            raise error_from_result(failed)

    def _send(self, statement: Statement, prepared: list[_Key]) -> int:
        """Send one; returns how many answers come before its own."""
        besides = 0
        key = statement.text, statement.types
        name = self._names.get(key)
        if name is None:
            self._names[key] = b""
            if len(self._names) > PREPARED:
                _, oldest = self._names.popitem(last=False)
                if oldest:
                    self._pgconn.send_query_params(b"DEALLOCATE " + oldest, None)
                    besides += 1
            self._pgconn.send_query_params(
                statement.text, statement.parameters, param_types=statement.types, param_formats=statement.formats
            )
            return besides
        self._names.move_to_end(key)
        if not name:
            name = self._names[key] = b"almoxarife_%d" % next(self._numbers)
            prepared.append(key)
            self._pgconn.send_prepare(name, statement.text, param_types=statement.types)
            besides += 1
        self._pgconn.send_query_prepared(name, statement.parameters, param_formats=statement.formats)
        return besides
