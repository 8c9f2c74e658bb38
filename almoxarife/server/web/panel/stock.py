"""*Estoque*: products and a form for new ones, a product with its movements, recording and reversing movements."""

from collections.abc import Callable
from decimal import Decimal

from flask import redirect
from flask.typing import ResponseReturnValue

from almoxarife import brazil
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import (
    find_fault,
    find_scanned_reason,
    form_key,
    is_sent,
    new_key,
    page,
    render,
    tell,
    typed,
    visitor,
)
from almoxarife.server.web.words import signed
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import Product, ShownProduct, UnitOut
from almoxarife.wire.codes.scanned import looks_scanned
from almoxarife.wire.problem import Problem
from almoxarife.wire.selling.typed import refuse_code
from almoxarife.wire.stock import NOTES, Movement, MovementIn, MovementKind
from almoxarife.wire.stores import Shop

AT_ONCE = 100
"""Rows of a list on a page."""

MAX_NUMBER_LENGTH = 15

_BY_HAND = {
    "entrada": ("entrada", 1),
    "saida": ("saida", 1),
    "ajuste_mais": ("ajuste", 1),
    "ajuste_menos": ("ajuste", -1),
}
"""The choices of the form, with the kind and the sign of the movement for the route."""
_OPTIONAL = [str(MovementIn.model_fields[name].alias) for name in (*NOTES, "shop_id")]
"""Optional fields of the form, which are sent to the route as they were typed."""
_READ_NUMBERS: dict[str, Callable[[str], int | float | str]] = {
    "preco": lambda text: str(brazil.parse_money(text)),
    "estoque_minimo": lambda text: _json(brazil.parse_number(text)),
}
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
    reply = api_calls.send("GET", "/produtos", query={**chosen, "limite": AT_ONCE, "depois": typed("depois")})
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


@page("/painel/estoque/novo", who=Role.STOCK_CLERK, takes_form=True)
def make_product() -> ResponseReturnValue:
    problem = None
    if is_sent():
        done = _make_product()
        if not isinstance(done, Problem):
            return redirect(f"/painel/estoque/{done.id}")
        problem = done
    units = api_calls.get(list[UnitOut], "/unidades")
    return render(
        "panel/new_product.html",
        units=[(unit.code, f"{unit.code}, {unit.name}") for unit in units],
        key=_next_key(problem),
        problem=problem,
    )


def _make_product() -> Product | Problem:
    """Make the product of the form, once even if it is sent twice."""
    name = typed("nome")
    errors = {"nome": "Parece um código de barras. Escreva o nome do produto."} if looks_scanned(name) else {}
    fields: dict[str, object] = {"nome": name, "unidade": typed("unidade"), "codigo_barras": typed("codigo_barras")}
    for field, read in _READ_NUMBERS.items():
        try:
            fields[field] = read(text) if (text := typed(field).strip()) else None
        except ValueError as error:
            errors[field] = str(error)
    if errors:
        return find_fault(errors)
    reply = api_calls.send("POST", "/produtos", fields, headers={"Idempotency-Key": form_key()})
    if not reply.is_good:
        return reply.problem
    product = reply.read(Product)
    tell(f"{product.name} foi cadastrado. Agora registre a entrada do que já existe.")
    return product


def _next_key(problem: Problem | None) -> str:
    """The key for the form that is shown; after ``chave-reutilizada`` it needs a new one."""
    return new_key() if problem is not None and problem.code == "chave-reutilizada" else form_key()


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
        {"produto_id": product_id, "tipo": kind, "quantidade": _json(quantity), **notes},
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


def _json(quantity: Decimal) -> int | float:
    return int(quantity) if quantity == quantity.to_integral_value() else float(quantity)


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
        key=_next_key(problem),
        may_record=visitor().may(Role.STOCK_CLERK) and product.active,
        problem=problem,
    )


def list_shops() -> list[Shop]:
    """The shops that the visitor sees."""
    return api_calls.get(list[Shop], "/lojas")
