"""*Vendas*: totals and rankings of sales between two days, lists of sales, and one sale."""

from datetime import date, timedelta
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from almoxarife.server.clock import today
from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import find_scanned_reason, form_key, is_sent, page, render, tell, typed, visitor
from almoxarife.server.web.panel import charts
from almoxarife.server.web.panel.stock import list_shops
from almoxarife.server.web.selling.sale_form import say_closed
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import Product
from almoxarife.wire.sales import Ranked, RankedBy, RankingOrder, Sale, SalesTotal
from almoxarife.wire.stores import Chain

SHOWN = 50
"""Sales that are listed, and lines of a ranking."""
_USUAL_DAYS = 30
_FIELDS = ("de", "ate", "loja", "rede", "vendedor")
_BEHIND = ("produto", "hora")
"""Filters of the list alone: the sales of a line of a ranking, or of a bar of a chart."""

RANKINGS = (
    (RankedBy.SELLER, "Vendedores", "vendedor"),
    (RankedBy.SHOP, "Lojas", "loja"),
    (RankedBy.CHAIN, "Redes", "rede"),
    (RankedBy.PRODUCT, "Produtos", "produto"),
)
"""The dimension of a ranking, its heading, and the filter for one of its lines."""


@page("/painel/vendas", who=Role.SELLER, menu="Vendas", icon="R$")
def show_sales() -> ResponseReturnValue:
    now = today(current(Settings).timezone)
    chosen = _read_choice(now)
    order = RankingOrder.QUANTITY if typed("ordem") == RankingOrder.QUANTITY else RankingOrder.TOTAL
    reply, shops = api_calls.send("GET", "/vendas/total", query=chosen), list_shops()
    shown: dict[str, Any] = {
        "chosen": chosen,
        "order": order,
        "days": _list_spans(now),
        "shops": shops,
        "names": {shop.id: shop.name for shop in shops},
        "chains": api_calls.get(list[Chain], "/redes"),
    }
    if not reply.is_good:
        problem = reply.problem
        return render("panel/sales.html", problem=problem, total=None, **shown)
    sales = api_calls.get(list[Sale], "/vendas", ultimas=SHOWN, canceladas="1", **chosen)
    if visitor().may(Role.MANAGER):
        shown |= _rank(chosen, order)
    return render("panel/sales.html", problem=None, total=reply.read(SalesTotal), sales=sales[::-1], **shown)


@page("/painel/vendas/todas", who=Role.SELLER)
def list_all_sales() -> ResponseReturnValue:
    """The sales of a total, oldest first."""
    chosen = {name: typed(name).strip() for name in (*_FIELDS, *_BEHIND)}
    query = {**chosen, "canceladas": "1", "limite": SHOWN, "depois": typed("depois")}
    reply = api_calls.send("GET", "/vendas", query=query)
    if not reply.is_good:
        raise api_calls.Refused(reply)
    product = api_calls.get(Product, f"/produtos/{chosen['produto']}") if chosen["produto"] else None
    return render(
        "panel/sales_list.html",
        product=product,
        sales=reply.read(list[Sale]),
        following=reply.next,
        chosen=chosen,
        names={shop.id: shop.name for shop in list_shops()},
    )


@page("/painel/vendas/<sale_id>", who=Role.SELLER, takes_form=True)
def show_sale(sale_id: str) -> ResponseReturnValue:
    problem = find_scanned_reason()
    if is_sent() and problem is None:
        reply = api_calls.send(
            "POST",
            f"/vendas/{sale_id}/cancelamento",
            {"motivo": typed("motivo")},
            headers={"Idempotency-Key": form_key()},
        )
        if reply.is_good:
            tell("Venda cancelada. O estoque voltou.")
            return redirect(f"/painel/vendas/{sale_id}")
        problem = reply.problem
    sale = api_calls.get(Sale, f"/vendas/{sale_id}")
    return render(
        "panel/sale.html",
        sale=sale,
        message=say_closed(sale, request.args),
        names={shop.id: shop.name for shop in list_shops()},
        key=form_key(),
        problem=problem,
    )


def _read_choice(now: date) -> dict[str, str]:
    """The chosen filters; by default the last days."""
    chosen = {name: typed(name).strip() for name in _FIELDS}
    if not typed("de") and not typed("ate") and not typed("tudo"):
        chosen |= {"de": (now - timedelta(days=_USUAL_DAYS - 1)).isoformat(), "ate": now.isoformat()}
    return chosen


def _list_spans(now: date) -> list[tuple[str, dict[str, str]]]:
    """Common spans of days."""
    spans = [
        ("Hoje", now, now),
        ("Ontem", now - timedelta(days=1), now - timedelta(days=1)),
        ("7 dias", now - timedelta(days=6), now),
        ("Este mês", now.replace(day=1), now),
        ("Este ano", now.replace(month=1, day=1), now),
    ]
    listed = [(label, {"de": first.isoformat(), "ate": last.isoformat()}) for label, first, last in spans]
    return [*listed, ("Tudo", {"tudo": "1"})]


def _rank(chosen: dict[str, str], order: RankingOrder) -> dict[str, object]:
    def rank(by: RankedBy, limit: int | str = "") -> list[Ranked]:
        ordered = {"ordem": order.value} if by is RankedBy.PRODUCT else {}
        return api_calls.get(list[Ranked], "/vendas/ranking", por=by.value, limite=limit, **ordered, **chosen)

    rankings = [(heading, field, found) for by, heading, field in RANKINGS if len(found := rank(by, SHOWN)) > 0]
    since, until = (date.fromisoformat(chosen[name]) if chosen[name] else None for name in ("de", "ate"))
    return {
        "rankings": [(heading, field, found) for heading, field, found in rankings if not chosen.get(field)],
        "alone": next((found[0].name for _, field, found in rankings if field == "vendedor"), ""),
        "charts": (
            ("Por dia", charts.by_day(rank(RankedBy.DAY), since, until)),
            ("Por hora do dia", charts.by_hour(rank(RankedBy.HOUR))),
        ),
    }
