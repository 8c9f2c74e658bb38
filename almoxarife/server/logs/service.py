"""What other features note of themselves, and what others need of the log."""

from collections.abc import Callable, Iterable

from almoxarife.server.logs.entries import Entry, EntryStore, RequestLine, Traces, now_micros
from almoxarife.server.logs.gateway.receiver import GatewayReceiver
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.redaction.redact import often_redacted
from almoxarife.server.logs.storage.sqlite import FILE, LogStore
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import is_server

__all__ = [
    "FILE",
    "NOBODY",
    "Entry",
    "GatewayReceiver",
    "LogQueue",
    "LogStore",
    "RequestLine",
    "Traces",
    "now_micros",
    "often_redacted",
    "open_queue",
    "open_store",
]

NOBODY = "N/A"


def open_store(settings: Settings) -> EntryStore:
    """Beside the shop's data: on the same server, or in a file of its own in the data directory."""
    if settings.database_url is not None and is_server(settings.database_url):
        from almoxarife.server.logs.storage.postgres import ServerLogStore

        return ServerLogStore(settings.database_url)
    return LogStore(settings.data_dir / FILE)


def open_queue(settings: Settings, *, list_erased: Callable[[], Iterable[Traces]] = tuple) -> LogQueue:
    """With the bounds that are set. ``list_erased``: whose entries may still be there."""
    return LogQueue(
        open_store(settings),
        keep_days=settings.log_days,
        keep_bytes=settings.log_megabytes * 1024 * 1024,
        list_erased=list_erased,
    )
