"""``/vendas/total``, ``/vendas/ranking`` and the bests: totals and rankings of sales."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current, reading
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse_query
from almoxarife.server.http.responses import respond
from almoxarife.server.sales import reports
from almoxarife.server.sales.models import centavos_to_wire
from almoxarife.server.sales.reports import Span
from almoxarife.server.sales.routes import find_seller, find_shops
from almoxarife.server.settings import Settings
from almoxarife.wire.accounts import Role
from almoxarife.wire.fields import ten_thousandths_to_json
from almoxarife.wire.sales import Best, BestQuery, Ranked, RankedBy, RankingQuery, SalesTotal, TotalQuery

bp = Blueprint("sales_totals", __name__)


@bp.get("/vendas/total")
@describe(
    "Quanto foi vendido entre dois dias: as próprias vendas, ou para um gerente as de suas lojas.",
    query=TotalQuery,
    responses={200: SalesTotal},
    problems=(404,),
)
@requires(Role.SELLER)
def show_total() -> ResponseReturnValue:
    query = parse_query(TotalQuery)
    identity = current_identity()
    seller_id = find_seller(identity, query.seller_id)
    shop_ids = find_shops(identity, query.shop_id, query.chain_id)
    with reading() as session:
        total = reports.find_total(session, shop_ids, Span(query.since, query.until), seller_id)
    return respond(
        {
            "total": centavos_to_wire(total.centavos),
            "vendas": total.sales,
            "de": query.since and query.since.isoformat(),
            "ate": query.until and query.until.isoformat(),
        }
    )


@bp.get("/vendas/ranking")
@describe(
    "Quanto vendeu cada vendedor, loja, rede, produto, dia ou hora, do maior ao menor; também de um só vendedor. "
    "De produtos também a quantidade, pela qual se pode ordenar.",
    query=RankingQuery,
    responses={200: list[Ranked]},
    problems=(404,),
)
@requires(Role.MANAGER)
def show_ranking() -> ResponseReturnValue:
    query = parse_query(RankingQuery)
    identity = current_identity()
    seller_id = find_seller(identity, query.seller_id)
    shop_ids = find_shops(identity, query.shop_id, query.chain_id)
    span, zone = Span(query.since, query.until), current(Settings).timezone
    with reading() as session:
        ranked = reports.rank(session, query.by, shop_ids, span, order=query.order, seller_id=seller_id, zone=zone)
    return respond([_to_wire(one) for one in ranked[: query.limit]])


@bp.get("/vendas/melhor-loja")
@describe(
    "A loja que mais vendeu, ou todas as que dividem o primeiro lugar.",
    query=BestQuery,
    responses={200: Best},
    problems=(404,),
)
@requires(Role.MANAGER)
def show_best_shop() -> ResponseReturnValue:
    return _show_best(RankedBy.SHOP)


@bp.get("/vendas/melhor-vendedor")
@describe(
    "Quem mais vendeu, ou todos os que dividem o primeiro lugar.",
    query=BestQuery,
    responses={200: Best},
    problems=(404,),
)
@requires(Role.MANAGER)
def show_best_seller() -> ResponseReturnValue:
    return _show_best(RankedBy.SELLER)


def _show_best(by: RankedBy) -> ResponseReturnValue:
    query = parse_query(BestQuery)
    shop_ids = find_shops(current_identity(), None, query.chain_id)
    with reading() as session:
        ranked = reports.rank(session, by, shop_ids, Span(query.since, query.until))
    return respond({"melhores": [_to_wire(one) for one in ranked if one.place == 1]})


def _to_wire(one: reports.Ranked) -> dict[str, object]:
    ranked: dict[str, object] = {
        "id": one.id,
        "nome": one.name,
        "total": centavos_to_wire(one.centavos),
        "vendas": one.sales,
        "lugar": one.place,
    }
    if one.unit is not None:
        ranked |= {"quantidade": ten_thousandths_to_json(one.quantity), "unidade": one.unit}
    return ranked
