"""Creates responses: JSON of models and lists, streams of pages, files, ETags and links to the next page.

Lists without a limit are streamed page by page, so a list of any length needs the memory of one page.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from threading import BoundedSemaphore
from typing import NamedTuple, TypeVar
from urllib.parse import urlencode

import orjson
from flask import Response, request
from pydantic import BaseModel

from almoxarife.server.context import current
from almoxarife.server.errors import TooManyLists
from almoxarife.server.http.access import current_identity
from almoxarife.server.store.database import Database
from almoxarife.wire.fields import MAX_PAGE_SIZE

Row = TypeVar("Row")

PAGE = 1000
"""Rows of a page of a streamed list."""
PIECE = 32 * 1024
"""Bytes that are passed to granian at once."""
MAX_WHOLE_LISTS = 8
MAX_SHARED_LISTS = 40
"""Whole lists from memory that are sent at once; each occupies a thread of the pool meanwhile."""
JSON_TYPE = "application/json"
ALWAYS_ASK = ("Cache-Control", "private, no-cache")
"""For responses with an ETag: clients may cache them, and must revalidate them before use."""
Headers = Sequence[tuple[str, str]]
RawHeaders = list[tuple[bytes, bytes]]
"""Encoded headers."""


class PlainResponse(NamedTuple):
    """A response without Flask, as responders give it (``middleware.Responder``)."""

    status: int
    headers: Headers
    body: bytes
    raw_headers: RawHeaders | None = None
    """The encoded headers of a cached response."""

    def to_response(self) -> Response:
        return Response(self.body, self.status, self.headers)


def encode_headers(headers: Headers) -> RawHeaders:
    return [(_encode_name(name), value.encode("latin-1")) for name, value in headers]


def decode_headers(headers: RawHeaders) -> list[tuple[str, str]]:
    return [(name.decode().title(), value.decode("latin-1")) for name, value in headers]


@lru_cache(maxsize=1000)
def _encode_name(name: str) -> bytes:
    return name.lower().encode("latin-1")


def plain_response(
    body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> PlainResponse:
    """``body``, already in wire form, as JSON."""
    raw = orjson.dumps(body)
    fields = [("Content-Type", JSON_TYPE), ("Content-Length", str(len(raw))), *(headers or {}).items()]
    return PlainResponse(status, fields, raw)


def respond(
    body: BaseModel | Mapping[str, object] | Sequence[object],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """``body`` as JSON; a mapping or list is already in wire form."""
    raw = body.model_dump_json(by_alias=True).encode() if isinstance(body, BaseModel) else orjson.dumps(body)
    response = Response(raw, status, content_type="application/json")
    if headers:
        response.headers.update(headers)
    return response


def respond_models(bodies: Iterable[BaseModel]) -> Response:
    return respond([body.model_dump(mode="json", by_alias=True) for body in bodies])


def respond_nothing() -> Response:
    return Response(status=204)


def respond_unless_known(topics: tuple[str, ...], make: Callable[[], Response]) -> Response:
    """304 if the client has the current response, else the response of ``make`` with its ETag.

    ``topics`` are those of the response's data; the caller's rights are always included.
    The versions are read before the data: a response newer than its tag is only sent once
    more, a response older than its tag would stay stale.
    """
    identity = current_identity()
    tag = current(Database).versions.tag(identity.user_id, identity.shop_ids, request.full_path, "people", *topics)
    known = request.headers.get("If-None-Match")
    if known is not None and (known == tag or request.if_none_match.contains_weak(tag.strip('"'))):
        response = Response(status=304)
    else:
        response = make()
    response.headers["ETag"] = tag
    response.headers.set(*ALWAYS_ASK)
    response.headers["Vary"] = "Authorization"
    return response


def find_limit(limit: int | None, after: object) -> int | None:
    """The page size of a request with these parameters; None for the whole list, if neither was given."""
    return limit or (None if after in {None, ""} else MAX_PAGE_SIZE)


def link_next(response: Response, rows: Sequence[Row], limit: int | None, cursor: Callable[[Row], object]) -> Response:
    """Add the ``Link`` header (RFC 8288) to the page after ``rows``, if there may be one."""
    if len(rows) != limit:
        return response
    query = request.args.to_dict() | {"depois": cursor(rows[-1])}
    response.headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return response


class StreamLimits:
    """Limits the long responses that this application sends at once."""

    def __init__(self) -> None:
        self._long = BoundedSemaphore(MAX_WHOLE_LISTS)
        self._shared = BoundedSemaphore(MAX_SHARED_LISTS)

    def begin_long(self) -> Callable[[], None]:
        """Begin a response that is read while it is sent; call the result at its end. Raises TooManyLists."""
        return _begin(self._long)

    def begin_shared(self) -> Callable[[], None]:
        """Begin a response that is in memory; call the result at its end. Raises TooManyLists."""
        return _begin(self._shared)


def _begin(slots: BoundedSemaphore) -> Callable[[], None]:
    if not slots.acquire(blocking=False):
        raise TooManyLists(retry_after=5)
    return slots.release


def send_pages(pages: Sequence[bytes]) -> Response:
    """A JSON array from cached pages, which have no brackets. Raises TooManyLists."""
    if len(pages) <= 1:
        return Response(b"[%b]" % b"".join(pages), content_type=JSON_TYPE)
    release = current(StreamLimits).begin_shared()
    response = Response(_join(iter(pages)), content_type=JSON_TYPE)
    response.call_on_close(release)
    return response


def stream(pages: Iterable[Iterable[dict[str, object]]]) -> Response:
    """A JSON array from pages of rows in wire form. Raises TooManyLists if the list is long and eight are under way."""
    remaining = iter(pages)
    first = list(next(remaining, ()))
    if len(first) < PAGE:
        second = next(remaining, None)
        if second is None:
            return Response(orjson.dumps(first), content_type=JSON_TYPE)
        remaining = chain([second], remaining)
    release = current(StreamLimits).begin_long()
    # Encoded as soon as a page is read, so that a stalled client keeps bytes in memory, not rows.
    encoded = (page for rows in chain([first], remaining) if (page := orjson.dumps(list(rows))[1:-1]))
    response = Response(_join(encoded), content_type=JSON_TYPE)
    response.call_on_close(release)
    return response


def send_lines(pages: Iterator[bytes]) -> Response:
    """JSON lines from encoded pages. Raises TooManyLists."""
    release = current(StreamLimits).begin_long()
    response = Response(pages, content_type="application/x-ndjson")
    response.call_on_close(release)
    return response


def send_file(pieces: Iterator[bytes], *, name: str, kind: str) -> Response:
    """A download that is produced while it is sent. Raises TooManyLists."""
    release = current(StreamLimits).begin_long()
    small = (piece[start : start + PIECE] for piece in pieces for start in range(0, len(piece), PIECE))
    response = Response(small, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.call_on_close(release)
    return response


def _join(pages: Iterator[bytes]) -> Iterator[bytes]:
    separator = b"["
    for page in pages:
        text = separator + page
        # In small pieces: granian buffers some fifty of them for a stalled client.
        for start in range(0, len(text), PIECE):
            yield text[start : start + PIECE]
        separator = b","
    yield b"]"
