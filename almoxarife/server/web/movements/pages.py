"""The page of movements: chosen by day, person, shop, kind and product, with sums and exports."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask.typing import ResponseReturnValue

from almoxarife.server.clock import today
from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.movements.choice import MAX_DAYS, Choice, read_choice
from almoxarife.server.web.pages import find_fault, page, render, typed
from almoxarife.server.web.panel.stock import list_shops
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import KIND_NAMES, KindTotal, Movement, MovementKind

AT_ONCE = 100


@page("/painel/movimentacoes", who=Role.MANAGER, menu="Movimentações", icon="⇅")
def show_movements() -> ResponseReturnValue:
    now = today(current(Settings).timezone)
    choice = read_choice(request.args, now)
    shops = list_shops()
    shown: dict[str, Any] = {
        "chosen": choice.texts,
        "product": choice.product,
        "candidates": choice.candidates,
        "spans": _list_spans(now),
        "shops": shops,
        "names": {shop.id: shop.name for shop in shops},
        "kinds": [("", "tudo"), *((kind.value, name) for kind, name in KIND_NAMES.items())],
    }
    if choice.errors:
        return render("movements/movements.html", problem=find_fault(choice.errors), **shown)
    # One more, so that the last page does not lead to an empty one.
    query = {**choice.query, "limite": AT_ONCE + 1, "depois": typed("depois")}
    reply = api_calls.send("GET", "/inventario", query=query)
    if not reply.is_good:
        return render("movements/movements.html", problem=reply.problem, **shown)
    if not typed("depois"):
        shown |= _sum_up(choice)
    movements = reply.read(list[Movement])
    return render(
        "movements/movements.html",
        movements=movements[:AT_ONCE],
        following=str(movements[AT_ONCE - 1].seq) if len(movements) > AT_ONCE else None,
        is_first=not typed("depois"),
        exports={kind.upper(): f"/inventario/exportar/{kind}?{urlencode(choice.query)}" for kind in ("csv", "xlsx")},
        **shown,
    )


def _sum_up(choice: Choice) -> dict[str, object]:
    """The sums by kind and unit, and how many movements each person recorded, the busiest first."""
    kinds: dict[tuple[MovementKind, str], tuple[int, Decimal]] = {}
    people: Counter[str] = Counter()
    for total in api_calls.get(list[KindTotal], "/inventario/totais", **choice.query, por_pessoa="1"):
        number, effect = kinds.get((total.kind, total.unit), (0, Decimal()))
        kinds[total.kind, total.unit] = (number + total.movements, effect + total.effect)
        people[total.recorded_by or ""] += total.movements
    totals = [(kind, unit, number, effect) for (kind, unit), (number, effect) in kinds.items()]
    return {"totals": totals, "people": people.most_common()}


def _list_spans(now: date) -> list[tuple[str, dict[str, str]]]:
    """Common spans of days."""
    before = {"Hoje": (0, 0), "Ontem": (1, 1), "7 dias": (6, 0), f"{MAX_DAYS} dias": (MAX_DAYS - 1, 0)}
    return [(label, {"de": _day(now, first), "ate": _day(now, last)}) for label, (first, last) in before.items()]


def _day(now: date, ago: int) -> str:
    return (now - timedelta(days=ago)).isoformat()
