"""The till page. Each action redirects to a URL that contains the open sale; only closing it writes."""

from urllib.parse import urlencode

from flask import redirect, request
from flask.typing import ResponseReturnValue

from almoxarife.server.web import api_calls
from almoxarife.server.web.pages import go_to, is_sent, new_key, page, render, visitor
from almoxarife.server.web.panel.stock import list_shops
from almoxarife.server.web.selling.finding import NOTHING, Found, find
from almoxarife.server.web.selling.sale_form import KEY, MAX_LINES, PATH, SaleForm, begin_sale, read_form, to_address
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import ShownProduct
from almoxarife.wire.codes.scanned import Scanned
from almoxarife.wire.sales import Sale
from almoxarife.wire.selling.open_sale import ONE, SaleRefused
from almoxarife.wire.selling.typed import split_times
from almoxarife.wire.stores import ScaleLabel, Shop

_INCLUDE, _REMOVE, _CLOSE = "incluir", "tirar", "fechar"
_CLOSED_ALREADY = (
    "Esta venda já foi registrada, sem as últimas mudanças. Confira em Vendas o que foi registrado. "
    "Se faltou algo, comece outra venda só com o que faltou."
)


@page(PATH, who=Role.SELLER, takes_form=True, menu="Vender", icon="▤")
def sell() -> ResponseReturnValue:
    fields = request.form if request.method == "POST" else request.args
    if not fields.get(KEY):
        # The key is in the URL from the beginning: after a reload it is the same sale.
        return go_to(PATH, **begin_sale(new_key()), codigo=fields.get("codigo", ""))
    form, shops = read_form(fields), list_shops()
    done = _do(form, shops) if is_sent() and not form.errors else None
    return done or _show(form, shops)


def _do(form: SaleForm, shops: list[Shop]) -> ResponseReturnValue | None:
    """Do what a button asks for; None if that is not possible, and the form then says why."""
    deed, _, what = form.fields.get("fazer", "").partition("-")
    try:
        if deed == _CLOSE:
            return _close(form)
        if deed == _REMOVE and what.isdigit() and int(what) < len(form.sale.lines):
            return redirect(to_address(form, form.sale.remove(int(what))))
        if deed == _INCLUDE and what:
            return _include(form, Scanned(api_calls.get(ShownProduct, f"/produtos/{what}"), None), form.text)
        if form.text:
            return _look_up(form, _find_label(form, shops))
    except SaleRefused as error:
        form.refusal = str(error)
        return None
    return redirect(to_address(form, form.sale))


def _look_up(form: SaleForm, label: ScaleLabel | None) -> ResponseReturnValue:
    """A product found by its code is added at once; of several the seller chooses."""
    try:
        _, text = split_times(form.text)
    except ValueError as error:
        raise SaleRefused(str(error)) from None
    found = find(text, label)
    if found.by_code is not None:
        return _include(form, found.by_code, form.text)
    return redirect(to_address(form, form.sale, codigo=form.text))


def _include(form: SaleForm, scanned: Scanned, text: str) -> ResponseReturnValue:
    try:
        times, _ = split_times(text)
    except ValueError as error:
        raise SaleRefused(str(error)) from None
    if len(form.sale.lines) >= MAX_LINES:
        raise SaleRefused(f"Uma venda tem aqui no máximo {MAX_LINES} itens. Feche esta e comece outra.")
    sale = form.sale.add_scanned(scanned, times or ONE)
    is_weighed = scanned.product.takes_decimals and scanned.quantity is None and times is None
    missing = "preco" if sale.lines[-1].price is None else "quantidade" if is_weighed else ""
    return redirect(to_address(form, sale, foco=missing))


def _close(form: SaleForm) -> ResponseReturnValue | None:
    if form.text:
        raise SaleRefused("O produto digitado ainda não está na venda: inclua-o, ou apague o texto.")
    missing = form.sale.first_without_price
    if missing is not None:  # which ``to_wire`` refuses; this marks the field and puts the cursor into it
        form.errors[f"preco-{missing}"] = "Informe o preço."
    sale = form.sale.to_wire(form.shop_id).model_dump(mode="json", by_alias=True, exclude_none=True)
    reply = api_calls.send("POST", "/vendas", sale, headers={"Idempotency-Key": form.key})
    if not reply.is_good:
        form.refuse(reply.problem)
        if reply.problem.code == "chave-reutilizada":
            form.refusal, form.is_closed = _CLOSED_ALREADY, True
        return None
    sold = reply.read(Sale)
    # The sentence is in the URL, so that reloading the page shows the change again.
    parameters = {KEY: form.key, "recebido": form.fields.get("recebido", "")}
    parameters["repetida"] = "1" if reply.headers.get("Idempotent-Replayed") else ""
    return go_to(f"/painel/vendas/{sold.id}", **parameters)


def _find_label(form: SaleForm, shops: list[Shop]) -> ScaleLabel | None:
    """The format of the scale labels in the shop of the sale."""
    chosen = form.shop_id or _usual_shop()
    return next((shop.scale_label for shop in shops if shop.id == chosen or len(shops) == 1), None)


def _usual_shop() -> str:
    return f"l{visitor().usual_shop_id}" if visitor().usual_shop_id else ""


def _show(form: SaleForm, shops: list[Shop]) -> ResponseReturnValue:
    found = _list_choices(form, shops) if form.text and request.method == "GET" else NOTHING
    return render(
        "selling/sale.html",
        problem=form.problem if request.method == "POST" or form.errors else None,
        form=form,
        sale=form.sale,
        found=found,
        is_unknown=form.text and request.method == "GET" and not found.products,
        shops=shops,
        shop_choices=[("", "Escolha a loja"), *((shop.id, shop.name) for shop in shops)],
        usual=_usual_shop(),
        focus=form.fields.get("foco", ""),
        fresh=f"{PATH}?{urlencode(begin_sale(new_key()))}",
    )


def _list_choices(form: SaleForm, shops: list[Shop]) -> Found:
    try:
        _, text = split_times(form.text)
    except ValueError:
        return NOTHING
    return find(text, _find_label(form, shops))
