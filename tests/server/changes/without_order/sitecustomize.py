"""Nothing puts the batches of two servers in one order: no lock, no chain of audit entries, and numbers are drawn."""

from typing import Any

from almoxarife.server.audit import service as audit
from almoxarife.server.stock import service as stock
from almoxarife.server.store.postgres import WRITER_LOCK
from almoxarife.server.store.postgres_connection import PostgresConnection
from almoxarife.server.store.sessions import raw

LOCK = b"SELECT pg_advisory_xact_lock(%d)" % WRITER_LOCK
send = PostgresConnection.send


def send_unlocked(pg: PostgresConnection, statement: bytes, *parameters: Any) -> Any:
    return send(pg, b"SELECT 1" if statement == LOCK else statement, *parameters)


PostgresConnection.send = send_unlocked  # type: ignore[method-assign]
audit._append = lambda database, noted: None  # each entry would wait for the one before it


def draw_number(ledger: Any, last: int | None) -> None:
    """Instead of the next one after ``last``; None at the ledger's beginning stays."""
    if last is not None:
        ((last,),) = raw(ledger._session).execute("SELECT nextval(pg_get_serial_sequence('movements', 'seq'))")
    ledger._drawn = last


stock.Ledger._last = property(lambda ledger: ledger._drawn, draw_number)  # type: ignore[assignment]
