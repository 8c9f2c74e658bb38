"""What other features note of themselves, and what others need of the log."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app

from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.logs.entries import Entry, EntryStore, RequestLine, Traces, now_micros
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.storage.sqlite import FILE, LogStore
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import is_server

View = TypeVar("View", bound=Callable[..., Any])

__all__ = [
    "FILE",
    "NOBODY",
    "LogQueue",
    "LogStore",
    "RequestLine",
    "Traces",
    "current_logs",
    "noted",
    "now_micros",
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


def current_logs() -> LogQueue:
    logs: LogQueue = current_app.extensions["logs"]
    return logs


def noted(service: str, action: str, *, about: Callable[..., str]) -> Callable[[View], View]:
    """Note each call of a view with how it ended and why.

    ``about`` tells the entry's ``user_id`` from the view's answer (None when it failed)
    and arguments.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def noting(**arguments: Any) -> Any:
            try:
                response = view(**arguments)
            except Exception as error:
                _note(service, about(None, **arguments), action, "failure", _reason(error))
                raise
            _note(service, about(response, **arguments), action, "success", None)
            return response

        return cast("View", noting)

    return decorate


def _reason(error: Exception) -> str:
    if isinstance(error, AlmoxarifeError):
        return error.constant or str(error)
    return getattr(error, "name", "erro interno")


def _note(service: str, user_id: str, action: str, result: str, cause: str | None) -> None:
    moment = now_micros()
    current_logs().put(Entry(moment, moment, service, user_id, action, result, cause))
