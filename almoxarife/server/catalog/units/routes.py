"""``/unidades``: the units that products are counted in."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.catalog.models import Unit
from almoxarife.server.catalog.units import service
from almoxarife.server.context import reading, transaction
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse
from almoxarife.server.http.responses import respond, respond_models, respond_nothing
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import UnitIn, UnitOut

bp = Blueprint("units", __name__)


@bp.get("/unidades")
@describe("As unidades em que se contam os produtos.", responses={200: list[UnitOut]})
@requires(Role.SELLER)
def list_units() -> ResponseReturnValue:
    with reading() as session:
        units = service.list_units(session)
    return respond_models(map(_unit, units))


@bp.post("/unidades")
@describe("Cadastra uma unidade, com ou sem casas decimais.", body=UnitIn, responses={201: UnitOut}, problems=(409,))
@requires(Role.ADMIN)
def create_unit() -> ResponseReturnValue:
    fields = parse(UnitIn)
    with transaction() as session:
        unit = service.create_unit(
            session, fields.code, fields.name, takes_decimals=fields.takes_decimals, by=current_identity()
        )
    return respond(_unit(unit), status=201)


@bp.delete("/unidades/<code>")
@describe("Retira uma unidade que nenhum produto usa.", responses={204: None}, problems=(404, 409))
@requires(Role.ADMIN)
def remove_unit(code: str) -> ResponseReturnValue:
    with transaction() as session:
        service.remove_unit(session, code, by=current_identity())
    return respond_nothing()


def _unit(unit: Unit) -> UnitOut:
    return UnitOut(sigla=unit.code, nome=unit.name, decimais=unit.takes_decimals)
