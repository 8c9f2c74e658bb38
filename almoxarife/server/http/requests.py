"""Parses requests: body, query, ids, idempotency key, If-Match.

All bodies are JSON, parsed strictly (no NaN, no deep nesting, no repeated names) and then
validated by a wire model.
"""

import hashlib
from codecs import BOM_UTF8
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, TypeVar

import orjson
from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType
from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from almoxarife.server.errors import (
    BadRequest,
    ChainNotFound,
    EventNotFound,
    IfMatchRequired,
    ImportNotFound,
    MessageNotFound,
    MovementNotFound,
    NotFound,
    ProductNotFound,
    SaleNotFound,
    ShopNotFound,
    UserNotFound,
    bad_fields,
)
from almoxarife.server.http.malformed import explain_json, find_query_faults, find_repeated_names
from almoxarife.server.http.responses import JSON_TYPE
from almoxarife.server.ids import IdKind
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.waiting import may_wait
from almoxarife.wire.model import MAX_DEPTH, is_deeper
from almoxarife.wire.problem import FieldError, explain
from almoxarife.wire.times import LATEST_YEAR, MAX_WAITED, NOT_BEFORE, WAITED

Model = TypeVar("Model", bound=BaseModel)
Environ = dict[str, Any]
"""A WSGI environment."""

_NOT_BELIEVED = datetime(LATEST_YEAR, 1, 1, tzinfo=UTC)
_MAX_DIGITS = 12
ABOUT_BODY = frozenset(
    name.lower().encode() for name in ("Content-Type", "Content-Length", "Idempotency-Key", WAITED, NOT_BEFORE)
)
"""Headers of requests that write, different each time: they say nothing of the client, and are not cached with it."""
_WAITED, _NOT_BEFORE = (f"HTTP_{name.upper().replace('-', '_')}" for name in (WAITED, NOT_BEFORE))
_MILLISECOND = timedelta(microseconds=999)
"""What a time on the wire may leave out."""

MAX_BODY = 1024 * 1024
MAX_BULK_BODY = 16 * MAX_BODY
QUICK = 8 * 1024
"""Bytes of a body that is validated quickly; the intake thread leaves longer ones to the pool."""

_NOT_FOUND: dict[IdKind, type[NotFound]] = {
    IdKind.PRODUCT: ProductNotFound,
    IdKind.MOVEMENT: MovementNotFound,
    IdKind.USER: UserNotFound,
    IdKind.SHOP: ShopNotFound,
    IdKind.CHAIN: ChainNotFound,
    IdKind.EVENT: EventNotFound,
    IdKind.SALE: SaleNotFound,
    IdKind.IMPORT: ImportNotFound,
    IdKind.MESSAGE: MessageNotFound,
}

BODY = "almoxarife.body"
"""Key of the WSGI environment for the parsed JSON body."""


# --- reading ------------------------------------------------------------------------


def parse(model: type[Model]) -> Model:
    """The request's JSON body as a ``model``. Raises BadRequest with every error, or 413, 415."""
    return validate(model, _read_json(request.environ))


def parse_query(model: type[Model]) -> Model:
    """The query string as a ``model``. Raises BadRequest."""
    if faults := list(find_query_faults(request.environ.get("QUERY_STRING", ""))):
        raise bad_fields(faults)
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise bad_fields([_named_twice(name) for name in repeated])
    # No stored text has a NUL, and PostgreSQL refuses it even in a search.
    if unusable := [name for name, value in request.args.items() if "\0" in value]:
        message = "Contém caracteres que não podem ser usados."
        raise bad_fields([FieldError(campo=name, mensagem=message) for name in unusable])
    return validate(model, request.args.to_dict())


def validate(model: type[Model], value: object) -> Model:
    """Raises BadRequest naming every field that is wrong."""
    try:
        # By the names of the wire only: those of the code are unknown fields.
        return model.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        raise bad_fields(explain(error, model)) from None


def parse_keyed(model: type[Model], environ: Environ | None = None) -> tuple[Model, GivenKey | None]:
    """The body, and the request's Idempotency-Key with a fingerprint of method, path and body. Raises as ``parse``.

    ``environ`` is given by callers outside of Flask.
    """
    environ = request.environ if environ is None else environ
    value = _read_json(environ)
    body = validate(model, value)
    return body, _find_key(environ, value)


def _find_key(environ: Environ, value: object) -> GivenKey | None:
    key: str | None = environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not (1 <= len(key) <= 255 and key.isascii() and key.isprintable() and " " not in key):
        raise bad_fields([FieldError(campo="Idempotency-Key", mensagem="Use de 1 a 255 caracteres visíveis.")])
    canonical = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    path = "/" + environ["PATH_INFO"].strip("/")
    parts = (environ["REQUEST_METHOD"].encode(), path.encode(errors="replace"), canonical)
    fingerprint = hashlib.sha256(b" ".join(parts)).digest()
    return GivenKey(key=key, fingerprint=fingerprint)


def find_moment_of_waiting(environ: Environ) -> datetime | None:
    """When a request that has waited in a client's queue was made, from its waiting time and our clock.

    For an implausible waiting time this is a moment in the future, which is then replaced by now and marked.
    """
    waited_s = environ.get(_WAITED)
    if waited_s is None or not (waited_s.isascii() and waited_s.isdigit()):
        return None
    if len(waited_s) > _MAX_DIGITS or int(waited_s) > MAX_WAITED.total_seconds():
        return _NOT_BELIEVED
    now = datetime.now(UTC)
    moment = now - timedelta(seconds=int(waited_s))
    earliest = _find_earliest(environ.get(_NOT_BEFORE, ""))
    return earliest if earliest is not None and moment < earliest <= now else moment


