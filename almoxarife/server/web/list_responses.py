"""A section of the profile page: the newest responses to lists of people, with the refused objects."""

from flask import render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import PROFILE_SECTIONS, page, render, typed, visitor
from almoxarife.wire.accounts import Role
from almoxarife.wire.programs.useradd import ListResponse, RefusedObject

AT_ONCE = 50
REFUSED_AT_ONCE = 200


def show_responses() -> Markup:
    """The section; empty for people who may not upload lists, if there are no responses."""
    reply = api_calls.send("GET", "/useradd/respostas", query={"limite": AT_ONCE, "depois": typed("respostas")})
    if not reply.is_good:
        raise api_calls.Refused(reply)
    responses = reply.read(list[ListResponse])
    if not responses and not visitor().may(Role.ADMIN):
        return Markup()
    return Markup(  # noqa: S704  # a template of ours, which escapes what it shows
        render_template(
            "lists/responses.html",
            responses=responses,
            following=reply.next,
            is_newest=not typed("respostas"),
        )
    )


PROFILE_SECTIONS.append(show_responses)


@page("/profile/respostas/<answer_id>", who=Role.SELLER)
def show_refused(answer_id: str) -> ResponseReturnValue:
    path = f"/useradd/respostas/{answer_id}/recusados"
    reply = api_calls.send("GET", path, query={"limite": REFUSED_AT_ONCE, "depois": typed("depois")})
    if not reply.is_good:
        raise api_calls.Refused(reply)
    refused = reply.read(list[RefusedObject])
    return render("lists/refused.html", answer_id=answer_id, refused=refused, following=reply.next)
