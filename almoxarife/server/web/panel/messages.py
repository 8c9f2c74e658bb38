"""*Recados*: messages between people."""

from flask import redirect
from flask.typing import ResponseReturnValue

from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import COUNTS, form_key, is_sent, page, render, tell, typed
from almoxarife.wire.accounts import Role
from almoxarife.wire.fields import MAX_PAGE_SIZE
from almoxarife.wire.messages import MAX_CHARACTERS, Box, Message, UnreadMessages
from almoxarife.wire.problem import FieldError, Problem

SHOWN = 200
"""The newest messages that are shown; the API has the others."""


def count_unread() -> int:
    reply = api_calls.send("GET", "/mensagens/resumo")
    return reply.read(UnreadMessages).unread if reply.is_good else 0


COUNTS["/painel/mensagens"] = count_unread


@page("/painel/mensagens", who=Role.SELLER, takes_form=True, menu="Recados", icon="✉")
def show_messages() -> ResponseReturnValue:
    box = Box.OUT if typed("caixa") == Box.OUT else Box.IN
    problem = None
    if is_sent():
        reply = api_calls.send(
            "POST",
            "/mensagens",
            {"para": typed("para"), "texto": typed("texto")},
            headers={"Idempotency-Key": form_key()},
        )
        if reply.is_good:
            tell(f"Recado enviado a {reply.read(Message).recipient}.")
            return redirect(f"/painel/mensagens?caixa={Box.OUT}")
        problem = _at_field(reply.problem)
    return render(
        "panel/messages.html",
        messages=_list_newest(box),
        box=box,
        max_characters=MAX_CHARACTERS,
        key=form_key(),
        problem=problem,
    )


@page("/painel/mensagens/<message_id>", who=Role.SELLER, takes_form=True)
def handle_message(message_id: str) -> ResponseReturnValue:
    """The buttons of the list. Without a valid form, redirects to the list."""
    if is_sent():
        removing = typed("fazer") == "apagar"
        reply = (
            api_calls.send("DELETE", f"/mensagens/{message_id}")
            if removing
            else api_calls.send("POST", f"/mensagens/{message_id}/leitura")
        )
        if not reply.is_good:
            raise api_calls.Refused(reply)
    box = Box.OUT if typed("caixa") == Box.OUT else Box.IN
    return redirect(f"/painel/mensagens?caixa={box}")


def _list_newest(box: Box) -> list[Message]:
    """Newest first; the route lists them oldest first, in pages."""
    found: list[Message] = []
    after: str | None = ""
    while after is not None:
        reply = api_calls.send(
            "GET", "/mensagens", query={"caixa": box.value, "limite": MAX_PAGE_SIZE, "depois": after}
        )
        if not reply.is_good:
            raise api_calls.Refused(reply)
        found = [*found, *reply.read(list[Message])][-SHOWN:]
        after = reply.next
    return found[::-1]


def _at_field(problem: Problem) -> Problem:
    """An unknown recipient, as an error of its field."""
    if problem.status != 404:
        return problem
    return problem.model_copy(update={"errors": [FieldError(campo="para", mensagem=problem.message)]})