def _find_earliest(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment + _MILLISECOND if moment.tzinfo is not None and moment.year <= LATEST_YEAR else None


def parse_rows(max_rows: int) -> tuple[list[object], GivenKey | None]:
    """A bulk body: a JSON array of at most ``max_rows`` items, which the feature validates one by one.

    Raises BadRequest, or 413, 415.
    """
    value = _read_json(request.environ, MAX_BULK_BODY)
    if not isinstance(value, list):
        raise bad_fields([FieldError(campo="corpo", mensagem="Deve ser uma lista.")])
    if not 0 < len(value) <= max_rows:
        raise bad_fields([FieldError(campo="corpo", mensagem=f"Envie de 1 a {max_rows} linhas.")])
    return value, _find_key(request.environ, value)


def parse_one_or_many(max_items: int) -> tuple[object, dict[int, FieldError]]:
    """A bulk body for its feature to check: one object, or a list of at most ``max_items``.

    With it, by their numbers, the items of a list that name a field twice: only these are refused. Raises BadRequest,
    or 413, 415.
    """
    raw, value = parse_value()
    if isinstance(value, list) and not 0 < len(value) <= max_items:
        raise bad_fields([FieldError(campo="corpo", mensagem=f"Envie de 1 a {max_items} registros.")])
    repeated = list_repeated(raw, value)
    if repeated and not isinstance(value, list):
        raise bad_fields(list(repeated.values()))
    return value, repeated


def parse_value() -> tuple[bytes, object]:
    """A bulk body of any shape, for ``list_repeated`` and as it was parsed. Raises BadRequest, or 413, 415."""
    return _read(request.environ, MAX_BULK_BODY)


def list_repeated(raw: bytes, value: object) -> dict[int, FieldError]:
    """By their numbers, the items of a list that name a field twice; 0 stands for a body that is no list."""
    return {number: _named_twice(name) for number, name in find_repeated_names(raw, value).items()}


def parse_id(kind: IdKind, text: str) -> int:
    """The number of a wire id. Raises the kind's own NotFound for a text that is no such id."""
    number = kind.find_number(text)
    if number is None:
        raise _NOT_FOUND[kind]
    return number


def parse_cursor(kind: IdKind, after: str | None) -> int:
    """The number after which a page starts, 0 for the first page. Raises BadRequest."""
    number = kind.find_number(after) if after else 0
    if number is None:
        raise bad_fields([FieldError(campo="depois", mensagem="Siga o endereço do cabeçalho Link da página anterior.")])
    return number


def parse_shop(shop_id: str | None) -> int | None:
    return None if shop_id is None else parse_id(IdKind.SHOP, shop_id)


def parse_if_match() -> frozenset[str] | None:
    """The versions of ``If-Match``, None for ``*``. Raises IfMatchRequired."""
    if not request.headers.get("If-Match", "").strip():
        raise IfMatchRequired
    return None if request.if_match.star_tag else frozenset(request.if_match.as_set())


def _read_json(environ: Environ, max_bytes: int = MAX_BODY) -> object:
    raw, value = _read(environ, max_bytes)
    # Nearly no body has a name twice: it is flat, and has no colon in a text.
    is_simple = type(value) is dict and raw.count(b":") == len(value)
    if not is_simple and (repeated := find_repeated_names(raw, value)):
        raise bad_fields([_named_twice(next(iter(repeated.values())))])
    return value


def _named_twice(name: str) -> FieldError:
    return FieldError(campo=name, mensagem="Informe só uma vez.")


def _read(environ: Environ, max_bytes: int) -> tuple[bytes, object]:
    kind = environ.get("CONTENT_TYPE", "")
    if kind != JSON_TYPE and parse_options_header(kind)[0].lower() != JSON_TYPE:
        raise UnsupportedMediaType
    raw = _read_body(environ, max_bytes)
    if len(raw) > QUICK:
        may_wait()
    if not raw.strip():
        raise BadRequest("O pedido está vazio. Envie um objeto JSON.")
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if not raw.startswith(BOM_UTF8):
            raise BadRequest(explain_json(raw, error)) from None
        raw, value = _read_after_mark(raw)
    # Nearly every body has too few brackets to be deep, and need not be traversed.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and is_deeper(value):
        raise BadRequest(
            f"O JSON tem mais de {MAX_DEPTH} níveis, um dentro do outro. Envie os dados sem tanto aninhamento."
        )
    environ[BODY] = value
    return raw, value


def _read_after_mark(raw: bytes) -> tuple[bytes, object]:
    """A body that begins with a byte order mark, as programs on Windows write it."""
    raw = raw.removeprefix(BOM_UTF8)
    try:
        return raw, orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest(explain_json(raw, error)) from None


def _read_body(environ: Environ, max_bytes: int) -> bytes:
    body = environ["wsgi.input"]
    if type(body) is BytesIO:  # collected by the intake, nearly always: Werkzeug's stream takes ten times as long
        raw = body.getvalue()
        if len(raw) <= max_bytes and environ.get("CONTENT_LENGTH") == str(len(raw)):
            return raw
    raw = get_input_stream(environ, max_content_length=max_bytes).read()
    # Werkzeug cuts off a chunked body at the limit silently.
    if len(raw) == max_bytes and get_content_length(environ) is None and body.read(1):
        raise RequestEntityTooLarge
    environ["wsgi.input"] = BytesIO(raw)  # it may be read again
    return raw
