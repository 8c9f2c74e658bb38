"""``/useradd``: people by the hundred, for programs and administradores."""

from contextlib import suppress

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from almoxarife.server.accounts.profiles.service import HashingQueue
from almoxarife.server.bulk import export, importing, service
from almoxarife.server.bulk.importing import ListsUnderWay
from almoxarife.server.context import current, transaction
from almoxarife.server.errors import BadRequest, RequestFailed, StoreUnavailable, WriteFailed
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.answers import respond_models, send_file
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.problems import sentence_of
from almoxarife.server.http.programs import current_caller, for_programs
from almoxarife.server.http.requests import parse_value
from almoxarife.server.identity import Purpose
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.tables.workbook import CONTENT_TYPE
from almoxarife.wire.accounts import Role
from almoxarife.wire.problem import FieldError
from almoxarife.wire.programs.useradd import MAX_PEOPLE, AddedPerson, PersonToAdd

bp = Blueprint("bulk", __name__)

FILE = "stats_useradd_rescodes"


@bp.post("/useradd", strict_slashes=False)
@describe(
    "Cadastra pessoas em lote, cada uma por si; as senhas vêm só nesta resposta.",
    body=PersonToAdd | list[PersonToAdd],
    answers={200: list[AddedPerson]},
)
@for_programs(Purpose.USERADD)
def add_people() -> ResponseReturnValue:
    try:
        outcome = _add()
    except (RequestFailed, HTTPException) as error:
        status, sentence = sentence_of(error)
        with suppress(WriteFailed, StoreUnavailable), transaction() as session:
            service.record_answer(session, status, f"0 de 0 cadastrados: {sentence}")
        raise
    importing.record(current(Database), 200 if outcome.added else 400, outcome)
    if not outcome.added:
        errors = [FieldError(campo=str(row.object_id), mensagem=row.description) for row in outcome.refused]
        raise BadRequest("Ninguém foi cadastrado. Corrija os objetos e envie de novo.", errors=errors)
    return respond_models(outcome.added)


def _add() -> importing.Outcome:
    values = _read_list()
    with current(ListsUnderWay).turn(len(values)):
        return importing.add_people(current(Database), current(HashingQueue), values, caller=current_caller())


def _read_list() -> list[object]:
    """The objects that were sent. Raises BadRequest where there are none, or too many; 413, 415."""
    value = parse_value()
    if not value and not isinstance(value, dict):
        raise BadRequest("O pedido está vazio. Envie um objeto, ou uma lista de objetos.")
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_PEOPLE:
        raise BadRequest(f"Envie no máximo {MAX_PEOPLE} objetos por pedido.")
    return values


@bp.get("/useradd/export/xlsx")
@bp.get("/useradd/export/excel", endpoint="export_excel")
@describe("O que foi feito de cada pedido e de cada objeto recusado, como planilha.", answers={200: CONTENT_TYPE})
@requires(Role.SELLER)
def export_xlsx() -> Response:
    pieces = export.stream_xlsx(current(Database).reading, current(Settings).timezone, is_masked=_is_masked())
    return send_file(pieces, name=f"{FILE}.xlsx", kind=CONTENT_TYPE)


@bp.get("/useradd/export/txt")
@describe("O mesmo como texto.", answers={200: "text/plain"})
@requires(Role.SELLER)
def export_txt() -> Response:
    pieces = export.stream_txt(current(Database).reading, current(Settings).timezone, is_masked=_is_masked())
    return send_file(pieces, name=f"{FILE}.txt", kind="text/plain; charset=utf-8")


def _is_masked() -> bool:
    """Whether whoever asks sees only the beginning of a login."""
    return not current_identity().may(Role.MANAGER)
