"""*Novo produto* and *Alterar*: makes a product, and changes one.

A change is sent with the version that the person has seen. If somebody else has saved since, the form comes back:
fields that this person left alone show what was saved, and the other's value stands beside a field that both changed.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from flask import redirect
from flask.typing import ResponseReturnValue

from almoxarife import brazil
from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import find_fault, form_key, is_sent, next_key, page, render, tell, typed
from almoxarife.server.web.words import json_number
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import Product, RegisteredProduct, ShownProduct, UnitOut
from almoxarife.wire.codes.scanned import looks_scanned
from almoxarife.wire.problem import FieldError, Problem
from almoxarife.wire.selling.typed import refuse_code

_READ: dict[str, Callable[[str], int | float | str]] = {
    "preco": lambda text: str(brazil.parse_money(text)),
    "custo": lambda text: str(brazil.parse_money(text)),
    "estoque_minimo": lambda text: json_number(brazil.parse_number(text)),
}
"""Optional fields that are typed as numbers in Brazil are."""
_NEW = ("nome", "unidade", "codigo_barras", "preco", "estoque_minimo")
_CHANGED = (*_NEW, "custo", "sku", "ativo")
BEFORE = "antes_"
"""Prefix of hidden fields with the values that the form began with."""
ACTIVE, INACTIVE = "sim", "nao"
_STALE = 412
_CHANGED_ELSEWHERE = (
    "Outra pessoa mudou este produto enquanto você escrevia. O que você não mexeu já está como ela deixou: confira e"
    " grave."
)


@page("/painel/estoque/novo", who=Role.STOCK_CLERK, takes_form=True)
def make_product() -> ResponseReturnValue:
    problem = None
    if is_sent():
        done = _make_product()
        if not isinstance(done, Problem):
            return redirect(f"/painel/estoque/{done.id}")
        problem = done
    return render("panel/new_product.html", units=_list_units(), key=next_key(problem), problem=problem)


@page("/painel/estoque/<product_id>/alterar", who=Role.STOCK_CLERK, takes_form=True)
def change_product(product_id: str) -> ResponseReturnValue:
    version = typed("versao")
    # After a login the fields come in the URL, where empty ones are left out.
    texts = {name: " ".join(typed(name).split()) for name in _CHANGED} if version else {}
    before = {name: typed(BEFORE + name) for name in texts}
    hints: dict[str, str] = {}
    problem: Problem | None = None
    if is_sent():
        reply = _change_product(product_id, version, texts, before)
        if isinstance(reply, Problem):
            problem = reply
        elif reply is None or reply.is_good:
            tell("Gravado." if reply else "Nada foi mudado.")
            return redirect(f"/painel/estoque/{product_id}")
        else:
            problem = reply.problem
    product = api_calls.get(ShownProduct, f"/produtos/{product_id}")
    saved = _to_texts(product)
    if problem is not None and problem.status == _STALE:
        if all(_is_same(name, text, saved[name]) for name, text in texts.items()):
            # The same form once more, because its response was lost.
            tell("Gravado.")
            return redirect(f"/painel/estoque/{product_id}")
        problem, hints, texts = _merge(problem, before, texts, saved)
        version, before = str(product.version), saved
    return render(
        "panel/change_product.html",
        product=product,
        units=_list_units(),
        values=saved | texts,
        before=saved | before,
        version=version or product.version,
        hints=hints,
        problem=problem,
    )


def _make_product() -> Product | Problem:
    """Make the product of the form, once even if it is sent twice."""
    fields = _read({name: typed(name) for name in _NEW}, {})
    if isinstance(fields, Problem):
        return fields
    reply = api_calls.send("POST", "/produtos", fields, headers={"Idempotency-Key": form_key()})
    if not reply.is_good:
        return reply.problem
    product = reply.read(Product)
    tell(f"{product.name} foi cadastrado. Agora registre a entrada do que já existe.")
    return product


def _change_product(
    product_id: str, version: str, texts: Mapping[str, str], before: Mapping[str, str]
) -> api_calls.Reply | Problem | None:
    """None if the person has changed nothing."""
    if texts == before:
        return None
    fields = _read(texts, before)
    if isinstance(fields, Problem):
        return fields
    fields["ativo"] = texts["ativo"] != INACTIVE
    headers = {"If-Match": f'"{version}"'}
    return api_calls.send("PUT", f"/produtos/{product_id}", fields, headers=headers)


def _read(texts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, object] | Problem:
    """The fields as the route takes them. ``before``: what the form began with."""
    fields: dict[str, object] = dict(texts)
    errors = {}
    if texts.get("nome") != before.get("nome") and looks_scanned(texts.get("nome", "")):
        errors["nome"] = "Parece um código de barras. Escreva o nome do produto."
    for name, read in _READ.items():
        if name in texts:
            try:
                refuse_code(texts[name])
                fields[name] = read(text) if (text := texts[name].strip()) else None
            except ValueError as error:
                errors[name] = str(error)
    return find_fault(errors) if errors else fields


def _to_texts(product: RegisteredProduct) -> dict[str, str]:
    """The fields of the form as they are saved."""
    return {
        "nome": product.name,
        "unidade": product.unit,
        "codigo_barras": product.barcode or "",
        "preco": _amount(product.price),
        "estoque_minimo": "" if product.minimum_stock is None else brazil.format_number(product.minimum_stock),
        "custo": _amount(product.cost),
        "sku": product.sku or "",
        "ativo": ACTIVE if product.active else INACTIVE,
    }


def _amount(money: Decimal | None) -> str:
    return "" if money is None else brazil.format_money(money).removeprefix("R$").strip()


def _merge(
    problem: Problem, before: Mapping[str, str], texts: Mapping[str, str], saved: Mapping[str, str]
) -> tuple[Problem, dict[str, str], dict[str, str]]:
    """The problem with the fields that both have changed; hints for those that only the other has; the new values."""
    errors, hints, values = [], {}, dict(texts)
    for name, mine in texts.items():
        other = saved[name]
        if other == before[name] or _is_same(name, mine, other):
            continue
        shown = _show(name, other)
        if mine == before[name]:
            values[name] = other
            hints[name] = f"A outra pessoa gravou {shown}. Antes: {_show(name, before[name])}."
        else:
            errors.append(FieldError(campo=name, mensagem=f"A outra pessoa gravou {shown}."))
    changed = problem.model_copy(update={"message": _CHANGED_ELSEWHERE, "errors": errors})
    return changed, hints, values


def _is_same(name: str, one: str, other: str) -> bool:
    """Whether two texts of a field mean the same: "0,9" and "0,90" do."""
    read = _READ.get(name)
    if one == other or read is None or not one or not other:
        return one == other
    try:
        return Decimal(read(one)) == Decimal(read(other))
    except ValueError:
        return False


def _show(name: str, text: str) -> str:
    if name == "ativo":
        return "“em uso”" if text == ACTIVE else "“desativado”"
    return f"“{text}”" if text else "vazio"


def _list_units() -> list[tuple[str, str]]:
    return [(unit.code, f"{unit.code}, {unit.name}") for unit in api_calls.get(list[UnitOut], "/unidades")]
