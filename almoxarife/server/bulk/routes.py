"""``/useradd``: creates people from a list, for programs and administradores; and the record of it."""

from contextlib import suppress

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from almoxarife.server.accounts.profiles.service import HashingQueue
from almoxarife.server.bulk import export, importing, reports, service
from almoxarife.server.bulk.importing import ListsUnderWay
from almoxarife.server.bulk.reports import BadObject
from almoxarife.server.bulk.validation import Unclear
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.errors import BadRequest, RequestFailed, StoreUnavailable, WriteFailed
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.problems import sentence_of
from almoxarife.server.http.programs import current_caller, for_programs
from almoxarife.server.http.requests import list_repeated, parse_query, parse_value
from almoxarife.server.http.responses import link_next, respond_models, send_file
from almoxarife.server.identity import Purpose
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.tables import XLSX
from almoxarife.wire.accounts import Role
from almoxarife.wire.problem import FieldError
from almoxarife.wire.programs.useradd import (
    MAX_PEOPLE,
    AddedPerson,
    ListResponse,
    PersonToAdd,
    RefusedObject,
    ResponsesQuery,
)

bp = Blueprint("bulk", __name__)

FILE = "stats_useradd_rescodes"
FIRST_REFUSED = 10
"""Refused objects that are listed with their response."""


@bp.post("/useradd")
@describe(
    "Cadastra pessoas em lote, cada uma por si; as senhas vêm só nesta resposta.",
    body=PersonToAdd | list[PersonToAdd],
    responses={200: list[AddedPerson]},
)
@for_programs(Purpose.USERADD)
def add_people() -> ResponseReturnValue:
    try:
        outcome = _add()
    except (RequestFailed, HTTPException) as error:
        status, sentence = sentence_of(error)
        with suppress(WriteFailed, StoreUnavailable), transaction() as session:
            service.record_response(session, status, f"0 de 0 cadastrados: {sentence}")
        raise
    importing.record(current(Database), 200 if outcome.added else 400, outcome)
    if not outcome.added:
        errors = [FieldError(campo=str(row.object_id), mensagem=row.description) for row in outcome.refused]
        raise BadRequest("Ninguém foi cadastrado. Corrija os objetos e envie de novo.", errors=errors)
    return respond_models(outcome.added)


def _add() -> importing.Outcome:
    values = read_list()
    with current(ListsUnderWay).slot(len(values)):
        return importing.add_people(current(Database), current(HashingQueue), values, caller=current_caller())


def read_list() -> list[object]:
    """The objects of the body. Raises BadRequest if there are none or too many; 413, 415."""
    raw, value = parse_value()
    if not value and not isinstance(value, dict):
        raise BadRequest("O pedido está vazio. Envie um objeto, ou uma lista de objetos.")
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_PEOPLE:
        raise BadRequest(f"Envie no máximo {MAX_PEOPLE} objetos por pedido.")
    for number, error in list_repeated(raw, value).items():
        values[number] = Unclear(f"{error.field}: {error.message}")
    return values


@bp.get("/useradd/export/xlsx")
@bp.get("/useradd/export/excel", endpoint="export_excel")
@describe("O que foi feito de cada pedido e de cada objeto recusado, como planilha.", responses={200: XLSX})
@requires(Role.SELLER)
def export_xlsx() -> Response:
    pieces = export.stream_xlsx(current(Database).reading, current(Settings).timezone, is_masked=_is_masked())
    return send_file(pieces, name=f"{FILE}.xlsx", kind=XLSX)


@bp.get("/useradd/export/txt")
@describe("O mesmo como texto.", responses={200: "text/plain"})
@requires(Role.SELLER)
def export_txt() -> Response:
    pieces = export.stream_txt(current(Database).reading, current(Settings).timezone, is_masked=_is_masked())
    return send_file(pieces, name=f"{FILE}.txt", kind="text/plain; charset=utf-8")


@bp.get("/useradd/respostas")
@describe(
    "O que foi respondido a cada lista de pessoas, a mais nova primeiro.",
    query=ResponsesQuery,
    responses={200: list[ListResponse]},
)
@requires(Role.SELLER)
def list_responses() -> ResponseReturnValue:
    query = parse_query(ResponsesQuery)
    with reading() as session:
        found = reports.list_responses(session, before=query.after, limit=query.limit)
        refused = reports.count_refusals(session, [row.id for row in found])
        first = {
            code_id: reports.list_refusals(session, code_id, after=0, limit=FIRST_REFUSED, is_masked=_is_masked())
            for code_id in refused
        }
    response = respond_models(
        ListResponse(
            **row._asdict(),
            recusados=refused.get(row.id, 0),
            bad_users=[_to_wire(bad) for bad in first.get(row.id, [])],
        )
        for row in found
    )
    return link_next(response, found, query.limit, lambda row: row.id)


@bp.get("/useradd/respostas/<answer_id>/recusados")
@describe(
    "Os objetos recusados de uma resposta, na ordem da lista.",
    query=ResponsesQuery,
    responses={200: list[RefusedObject]},
    problems=(404,),
)
@requires(Role.SELLER)
def list_refused(answer_id: str) -> ResponseReturnValue:
    query = parse_query(ResponsesQuery)
    if not (answer_id.isascii() and answer_id.isdigit() and len(answer_id) <= 15):
        raise NotFound
    number = int(answer_id)
    with reading() as session:
        found = reports.list_refusals(
            session, number, after=query.after or 0, limit=query.limit, is_masked=_is_masked()
        )
    response = respond_models(map(_to_wire, found))
    return link_next(response, found, query.limit, lambda row: row.id)


def _to_wire(row: BadObject) -> RefusedObject:
    return RefusedObject(id=row.id, object_id=row.object_id, login=row.login, description=row.description)


def _is_masked() -> bool:
    """Whether the caller may see only the beginning of a login."""
    return not current_identity().may(Role.MANAGER)
