"""``/auditoria/cabeca``: the head of the audit trail, which each day's closing prints so that it is kept elsewhere."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.audit import service
from almoxarife.server.context import reading
from almoxarife.server.http.access import requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.responses import respond
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import AuditHead

bp = Blueprint("audit", __name__)


@bp.get("/auditoria/cabeca")
@describe(
    "A cabeça da trilha de auditoria: guardada fora daqui, `audit verify` diz depois se algo antes dela foi mudado.",
    responses={200: AuditHead},
)
@requires(Role.SELLER)
def show_head() -> ResponseReturnValue:
    with reading() as session:
        found = service.find_head(session)
    return respond(AuditHead(cabeca=str(found)))
