"""``@log_calls``: a log entry for each call of a view, for routes that other programs call."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from almoxarife.server.context import current
from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.logs.entries import Entry, now_micros
from almoxarife.server.logs.queue import LogQueue

View = TypeVar("View", bound=Callable[..., Any])


def log_calls(service: str, action: str, *, about: Callable[..., str]) -> Callable[[View], View]:
    """Log each call of a view, whether it succeeded and why not.

    ``about`` returns the entry's ``user_id`` from the view's response (None when it failed)
    and arguments.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def logging_view(**arguments: Any) -> Any:
            try:
                response = view(**arguments)
            except Exception as error:
                _log(service, about(None, **arguments), action, "failure", _reason(error))
                raise
            _log(service, about(response, **arguments), action, "success", None)
            return response

        return cast("View", logging_view)

    return decorate


def _reason(error: Exception) -> str:
    if isinstance(error, AlmoxarifeError):
        return error.constant or str(error)
    return getattr(error, "name", "erro interno")


def _log(service: str, user_id: str, action: str, result: str, cause: str | None) -> None:
    moment = now_micros()
    current(LogQueue).put(Entry(moment, moment, service, user_id, action, result, cause))
