"""The one table: what went wrong -> HTTP status and stable slug.

Every answer that is not a success is ``application/problem+json`` (RFC 9457). An
exception that is not in the table is a fault of ours: 500, logged with its traceback,
and nothing of it in the answer but the request's id.
"""

import logging
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from almoxarife.server import errors
from almoxarife.server.http.access import ORIGIN, PROBLEM
from almoxarife.server.http.answers import Answer
from almoxarife.server.http.requests import Environ
from almoxarife.server.identity import Origin
from almoxarife.wire.problem import FieldError

log = logging.getLogger(__name__)

STATUS: dict[type[errors.AlmoxarifeError], tuple[int, str]] = {
    errors.BadRequest: (400, "pedido-invalido"),
    errors.UnknownHost: (400, "host-desconhecido"),
    errors.ShopRequired: (400, "loja-obrigatoria"),
    errors.WeakPassword: (400, "senha-fraca"),
    errors.IdTaken: (400, "id-em-uso"),
    errors.NotAuthenticated: (401, "nao-autenticado"),
    errors.InvalidToken: (401, "sessao-invalida"),
    errors.WrongCredentials: (401, "credenciais-incorretas"),
    errors.WrongCurrentPassword: (403, "senha-atual-incorreta"),
    errors.InsufficientRole: (403, "papel-insuficiente"),
    errors.KeyForOtherPurpose: (403, "chave-para-outro-fim"),
    errors.ApprovalPending: (403, "aprovacao-pendente"),
    errors.AccountInactive: (403, "conta-desativada"),
    errors.WeakPasswordFromAfar: (403, "senha-so-local"),
    errors.PasswordChangeRequired: (403, "troca-de-senha-obrigatoria"),
    errors.ShopNotVisible: (403, "loja-nao-visivel"),
    errors.RegistrationClosed: (403, "cadastro-fechado"),
    errors.WrongSetupCode: (403, "codigo-incorreto"),
    errors.ReversalNotAllowed: (403, "estorno-nao-permitido"),
    errors.PersonNotFound: (404, "usuario-desconhecido"),
    errors.DirectoryPersonNotFound: (404, "pessoa-desconhecida"),
    errors.ShopNotFound: (404, "loja-desconhecida"),
    errors.ProductNotFound: (404, "produto-desconhecido"),
    errors.EventNotFound: (404, "evento-desconhecido"),
    errors.MovementNotFound: (404, "movimentacao-desconhecida"),
    errors.UsernameTaken: (409, "usuario-existente"),
    errors.ShopExists: (409, "loja-existente"),
    errors.LastAdministrator: (409, "ultimo-administrador"),
    errors.ProductExists: (409, "produto-existente"),
    errors.ProductInactive: (409, "produto-inativo"),
    errors.UnitInUse: (409, "unidade-em-uso"),
    errors.InsufficientStock: (409, "estoque-insuficiente"),
    errors.BalanceOutOfRange: (409, "saldo-fora-do-limite"),
    errors.AlreadyReversed: (409, "ja-estornada"),
    errors.NotReversible: (409, "estorno-de-estorno"),
    errors.StaleVersion: (412, "versao-desatualizada"),
    errors.KeyReused: (422, "chave-reutilizada"),
    errors.IfMatchRequired: (428, "versao-obrigatoria"),
    errors.TooManyFailures: (429, "muitas-tentativas"),
    errors.TooManyRegistrations: (429, "muitos-cadastros"),
    errors.TooManyPending: (503, "muitas-contas-pendentes"),
    errors.KeyInProgress: (503, "chave-em-andamento"),
    errors.TooManyLists: (503, "muitas-listas"),
    errors.ServerBusy: (503, "servidor-ocupado"),
    errors.LoginsBusy: (503, "entradas-ocupadas"),
    errors.WriteFailed: (503, "gravacao-indisponivel"),
    errors.StoreUnavailable: (503, "banco-indisponivel"),
}

_HTTP = {
    400: ("pedido-invalido", "O pedido não pôde ser lido."),
    404: ("rota-desconhecida", "Este endereço não existe."),
    405: ("metodo-nao-permitido", "Este endereço não aceita essa operação."),
    408: ("tempo-esgotado", "O pedido demorou demais para chegar."),
    413: ("pedido-grande-demais", "O pedido é grande demais."),
    415: ("tipo-nao-suportado", "Envie o pedido em JSON (Content-Type: application/json)."),
}

_FAULT = (500, "erro-interno", "Algo deu errado no servidor. Se continuar, informe o código do pedido.")

_INSUFFICIENT = (
    errors.InsufficientRole,
    errors.ShopNotVisible,
    errors.ReversalNotAllowed,
    errors.KeyForOtherPurpose,
)

_REALM = 'Bearer realm="almoxarife"'


def install(app: Flask) -> None:
    """Answer in Flask whatever a view raises."""

    def respond(error: Exception) -> Response:
        return explain(error, request.environ).to_response()

    for kind in (errors.AlmoxarifeError, HTTPException, Exception):
        app.register_error_handler(kind, respond)


def explain(error: Exception, environ: Environ) -> Answer:
    """The answer to whoever sent the request that ended with ``error``."""
    if isinstance(error, errors.AlmoxarifeError) and type(error) in STATUS:
        return _explain_business_error(error, environ)
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return _explain_http_error(error, environ)
    origin: Origin = environ[ORIGIN]
    log.error("fault", {"request_id": origin.request_id}, exc_info=error)
    status, code, sentence = _FAULT
    return _problem(environ, status, code, sentence, sentence)


def _explain_business_error(error: errors.AlmoxarifeError, environ: Environ) -> Answer:
    status, code = STATUS[type(error)]
    details = dict(error.details)
    headers = {}
    if isinstance(error, errors.NotAuthenticated):
        headers["WWW-Authenticate"] = _REALM
    elif isinstance(error, errors.InvalidToken):
        headers["WWW-Authenticate"] = f'{_REALM}, error="invalid_token"'
    elif status == 401:
        headers["WWW-Authenticate"] = _REALM
    elif isinstance(error, _INSUFFICIENT):
        headers["WWW-Authenticate"] = f'{_REALM}, error="insufficient_scope"'
    if status in {429, 503}:
        headers["Retry-After"] = str(details.pop("retry_after", 2))
    field_errors, field = details.pop("errors", None), details.pop("field", error.field)
    if isinstance(field_errors, list):
        details["erros"] = [item.model_dump(by_alias=True) for item in field_errors if isinstance(item, FieldError)]
    elif status == 400:
        details["erros"] = [{"campo": field, "mensagem": str(error)}]
    if error.constant is not None:
        details["detail"] = error.constant
    return _problem(environ, status, code, error.message, str(error), details, headers)


def _explain_http_error(error: HTTPException, environ: Environ) -> Answer:
    """What Flask and Werkzeug raise by themselves: unknown routes, wrong methods, oversize bodies."""
    status = error.code or 500
    code, sentence = _HTTP.get(status, ("pedido-invalido", "O pedido não pôde ser atendido."))
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
) -> Answer:
    """An ``application/problem+json`` answer; ``mensagem`` repeats ``detail`` for older clients.

    ``extensions`` may say ``detail`` otherwise.
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
    return Answer(status, [*fields, *(headers or {}).items()], raw)
