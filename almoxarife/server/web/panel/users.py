"""*Pessoas*: approves people, and changes their roles and shops."""

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import is_sent, page, render, tell, typed
from almoxarife.server.web.panel.stock import list_shops
from almoxarife.server.web.words import STATES
from almoxarife.wire.accounts import AccountState, Role, TemporaryPassword, User

AT_ONCE = 200


@page("/painel/pessoas", who=Role.ADMIN, menu="Pessoas", icon="☺")
def show_users() -> ResponseReturnValue:
    state, search = typed("estado"), " ".join(typed("busca").split())
    query = {"estado": state, "busca": search, "limite": AT_ONCE, "depois": typed("depois")}
    reply = api_calls.send("GET", "/usuarios", query=query)
    if not reply.is_good:
        raise api_calls.Refused(reply)
    waiting = api_calls.get(list[User], "/usuarios", estado=AccountState.PENDING.value, limite=AT_ONCE)
    return render(
        "panel/users.html",
        users=reply.read(list[User]),
        following=reply.next,
        waiting=waiting,
        most_waiting=AT_ONCE,
        state=state,
        search=search,
        states=list(AccountState),
        names={shop.id: shop.name for shop in list_shops()},
    )


@page("/painel/pessoas/<person_id>", who=Role.ADMIN, takes_form=True)
def change_user(person_id: str) -> ResponseReturnValue:
    problem = None
    if is_sent():
        if typed("fazer") == "senha":
            return _reset_password(person_id)
        reply = api_calls.send("PATCH", f"/usuarios/{person_id}", _read_change())
        if reply.is_good:
            tell("Gravado.")
            return redirect("/painel/pessoas")
        problem = reply.problem
    user = _find_user(person_id)
    sent = request.method == "POST"
    return render(
        "panel/user.html",
        user=user,
        roles=[(role.value, role.value) for role in Role],
        # People who wait for approval come first.
        states=[(state.value, STATES[state]) for state in (AccountState.ACTIVE, AccountState.INACTIVE)],
        shops=list_shops(),
        role=user.role.value,
        state=AccountState.ACTIVE if user.state is AccountState.PENDING else user.state,
        chosen=request.form.getlist("lojas") if sent else user.shops,
        problem=problem,
    )


def _read_change() -> dict[str, object]:
    change: dict[str, object] = {"lojas": request.form.getlist("lojas")}
    change |= {name: typed(name) for name in ("papel", "estado") if typed(name)}
    return change


def _reset_password(person_id: str) -> ResponseReturnValue:
    reply = api_calls.send("POST", f"/usuarios/{person_id}/senha")
    if not reply.is_good:
        raise api_calls.Refused(reply)
    response = reply.read(TemporaryPassword)
    return render("panel/temporary.html", user=_find_user(person_id), response=response)


def _find_user(person_id: str) -> User:
    """Raises NotFound."""
    number = person_id.removeprefix("u")
    before = str(int(number) - 1) if number.isascii() and number.isdigit() and number != "0" else "0"
    users = api_calls.get(list[User], "/usuarios", limite=1, depois=f"u{before}" if before != "0" else "")
    for user in users:
        if user.id == person_id:
            return user
    raise NotFound
