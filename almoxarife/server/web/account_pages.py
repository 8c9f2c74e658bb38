"""The pages ``/``, ``/login``, ``/logout``, ``/register`` and ``/profile``."""

from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import service as accounts
from almoxarife.server.context import current, reading
from almoxarife.server.http.access import current_origin
from almoxarife.server.settings import RegistrationPolicy, Settings
from almoxarife.server.web import api_calls, visitors
from almoxarife.server.web.pages import find_visitor, go_to, is_sent, own_path, page, render, tell, typed
from almoxarife.wire.accounts import AccountState, LoggedIn, Registered, Role
from almoxarife.wire.people.profile import OwnProfile
from almoxarife.wire.problem import FieldError, Problem
from almoxarife.wire.stores import Shop

_BY_FIELD = {"username": "login", "password": "psw", "codigo": "codigo", "perfil": "fname"}
"""The pages' names for the fields of the routes."""
_OF_ONESELF = ("fname", "lname", "patr", "birthday", "email", "phone")
_OF_A_FIELD = {
    "usuario-existente": "login",
    "email-existente": "email",
    "telefone-existente": "phone",
    "codigo-incorreto": "codigo",
}
"""Problems that are about one field alone."""


@page("/")
def show_front() -> ResponseReturnValue:
    if find_visitor() is None and _is_empty():
        return go_to("/register")
    return render("front.html")


@page("/login", takes_form=True)
def log_in() -> ResponseReturnValue:
    after = own_path(typed("next"), "/profile")
    if not is_sent():
        if request.method == "GET" and _has_no_accounts():
            return go_to("/register")
        return render("login.html", after=after)
    reply = api_calls.send("POST", "/login", {"username": typed("login"), "password": typed("psw")})
    if not reply.is_good:
        return render("login.html", after=after, problem=_rename(reply.problem))
    response = reply.read(LoggedIn)
    visitors.remember(response.token)
    return redirect(after)


@page("/logout", takes_form=True)
def log_out() -> ResponseReturnValue:
    """By a link or a form; shows the same page if the session has ended already."""
    if request.method == "GET" or is_sent():
        if visitors.current_token() is not None:
            api_calls.send("POST", "/logout")
        visitors.forget()
        return go_to("/login")
    return render("logout.html")


@page("/register", takes_form=True)
def register() -> ResponseReturnValue:
    shown: dict[str, Any] = {"is_first": _is_empty(), "needs_code": not _is_local(), "is_closed": _is_closed()}
    if not is_sent():
        return render("register.html", **shown)
    registration: dict[str, object] = {"username": typed("login"), "password": typed("psw")}
    if code := typed("codigo").strip():
        registration["codigo"] = code
    if profile := {name: value for name in _OF_ONESELF if (value := typed(name).strip())}:
        registration["perfil"] = {"fname": ""} | profile
    reply = api_calls.send("POST", "/registrar_usuario_app", registration)
    if not reply.is_good:
        return render("register.html", problem=_rename(reply.problem), **shown)
    registered = reply.read(Registered)
    if registered.state is not AccountState.ACTIVE:
        return render("waiting.html", registered=registered)
    entered = api_calls.send(
        "POST", "/login", {"username": registration["username"], "password": registration["password"]}
    )
    if not entered.is_good:
        tell("Conta criada. Agora entre com ela.")
        return go_to("/login")
    visitors.remember(entered.read(LoggedIn).token)
    return go_to("/profile")


def _rename(problem: Problem) -> Problem:
    """The problem with the page's names for its fields."""
    errors = [
        error.model_copy(update={"field": _BY_FIELD.get(error.field, error.field.rpartition(".")[2])})
        for error in problem.errors or []
    ]
    if problem.code in _OF_A_FIELD:
        errors.append(FieldError(campo=_OF_A_FIELD[problem.code], mensagem=problem.message))
    return problem.model_copy(update={"errors": errors})


def _is_empty() -> bool:
    """Whether there is no administrador yet."""
    with reading() as session:
        return not accounts.has_administrator(session)


def _has_no_accounts() -> bool:
    with reading() as session:
        return not accounts.has_accounts(session)


def _is_local() -> bool:
    return current(Settings).is_loopback and current_origin().is_local


def _is_closed() -> bool:
    return current(Settings).registration is RegistrationPolicy.CLOSED


@page("/profile", who=Role.SELLER, takes_form=False)
def show_profile() -> ResponseReturnValue:
    shops = api_calls.get(list[Shop], "/lojas")
    return render("profile.html", profile=api_calls.get(OwnProfile, "/conta/perfil"), shops=shops)


@page("/profile/senha", who=Role.SELLER, takes_form=True, even_with_temporary_password=True)
def change_password() -> ResponseReturnValue:
    after = own_path(typed("next"), "/profile")
    if not is_sent():
        return render("password.html", after=after)
    reply = api_calls.send(
        "POST", "/conta/senha", {"senha_atual": typed("senha_atual"), "senha_nova": typed("senha_nova")}
    )
    if not reply.is_good:
        return render("password.html", after=after, problem=reply.problem)
    tell("Senha trocada. As outras sessões desta conta foram encerradas.")
    return redirect(after)
