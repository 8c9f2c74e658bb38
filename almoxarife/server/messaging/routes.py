"""``/mensagens``: messages between people."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current, reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse_cursor, parse_id, parse_keyed, parse_query
from almoxarife.server.http.responses import (
    PAGE,
    find_limit,
    link_next,
    respond,
    respond_nothing,
    respond_unless_known,
    stream,
)
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.request_log import log_calls
from almoxarife.server.messaging import reports, service
from almoxarife.server.messaging.cached_list import TOPICS
from almoxarife.server.messaging.reports import OneBox
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role
from almoxarife.wire.messages import Message, MessageIn, MessagesQuery, UnreadMessages

bp = Blueprint("messaging", __name__)

View = TypeVar("View", bound=Callable[..., Any])


def _log_calls(action: str) -> Callable[[View], View]:
    return log_calls("message_service", action, about=lambda *_, **__: IdKind.USER.to_wire(current_identity().user_id))


@bp.get("/mensagens")
@describe(
    "Os próprios recados, recebidos (`entrada`) ou enviados (`saida`), do mais antigo ao mais novo.",
    query=MessagesQuery,
    responses={200: list[Message]},
    is_cached=True,
)
@requires(Role.SELLER)
@_log_calls("get_messages")
def list_messages() -> ResponseReturnValue:
    query = parse_query(MessagesQuery)
    after = parse_cursor(IdKind.MESSAGE, query.after)
    box = OneBox(current_identity().user_id, query.box, query.unread)

    def make() -> Response:
        limit = find_limit(query.limit, query.after)
        if limit is None:
            return stream(reports.pages(current(Database).reading, PAGE, box))
        with reading() as session:
            rows = reports.list_messages(session, box, after=after, limit=limit)
        return link_next(respond(rows), rows, limit, lambda row: row["id"])

    return respond_unless_known(TOPICS, make)


@bp.get("/mensagens/resumo")
@describe("Quantos recados recebidos ainda não foram lidos.", responses={200: UnreadMessages}, is_cached=True)
@requires(Role.SELLER)
def count_unread() -> ResponseReturnValue:
    def make() -> Response:
        with reading() as session:
            return respond(reports.count_unread(session, current_identity().user_id))

    return respond_unless_known(TOPICS, make)


@bp.post("/mensagens")
@describe("Deixa um recado para outra pessoa.", body=MessageIn, responses={201: Message}, problems=(404,), once=True)
@requires(Role.SELLER)
@_log_calls("create_message")
def send_message() -> ResponseReturnValue:
    message, given_key = parse_keyed(MessageIn)
    identity = current_identity()
    with idempotency.running(current(Database), identity.user_id, given_key), transaction() as session:
        sent = service.send(session, message, by=identity, given_key=given_key)
        body = reports.show_message(session, sent.message_id)
    if sent.is_replay:
        # As it was answered first: it may have been read and removed since.
        return respond(
            {**body, "texto": message.text, "lida_em": None}, status=201, headers={"Idempotent-Replayed": "true"}
        )
    return respond(body, status=201)


@bp.post("/mensagens/<message_id>/leitura")
@describe("Marca um recado recebido como lido; a primeira vez vale.", responses={200: Message}, problems=(404,))
@requires(Role.SELLER)
@_log_calls("read_message")
def read_message(message_id: str) -> ResponseReturnValue:
    number = parse_id(IdKind.MESSAGE, message_id)
    with transaction() as session:
        service.mark_read(session, number, by=current_identity())
        body = reports.show_message(session, number)
    return respond(body)


@bp.delete("/mensagens/<message_id>")
@describe("Tira um recado da própria caixa; na outra ele fica.", responses={204: None}, problems=(404,))
@requires(Role.SELLER)
@_log_calls("delete_message")
def remove_message(message_id: str) -> ResponseReturnValue:
    with transaction() as session:
        service.remove(session, parse_id(IdKind.MESSAGE, message_id), by=current_identity())
    return respond_nothing()
