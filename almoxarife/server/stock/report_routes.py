"""``/inventario/totais`` and ``/inventario/exportar``: sums of chosen movements, and these as a table."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current, reading
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse_query
from almoxarife.server.http.responses import respond_models, send_file
from almoxarife.server.settings import Settings
from almoxarife.server.stock import export, reports
from almoxarife.server.stock.routes import to_filter
from almoxarife.server.store.database import Database
from almoxarife.tables import XLSX
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import KindTotal, MovementsChoice, TotalsQuery

bp = Blueprint("stock_reports", __name__)


@bp.get("/inventario/totais")
@describe(
    "As movimentações escolhidas, contadas e somadas por tipo e unidade, ou também por pessoa.",
    query=TotalsQuery,
    responses={200: list[KindTotal]},
    problems=(404,),
)
@requires(Role.MANAGER)
def sum_movements() -> ResponseReturnValue:
    query = parse_query(TotalsQuery)
    chosen = to_filter(query, current_identity())
    with reading() as session:
        totals = reports.sum_by_kind(session, chosen, per_person=query.per_person)
    return respond_models(totals)


@bp.get("/inventario/exportar/csv")
@describe(
    "As movimentações escolhidas como tabela, das mais antigas às mais novas.",
    query=MovementsChoice,
    responses={200: "text/csv"},
    problems=(404,),
)
@requires(Role.MANAGER)
def export_csv() -> Response:
    pieces = export.stream_csv(current(Database).reading, _read_choice(), current(Settings).timezone)
    return send_file(pieces, name="movimentacoes.csv", kind="text/csv; charset=utf-8")


@bp.get("/inventario/exportar/xlsx")
@describe(
    "As movimentações escolhidas como planilha, das mais antigas às mais novas.",
    query=MovementsChoice,
    responses={200: XLSX},
    problems=(404,),
)
@requires(Role.MANAGER)
def export_xlsx() -> Response:
    pieces = export.stream_xlsx(current(Database).reading, _read_choice(), current(Settings).timezone)
    return send_file(pieces, name="movimentacoes.xlsx", kind=XLSX)


def _read_choice() -> reports.Filter:
    return to_filter(parse_query(MovementsChoice), current_identity())
