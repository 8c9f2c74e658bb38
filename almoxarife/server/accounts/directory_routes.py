"""``/users/``: the people of all programs, with integer ids as those programs know them."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import directory, service
from almoxarife.server.database import current_database, reading, transaction
from almoxarife.server.errors import BadRequest, PersonNotFound
from almoxarife.server.logs.service import NOBODY, current_logs, noted
from almoxarife.server.messages import PAGE, link_next, parse, parse_query, respond, respond_models, stream
from almoxarife.server.openapi import describe
from almoxarife.server.programs import current_caller, for_programs
from almoxarife.wire.directory import DirectoryQuery, DirectoryUser, UserIn

View = TypeVar("View", bound=Callable[..., Any])

bp = Blueprint("directory", __name__)


def _noted(action: str) -> Callable[[View], View]:
    return noted("user_service", action, about=_about)


def _about(response: ResponseReturnValue | None, user_id: str | None = None) -> str:
    """Whom a call was about: the id in the address, or the one a new user was given or wanted."""
    if user_id is None and request.method == "POST":
        body = response.get_json() if isinstance(response, Response) else request.get_json(silent=True)
        user_id = str(body["id"]) if isinstance(body, dict) and body.get("id") is not None else None
    return (user_id or NOBODY)[:200]


@bp.post("/users/", strict_slashes=False)
@describe("Cadastra uma pessoa, sem senha.", body=UserIn, answers={200: DirectoryUser})
@for_programs
@_noted("create_user")
def create_user() -> ResponseReturnValue:
    asked = parse(UserIn)
    with transaction() as session:
        body = directory.to_wire(directory.create(session, asked, caller=current_caller()))
    return respond(body)


@bp.get("/users/", strict_slashes=False)
@describe("As pessoas de todos os programas.", query=DirectoryQuery, answers={200: list[DirectoryUser]})
@for_programs
@_noted("get_users")
def list_users() -> ResponseReturnValue:
    asked = parse_query(DirectoryQuery)
    if asked.limit is None and asked.after is None:
        pages = directory.pages(current_database().reading, PAGE)
        return stream([user.model_dump(by_alias=True) for user in users] for users in pages)
    limit = asked.limit or 500
    with reading() as session:
        users = directory.list_users(session, after=asked.after or 0, limit=limit)
    response = respond_models(users)
    return link_next(response, str(users[-1].id)) if len(users) == limit else response


@bp.get("/users/<user_id>")
@describe("Uma pessoa.", answers={200: DirectoryUser}, problems=(404,))
@for_programs
@_noted("get_user")
def show_user(user_id: str) -> ResponseReturnValue:
    with reading() as session:
        body = directory.to_wire(service.get_person(session, _number(user_id)))
    return respond(body)


@bp.put("/users/<user_id>")
@describe("Substitui os dados de uma pessoa.", body=UserIn, answers={200: DirectoryUser}, problems=(404,))
@for_programs
@_noted("update_user")
def replace_user(user_id: str) -> ResponseReturnValue:
    asked = parse(UserIn)
    number = _number(user_id)
    if asked.id not in {None, number}:
        raise BadRequest("O id do corpo não é o do endereço.", field="id")
    with transaction() as session:
        body = directory.to_wire(directory.replace(session, number, asked, caller=current_caller()))
    return respond(body)


@bp.delete("/users/<user_id>")
@describe(
    "Apaga os dados de uma pessoa; o que ela registrou fica sem nome.",
    answers={200: DirectoryUser},
    problems=(404, 409),
)
@for_programs
@_noted("delete_user")
def erase_user(user_id: str) -> ResponseReturnValue:
    number = _number(user_id)
    with transaction(alone=True) as session:  # every entry of theirs in the trail is touched
        body = directory.erase(session, number, caller=current_caller())
        traces = directory.find_traces(session, number)
    current_logs().forget(traces)
    return respond(body)


def _number(text: str) -> int:
    """Raises PersonNotFound for what cannot be an id."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise PersonNotFound
    return int(text)
