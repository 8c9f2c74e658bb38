"""*Cadastrar em lote*: uploads and checks a list of people, creates them, and shows their passwords once."""

import re

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from almoxarife.server.http.requests import MAX_BULK_BODY
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import is_sent, page, render, tell, typed
from almoxarife.server.web.panel.users import AT_ONCE
from almoxarife.tables import XLSX
from almoxarife.tables.workbook import SheetRows, stream_workbook
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.useradd import AddedPerson, ListLine, ListProgress

_COLUMN_NAMES = {
    "first_name": "nome",
    "patronymic": "nome do meio",
    "last_name": "sobrenome",
    "email": "e-mail",
    "phone": "telefone",
}
_FIELD = re.compile(r"\b(?:first_name|patronymic|last_name)\b|^(?:email|phone)(?=:)")
_FIELDS_IN_BRACKETS = re.compile(r" \((?:login|email, phone)\)")


@page("/painel/lote", who=Role.ADMIN, takes_form=True, menu="Cadastrar em lote", icon="☷", max_bytes=MAX_BULK_BODY)
def bring_list() -> ResponseReturnValue:
    # Imported here, because the readers of all file formats are slow to import and rarely needed.
    from almoxarife.server.web.panel.list_file import ListUnreadable, read_list

    failure = None
    problem = None
    if is_sent():
        left_out: list[str] = []
        try:
            reply = api_calls.send("POST", "/useradd/listas", read_list(_find_content(), left_out.append))
        except ListUnreadable as error:
            failure = str(error)
        else:
            if reply.is_good:
                for sentence in left_out:
                    tell(sentence)
                return redirect(f"/painel/lote/{reply.read(ListProgress).id}")
            problem = reply.problem
    status = 400 if failure else 200
    return render("panel/list.html", status=status, failure=failure, problem=problem, text=typed("texto"))


def _find_content() -> bytes:
    """The uploaded file or the pasted text."""
    file = request.files.get("arquivo")
    content = file.read() if file is not None else b""
    return content or typed("texto").encode(errors="replace")


@page("/painel/lote/<list_id>", who=Role.ADMIN, takes_form=True)
def show_list(list_id: str) -> ResponseReturnValue:
    problem = None
    if is_sent():
        if typed("fazer") == "senhas":
            reply = api_calls.send("POST", f"/useradd/listas/{list_id}/senhas")
            if reply.is_good:
                return _hand_out(reply.read(list[AddedPerson]))
        else:
            reply = api_calls.send("POST", f"/useradd/listas/{list_id}/cadastro")
            if reply.is_good:
                return redirect(f"/painel/lote/{list_id}")
        problem = reply.problem
    progress = api_calls.get(ListProgress, f"/useradd/listas/{list_id}")
    lines = api_calls.send(
        "GET", f"/useradd/listas/{list_id}/linhas", query={"limite": AT_ONCE, "depois": typed("depois")}
    )
    return render(
        "panel/list_progress.html",
        progress=progress,
        lines=[_with_column_names(line) for line in lines.read(list[ListLine])] if lines.is_good else [],
        following=lines.next,
        problem=problem,
    )


def _with_column_names(line: ListLine) -> ListLine:
    """The line with a reason that names columns as the page does, instead of fields of ``POST /useradd``."""
    if line.reason is None:
        return line
    text = _FIELD.sub(lambda found: _COLUMN_NAMES[found[0]], _FIELDS_IN_BRACKETS.sub("", line.reason))
    return line.model_copy(update={"reason": text[:1].upper() + text[1:]})


def _hand_out(people: list[AddedPerson]) -> Response:
    rows = ((person.login, person.password, person.notice) for person in people)
    sheet = SheetRows("Logins e senhas", ("login", "senha", "aviso"), rows)
    response = Response(b"".join(stream_workbook([sheet])), content_type=XLSX)
    response.headers["Content-Disposition"] = 'attachment; filename="logins-e-senhas.xlsx"'
    return response
