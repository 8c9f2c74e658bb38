"""*Ao vivo*: movements as they are recorded. The page's script polls like a monitor, and costs the same."""

from flask.typing import ResponseReturnValue

from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import page, render
from almoxarife.server.web.panel.stock import list_shops
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import Movement, Summary

SHOWN = 100
"""Movements that are shown when the page is opened."""


@page("/painel/ao-vivo", who=Role.SELLER, menu="Ao vivo", icon="●")
def show_live() -> ResponseReturnValue:
    movements = api_calls.get(list[Movement], "/inventario", ultimos=SHOWN)
    return render(
        "panel/live.html",
        movements=movements[::-1],
        zone=current(Settings).timezone.key,
        newest=movements[-1].seq if movements else 0,
        today=api_calls.get(Summary, "/inventario/resumo"),
        names={shop.id: shop.name for shop in list_shops()},
    )
