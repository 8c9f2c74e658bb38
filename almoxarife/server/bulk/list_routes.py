"""``/useradd/listas``: checks a list, creates its people in the background, and shows the progress to a page."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts.profiles.service import HashingQueue
from almoxarife.server.bulk import importing
from almoxarife.server.bulk.importing import ListsUnderWay, Outcome
from almoxarife.server.bulk.pending import ListState, PendingList, PendingLists
from almoxarife.server.bulk.routes import read_list
from almoxarife.server.context import current
from almoxarife.server.http.access import current_identity, current_origin, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse_query
from almoxarife.server.http.responses import link_next, respond, respond_models
from almoxarife.server.identity import Caller
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.useradd import AddedPerson, ListLine, ListProgress, PersonToAdd, ResponsesQuery

bp = Blueprint("lists", __name__)


@bp.post("/useradd/listas")
@describe(
    "Confere uma lista de pessoas, sem cadastrar ninguém.",
    body=PersonToAdd | list[PersonToAdd],
    responses={201: ListProgress},
)
@requires(Role.ADMIN)
def look_at_list() -> ResponseReturnValue:
    values = read_list()
    checked = importing.preview(current(Database), values)
    return respond(_progress(current(PendingLists).add(current_identity().user_id, values, checked)), status=201)


@bp.get("/useradd/listas/<list_id>")
@describe("Até onde uma lista foi.", responses={200: ListProgress}, problems=(404,))
@requires(Role.ADMIN)
def show_list(list_id: str) -> ResponseReturnValue:
    return respond(_progress(_find(list_id)))


@bp.get("/useradd/listas/<list_id>/linhas")
@describe("O que será, ou foi, de cada objeto.", query=ResponsesQuery, responses={200: list[ListLine]}, problems=(404,))
@requires(Role.ADMIN)
def show_lines(list_id: str) -> ResponseReturnValue:
    query = parse_query(ResponsesQuery)
    first = query.after or 0
    lines = [
        ListLine(
            numero=checked.number,
            login=checked.login,
            nome=checked.profile.full_name if checked.profile and checked.reason is None else None,
            motivo=checked.reason,
            aviso=checked.notice,
        )
        for checked in _find(list_id).checked[first : first + query.limit]
    ]
    return link_next(respond_models(lines), lines, query.limit, lambda line: line.number)


@bp.post("/useradd/listas/<list_id>/cadastro")
@describe("Cadastra as pessoas de uma lista conferida.", responses={202: ListProgress}, problems=(404, 409))
@requires(Role.ADMIN)
def start_list(list_id: str) -> ResponseReturnValue:
    pending = _find(list_id)
    database, queue, lists = current(Database), current(HashingQueue), current(ListsUnderWay)
    caller = Caller(origin=current_origin(), identity=current_identity())

    def work() -> Outcome:
        def tell(done: int) -> None:
            pending.done = done

        with lists.slot(len(pending.values)):
            outcome = importing.add_people(database, queue, pending.values, caller=caller, tell=tell)
        reasons = {row.object_id: row.description for row in outcome.refused}
        for checked in pending.checked:
            checked.reason = reasons.get(checked.number)
        importing.record(database, 200 if outcome.added else 400, outcome)
        return outcome

    current(PendingLists).start(pending, work)
    return respond(_progress(pending), status=202)


@bp.post("/useradd/listas/<list_id>/senhas")
@describe(
    "Os logins e as senhas de uma lista pronta, uma só vez.", responses={200: list[AddedPerson]}, problems=(404, 409)
)
@requires(Role.ADMIN)
def take_passwords(list_id: str) -> ResponseReturnValue:
    return respond_models(current(PendingLists).take_passwords(_find(list_id)))


def _find(list_id: str) -> PendingList:
    return current(PendingLists).get(list_id, current_identity().user_id)


def _progress(pending: PendingList) -> ListProgress:
    outcome = pending.outcome
    good = sum(checked.reason is None for checked in pending.checked)
    is_done = pending.state is ListState.DONE
    return ListProgress(
        id=pending.id,
        estado=pending.state.value,
        total=len(pending.checked),
        feitos=pending.done,
        cadastrados=(len(outcome.added) if outcome else 0) if is_done else good,
        recusados=len(pending.checked) - good,
        falha=pending.failure,
        senhas_entregues=bool(outcome and outcome.are_passwords_taken),
    )
