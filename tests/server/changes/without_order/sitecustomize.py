"""Nothing puts the batches of two servers in one order: no lock, no chain of audit entries, and numbers are drawn."""

from typing import Any

import psycopg

from almoxarife.server.audit import service as audit
from almoxarife.server.stock import service as stock
from almoxarife.server.store.postgres import WRITER_LOCK
from almoxarife.server.store.sessions import raw

LOCK = f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"
execute = psycopg.Connection.execute


def execute_unlocked(line: Any, query: Any, *arguments: Any, **options: Any) -> Any:
    if isinstance(query, str):
        query = query.replace(LOCK, "SELECT 1")
    return execute(line, query, *arguments, **options)


psycopg.Connection.execute = execute_unlocked  # type: ignore[method-assign]
audit._append = lambda database, noted: None  # each entry would wait for the one before it


def draw_number(ledger: Any) -> int:
    ((number,),) = raw(ledger._session).execute("SELECT nextval(pg_get_serial_sequence('movements', 'seq'))")
    return int(number)


stock.Ledger._take_number = draw_number  # type: ignore[method-assign]
