"""Converts exceptions to responses, as ``application/problem+json`` (RFC 9457).

An exception that is no ``RequestFailed`` is a bug: it is answered with 500 and the request's id, and logged
with its traceback.
"""

import logging
from typing import Any

import orjson
from flask import Flask, Response, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from almoxarife.server.errors import (
    AlmoxarifeError,
    Invalid,
    NotAuthenticated,
    RequestFailed,
    TooOften,
    Unavailable,
    reason_of,
)
from almoxarife.server.http.access import ORIGIN, PROBLEM
from almoxarife.server.http.requests import Environ
from almoxarife.server.http.responses import PlainResponse
from almoxarife.server.identity import Origin
from almoxarife.wire.problem import FieldError, Problem

log = logging.getLogger(__name__)

_HTTP = {
    400: ("pedido-invalido", "O pedido não pôde ser lido."),
    404: ("rota-desconhecida", "Este endereço não existe."),
    405: ("metodo-nao-permitido", "Este endereço não aceita essa operação."),
    408: ("tempo-esgotado", "O pedido demorou demais para chegar."),
    413: ("pedido-grande-demais", "O pedido é grande demais."),
    415: ("tipo-nao-suportado", "Envie o pedido em JSON (Content-Type: application/json)."),
}

_NOT_SERVED = "O pedido não pôde ser atendido."

_FAULT = (500, "erro-interno", "Algo deu errado no servidor. Se continuar, informe o código do pedido.")

_REALM = 'Bearer realm="almoxarife"'


def install(app: Flask) -> None:
    """Register the error handlers for views that Flask calls."""

    def respond(error: Exception) -> Response:
        return explain(error, request.environ).to_response()

    for kind in (AlmoxarifeError, HTTPException, Exception):
        app.register_error_handler(kind, respond)


def explain(error: Exception, environ: Environ) -> PlainResponse:
    """The response to a request that ended with ``error``."""
    if isinstance(error, RequestFailed):
        return _explain_business_error(error, environ)
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return _explain_http_error(error, environ)
    origin: Origin = environ[ORIGIN]
    log.error("fault", {"request_id": origin.request_id}, exc_info=error)
    status, code, sentence = _FAULT
    return _problem(environ, status, code, sentence, sentence)


def wants_page() -> bool:
    """Whether the client prefers HTML; a program that accepts anything gets JSON."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"] or "text/html" in accepted.values()


def explain_before_flask(error: Exception, environ: Environ) -> PlainResponse:
    """``explain`` for a request that is refused before it is parsed: a browser that wants a page gets a plain one."""
    response = explain(error, environ)
    if "text/html" not in environ.get("HTTP_ACCEPT", ""):
        return response
    problem = Problem.model_validate_json(response.body)
    body = _PAGE.format(sentence=escape(problem.message)).encode()
    kept = [(name, value) for name, value in response.headers if not name.startswith("Content-")]
    fields = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), *_PAGE_HEADERS]
    return PlainResponse(response.status, [*fields, *kept], body)


# The page loads no further files: the server may be too busy to send them.
_PAGE = """<!DOCTYPE html>
<html lang="pt-BR"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Não foi possível</title></head>
<body><main><h1>Não foi possível</h1><p role="alert">{sentence}</p>
<p><a href="/">Ir para o início</a></p></main></body></html>
"""
_PAGE_HEADERS = [
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
]


def sentence_of(error: RequestFailed | HTTPException) -> tuple[int, str]:
    """The status and the sentence of its response, for recording them."""
    if isinstance(error, RequestFailed):
        return error.status, str(error)
    status = error.code or 500
    return status, _HTTP.get(status, ("", _NOT_SERVED))[1]


def _explain_business_error(error: RequestFailed, environ: Environ) -> PlainResponse:
    details = dict(error.details)
    headers = {}
    if error.challenge is not None:
        headers["WWW-Authenticate"] = f'{_REALM}, error="{error.challenge}"'
    elif isinstance(error, NotAuthenticated):
        headers["WWW-Authenticate"] = _REALM
    if isinstance(error, TooOften | Unavailable):
        headers["Retry-After"] = str(details.pop("retry_after", 2))
    if isinstance(error, Unavailable) and error.__cause__ is not None:
        origin: Origin = environ[ORIGIN]
        log.warning("unavailable", {"request_id": origin.request_id, "reason": reason_of(error)})
    field_errors, field = details.pop("errors", None), details.pop("field", error.field)
    if isinstance(field_errors, list):
        details["erros"] = [item.model_dump(by_alias=True) for item in field_errors if isinstance(item, FieldError)]
    elif isinstance(error, Invalid):
        details["erros"] = [{"campo": field, "mensagem": str(error)}]
    if error.constant is not None:
        details["detail"] = error.constant
    return _problem(environ, error.status, error.slug, error.message, str(error), details, headers)


def _explain_http_error(error: HTTPException, environ: Environ) -> PlainResponse:
    """Errors that Flask and Werkzeug raise: unknown routes, wrong methods, bodies that are too large."""
    status = error.code or 500
    code, sentence = _HTTP.get(status, ("pedido-invalido", _NOT_SERVED))
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    extensions: dict[str, Any] = {"erros": [{"campo": "corpo", "mensagem": sentence}]} if status == 400 else {}
    return _problem(environ, status, code, sentence, sentence, extensions, kept)


def _problem(
    environ: Environ,
    status: int,
    code: str,
    title: str,
    detail: str,
    extensions: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> PlainResponse:
    """An ``application/problem+json`` response; ``mensagem`` repeats ``detail`` for older clients.

    ``extensions`` are further members, and may replace ``detail``.
    """
    origin: Origin = environ[ORIGIN]
    body: dict[str, object] = {
        "type": f"urn:almoxarife:problema:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "mensagem": detail,
        "codigo": code,
        "requisicao": origin.request_id,
    }
    raw = orjson.dumps(body | (extensions or {}))
    environ[PROBLEM] = code
    fields = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(raw)))]
    return PlainResponse(status, [*fields, *(headers or {}).items()], raw)
