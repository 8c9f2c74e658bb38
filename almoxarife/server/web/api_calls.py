"""Calls the routes of the API from pages, within the process, with the token of the person logged in.

So rights, messages and idempotency are implemented once, in the routes: pages access no data in
another way.
"""

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes, urlencode

import orjson
from flask import Flask, request
from pydantic import TypeAdapter
from werkzeug.datastructures import Headers

from almoxarife.server.context import current
from almoxarife.server.http.access import ORIGIN
from almoxarife.server.web import visitors
from almoxarife.wire.problem import Problem

T = TypeVar("T")

_OF_THE_BROWSER = frozenset(
    ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_ACCEPT", "HTTP_IDEMPOTENCY_KEY", "HTTP_TRANSFER_ENCODING")
)
_KEPT = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SCRIPT_NAME")


class Reply(NamedTuple):
    status: int
    headers: Headers
    body: bytes

    @property
    def is_good(self) -> bool:
        return self.status < 400

    def read(self, kind: type[T]) -> T:
        """The response as a wire model, or a list of them."""
        adapter: TypeAdapter[T] = _adapter(kind)  # type: ignore[arg-type]  # a type is hashable
        return adapter.validate_json(self.body)

    @property
    def problem(self) -> Problem:
        """The problem, without the routes' names of fields in its sentence: a page marks its own fields."""
        problem = Problem.model_validate_json(self.body)
        first = problem.errors[0].field if problem.errors else ""
        return problem.model_copy(update={"message": problem.message.removeprefix(f"{first}: ")})

    @property
    def next(self) -> str | None:
        """The cursor of the next page of a list."""
        link = self.headers.get("Link", "")
        return link.partition(">")[0].partition("depois=")[2].partition("&")[0] or None


class Refused(Exception):
    """The API refused a request that the page needs."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def get(kind: type[T], path: str, **query: object) -> T:
    """Raises Refused."""
    reply = send("GET", path, query=query)
    if not reply.is_good:
        raise Refused(reply)
    return reply.read(kind)


def send(
    method: str,
    path: str,
    body: object = None,
    *,
    query: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Reply:
    """Call a route; ``token`` is the visitor's unless given. ``path`` is percent-encoded."""
    token = token or visitors.current_token()
    raw = b"" if body is None else orjson.dumps(body)
    outer = request.environ
    environ = {name: value for name, value in outer.items() if _is_passed_on(name)}
    environ |= {
        ORIGIN: outer[ORIGIN],
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),  # PEP 3333
        "QUERY_STRING": urlencode({name: value for name, value in (query or {}).items() if value not in (None, "")}),
        "wsgi.input": BytesIO(raw),
    }
    if body is not None:
        environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(raw))}
    if token is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    for name, value in (headers or {}).items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return _ask(current(Flask), environ)


def _is_passed_on(name: str) -> bool:
    """Whether the route gets this variable of the page's request: not those by which a browser asks for a page."""
    if name in _OF_THE_BROWSER or name.startswith(("HTTP_IF_", "HTTP_SEC_", "HTTP_HX_")):
        return False
    return name.startswith(("HTTP_", "wsgi.")) or name in _KEPT


def _ask(app: Flask, environ: dict[str, Any]) -> Reply:
    with app.request_context(environ):
        response = app.full_dispatch_request()
        try:
            return Reply(response.status_code, response.headers, response.get_data())
        finally:
            response.close()
