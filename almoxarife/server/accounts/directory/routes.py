"""``/users/``: the people of another program, with that program's integer ids; and their links to accounts."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts.directory import service
from almoxarife.server.context import current, reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.programs import current_caller, for_programs
from almoxarife.server.http.requests import BODY, parse, parse_id, parse_query
from almoxarife.server.http.responses import (
    PAGE,
    find_limit,
    link_next,
    respond,
    respond_models,
    respond_nothing,
    stream,
)
from almoxarife.server.identity import Purpose
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.request_log import log_calls
from almoxarife.server.logs.service import NOBODY
from almoxarife.server.store.database import Database
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.directory import (
    MAX_NUMBER,
    DirectoryPerson,
    DirectoryPersonIn,
    DirectoryQuery,
    read_integer,
)

View = TypeVar("View", bound=Callable[..., Any])

bp = Blueprint("directory", __name__)


def _log_calls(action: str) -> Callable[[View], View]:
    return log_calls("user_service", action, about=_about)


def _about(response: ResponseReturnValue | None, user_id: str | None = None) -> str:
    """``about`` of ``log_calls``: the id in the path, or a new one in the response, or else the one in the request."""
    if user_id is None and request.method == "POST":
        body = response.get_json() if isinstance(response, Response) else request.environ.get(BODY)
        number = body.get("id") if isinstance(body, dict) else None
        user_id = str(number) if isinstance(number, int | str) else None
    return (user_id or NOBODY)[:200]


@bp.post("/users/")
@describe("Cadastra uma pessoa de outro programa.", body=DirectoryPersonIn, responses={200: DirectoryPerson})
@for_programs(Purpose.USERS)
@_log_calls("create_user")
def create_person() -> ResponseReturnValue:
    fields = parse(DirectoryPersonIn)
    with transaction() as session:
        body = service.create(session, fields, caller=current_caller())
    return respond(body)


@bp.get("/users/")
@describe("As pessoas de outro programa.", query=DirectoryQuery, responses={200: list[DirectoryPerson]})
@for_programs(Purpose.USERS)
@_log_calls("get_users")
def list_people() -> ResponseReturnValue:
    query = parse_query(DirectoryQuery)
    limit = find_limit(query.limit, query.after)
    if limit is None:
        pages = service.pages(current(Database).reading, PAGE)
        return stream([person.model_dump(by_alias=True) for person in people] for people in pages)
    with reading() as session:
        after = service.BEFORE_ALL if query.after is None else query.after
        people = service.list_people(session, after=after, limit=limit)
    response = respond_models(people)
    return link_next(response, people, limit, lambda person: person.id)


@bp.get("/users/<user_id>")
@describe("Uma pessoa de outro programa.", responses={200: DirectoryPerson}, problems=(404,))
@for_programs(Purpose.USERS)
@_log_calls("get_user")
def show_person(user_id: str) -> ResponseReturnValue:
    with reading() as session:
        body = service.show(session, _number(user_id))
    return respond(body)


@bp.put("/users/<user_id>")
@describe(
    "Substitui os dados de uma pessoa, menos o id.",
    body=DirectoryPersonIn,
    responses={200: DirectoryPerson},
    problems=(404,),
)
@for_programs(Purpose.USERS)
@_log_calls("update_user")
def replace_person(user_id: str) -> ResponseReturnValue:
    fields = parse(DirectoryPersonIn)  # whose ``id``, if it has one, changes nothing
    with transaction() as session:
        body = service.replace(session, _number(user_id), fields, caller=current_caller())
    return respond(body)


@bp.delete("/users/<user_id>")
@describe("Apaga uma pessoa de outro programa; contas ficam.", responses={200: DirectoryPerson}, problems=(404,))
@for_programs(Purpose.USERS)
@_log_calls("delete_user")
def remove_person(user_id: str) -> ResponseReturnValue:
    with transaction() as session:
        body = service.remove(session, _number(user_id), caller=current_caller())
    return respond(body)


# --- links between directory entries and accounts, for administradores ----------------------


@bp.put("/usuarios/<person_id>/pessoas/<user_id>")
@describe(
    "Diz que a pessoa de outro programa (o id em /users/) é a desta conta: apagar uma apaga a outra.",
    responses={204: None},
    problems=(404,),
)
@requires(Role.ADMIN)
def link_person(person_id: str, user_id: str) -> ResponseReturnValue:
    account, number = parse_id(IdKind.USER, person_id), _number(user_id)
    with transaction() as session:
        service.link(session, number, account, by=current_identity())
    return respond_nothing()


@bp.delete("/usuarios/<person_id>/pessoas/<user_id>")
@describe("Desfaz essa ligação; nada é apagado.", responses={204: None}, problems=(404,))
@requires(Role.ADMIN)
def unlink_person(person_id: str, user_id: str) -> ResponseReturnValue:
    account, number = parse_id(IdKind.USER, person_id), _number(user_id)
    with transaction() as session:
        service.unlink(session, number, account, by=current_identity())
    return respond_nothing()


def _number(text: str) -> int:
    """The id in a path; one that nobody has for what cannot be one."""
    number = read_integer(text)
    return MAX_NUMBER + 1 if number is None else number
