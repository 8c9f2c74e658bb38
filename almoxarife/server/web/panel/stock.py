"""*Estoque*: products, a product with its movements, recording and reversing movements."""

from flask import redirect
from flask.typing import ResponseReturnValue

from almoxarife import brazil
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import (
    find_fault,
    find_scanned_reason,
    form_key,
    is_sent,
    next_key,
    page,
    render,
    tell,
    typed,
    visitor,
)
from almoxarife.server.web.words import json_number, signed
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import Product, ShownProduct
from almoxarife.wire.problem import Problem
from almoxarife.wire.selling.typed import refuse_code
from almoxarife.wire.stock import NOTES, Movement, MovementIn, MovementKind
from almoxarife.wire.stores import Shop

AT_ONCE = 100
"""Rows of a list on a page."""

MAX_NUMBER_LENGTH = 15
_WITH_INACTIVE = "inativos"
"""The choice of *Mostrar* that the route has a parameter of its own for."""

_BY_HAND = {
    "entrada": ("entrada", 1),
    "saida": ("saida", 1),
    "ajuste_mais": ("ajuste", 1),
    "ajuste_menos": ("ajuste", -1),
}
"""The choices of the form, with the kind and the sign of the movement for the route."""
_OPTIONAL = [str(MovementIn.model_fields[name].alias) for name in (*NOTES, "shop_id")]
"""Optional fields of the form, which are sent to the route as they were typed."""
_RECORDED = {
    MovementKind.ENTRY: "Entrada registrada",
    MovementKind.EXIT: "Saída registrada",
    MovementKind.ADJUSTMENT: "Ajuste registrado",
}


@page("/painel", who=Role.SELLER)
def show_panel() -> ResponseReturnValue:
    return redirect("/painel/estoque")


@page("/painel/estoque", who=Role.SELLER, menu="Estoque", icon="▦")
def show_stock() -> ResponseReturnValue:
    chosen = {name: typed(name) for name in ("busca", "loja", "situacao")}
    query = {**chosen, "limite": AT_ONCE, "depois": typed("depois")}
    if chosen["situacao"] == _WITH_INACTIVE:
        query |= {"situacao": "", "inativos": "1"}
    reply = api_calls.send("GET", "/produtos", query=query)
    if not reply.is_good:
        raise api_calls.Refused(reply)
    products = reply.read(list[Product])
    if typed("lido") and len(products) == 1:
        # After scanning a code, show the product instead of a list of one.
        return redirect(f"/painel/estoque/{products[0].id}")
    return render(
        "panel/stock.html",
        products=products,
        following=reply.next,
        chosen=chosen,
        shops=list_shops(),
        may_make=visitor().may(Role.STOCK_CLERK),
    )


@page("/painel/estoque/<product_id>", who=Role.SELLER, takes_form=True)
def show_product(product_id: str) -> ResponseReturnValue:
    problem = None
    if is_sent():
        done = _record(product_id)
        if not isinstance(done, Problem):
            return redirect(f"/painel/estoque/{product_id}")
        problem = done
    return _show_product(product_id, problem)


@page("/painel/estoque/<product_id>/estorno/<movement_id>", who=Role.STOCK_CLERK, takes_form=True)
def reverse_movement(product_id: str, movement_id: str) -> ResponseReturnValue:
    problem = find_scanned_reason()
    if is_sent() and problem is None:
        reply = api_calls.send(
            "POST",
            f"/inventario/{movement_id}/estorno",
            {"motivo": typed("motivo")},
            headers={"Idempotency-Key": form_key()},
        )
        if reply.is_good:
            tell(f"Estornado. Saldo: {brazil.format_number(reply.read(Movement).balance)}.")
            return redirect(f"/painel/estoque/{product_id}")
        problem = reply.problem
    return render(
        "panel/reversal.html",
        product=api_calls.get(ShownProduct, f"/produtos/{product_id}"),
        movement=_find_movement(product_id, movement_id),
        names={shop.id: shop.name for shop in list_shops()},
        key=form_key(),
        problem=problem,
    )


def _find_movement(product_id: str, movement_id: str) -> Movement | None:
    """The movement, read from the product's history; None if the visitor does not see its shop."""
    number = movement_id.removeprefix("m")
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_NUMBER_LENGTH):
        return None
    path = f"/produtos/{product_id}/movimentacoes"
    found = api_calls.get(list[Movement], path, limite=1, depois=int(number) + 1)
    return next((movement for movement in found if movement.id == movement_id), None)


def _record(product_id: str) -> Movement | Problem:
    """Record the movement of the form, once even if it is sent twice."""
    kind, sign = _BY_HAND.get(typed("tipo"), (typed("tipo"), 1))
    try:
        refuse_code(typed("quantidade"))
        quantity = brazil.parse_number(typed("quantidade")) * sign
    except ValueError as error:
        return find_fault({"quantidade": str(error)})
    if (scanned := find_scanned_reason()) is not None:
        return scanned
    notes = {name: text for name in _OPTIONAL if (text := typed(name).strip())}
    reply = api_calls.send(
        "POST",
        "/inventario",
        {"produto_id": product_id, "tipo": kind, "quantidade": json_number(quantity), **notes},
        headers={"Idempotency-Key": form_key()},
    )
    if not reply.is_good:
        return reply.problem
    movement = reply.read(Movement)
    if reply.headers.get("Idempotent-Replayed"):
        message = "Isto já estava registrado, e não foi somado de novo."
    else:
        message = f"{_RECORDED[movement.kind]}: {signed(movement.effect)}."
    below = " Atenção: está abaixo de zero." if movement.is_below_zero else ""
    tell(f"{message} Saldo depois: {brazil.format_number(movement.balance)}.{below}")
    return movement


def _show_product(product_id: str, problem: Problem | None) -> ResponseReturnValue:
    product = api_calls.get(ShownProduct, f"/produtos/{product_id}")
    history = api_calls.send(
        "GET", f"/produtos/{product_id}/movimentacoes", query={"limite": AT_ONCE, "depois": typed("depois")}
    )
    shops = list_shops()
    names = {shop.id: shop.name for shop in shops}
    usual = f"l{visitor().usual_shop_id}" if visitor().usual_shop_id else ""
    return render(
        "panel/product.html",
        product=product,
        movements=history.read(list[Movement]) if history.is_good else [],
        following=history.next,
        shops=shops,
        shop_choices=[("", "Escolha a loja"), *names.items()],
        names=names,
        usual=usual,
        key=next_key(problem),
        may_record=visitor().may(Role.STOCK_CLERK) and product.active,
        may_change=visitor().may(Role.STOCK_CLERK),
        may_choose=visitor().may(Role.MANAGER),
        problem=problem,
    )


def list_shops() -> list[Shop]:
    """The shops that the visitor sees."""
    return api_calls.get(list[Shop], "/lojas")
