"""The part of the log that other features use, and opening its store and queue."""

from collections.abc import Callable, Iterable

from almoxarife.server.logs.entries import Entry, EntryStore, RequestLine, Traces, now_micros
from almoxarife.server.logs.gateway.receiver import GatewayReceiver
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.redaction.redact import redact_cached
from almoxarife.server.logs.storage.sqlite import FILE, SqliteLogStore
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import is_server
from almoxarife.wire.programs.logs import NOBODY

__all__ = [
    "FILE",
    "NOBODY",
    "Entry",
    "GatewayReceiver",
    "LogQueue",
    "RequestLine",
    "SqliteLogStore",
    "Traces",
    "now_micros",
    "open_queue",
    "open_store",
    "redact_cached",
]


def open_store(settings: Settings) -> EntryStore:
    """The store beside the shop's data: on the same PostgreSQL, or a file of its own in the data directory."""
    if settings.database_url is not None and is_server(settings.database_url):
        from almoxarife.server.logs.storage.postgres import PostgresLogStore

        return PostgresLogStore(settings.database_url)
    return SqliteLogStore(settings.data_dir / FILE)


def open_queue(settings: Settings, *, list_erased: Callable[[], Iterable[Traces]] = tuple) -> LogQueue:
    """The queue with the limits of ``settings``. ``list_erased``: erased people who may still have entries."""
    return LogQueue(
        open_store(settings),
        keep_days=settings.log_days,
        keep_bytes=settings.log_megabytes * 1024 * 1024,
        list_erased=list_erased,
    )
