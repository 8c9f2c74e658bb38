"""The form of a product: create or change one. Both need the server: a product does not wait in the queue."""

import tkinter as tk
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.registering import forms
from almoxarife.clients.desktop.cadastro.registering.catalog_search import display_code
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.kit.forms import FormInvalid, merge
from almoxarife.clients.desktop.kit.widgets import Button, Combobox, Field, Frame, Label, on_enter, say, show_if, stack
from almoxarife.wire.catalog import Product, ProductIn, UnitOut
from almoxarife.wire.codes.scanned import split_scan
from almoxarife.wire.codes.units import Unit

_NEEDS_SERVER = "O cadastro de produtos precisa do servidor; tente de novo quando ele voltar."
_CHANGED_ELSEWHERE = "Outra pessoa mudou este produto. O que você não mexeu já está como ela deixou: confira e grave."
_IS_BOX = "É uma caixa? Escreva quantas vêm nela, como x12. Se não é, Enter de novo."
_STALE = "versao-desatualizada"


class ProductPanel:
    """Calls ``saved`` with (the product as the server has it now, whether it is new).

    ``use_existing`` is called if the person chooses the existing product instead of creating a second one.
    """

    def __init__(
        self,
        parent: Any,
        *,
        server_call: ServerCall,
        saved: Callable[[Product, bool], None],
        use_existing: Callable[[Product], None],
        find: Callable[[str], Product | None],
        find_similar: Callable[[str], Product | None],
        cancelled: Callable[[], None],
        units: ServerCall,
        wrap_px: int,
    ) -> None:
        """``find``: a product by its id. ``find_similar``: one whose name differs only in accents or punctuation."""
        self._server_call = server_call
        self._saved = saved
        self._use_existing = use_existing
        self._ask_units = units
        self._find = find
        self._find_similar = find_similar
        self._asked_name = ""
        """The name of the question "similar to…" that the next submit confirms."""
        self._cancelled = cancelled
        self._asked_codes = ""
        self._sent: tuple[ProductIn, str] | None = None
        self._edited: Product | None = None
        self._is_busy = False
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._build(wrap_px)

    def start(self, *, name: str = "", barcode: str = "") -> None:
        """A new product."""
        self._edited = None
        self._title.configure(text="Novo produto")
        self._fill(replace(forms.NEW_PRODUCT, name=name, barcode=barcode))
        self._active.grid_remove()
        self._begin()

    def edit(self, product: Product) -> None:
        self._edited = product
        self._title.configure(text=f"Editar produto {display_code(product.id)}")
        self._fill(forms.form_of(product))
        self._active.configure(text="Desativar" if product.active else "Reativar")
        self._active.grid()
        self._begin()
        # The list lacks the cost. Until it has arrived, an untouched cost is not sent, and so stays as it is.
        self._server_call.ask(lambda api: api.product(product.id), then=self._take_over, failed=lambda _: None)

    def submit(self) -> None:
        if self._is_busy or self._was_scan():
            return
        self._say("")
        try:
            product = forms.parse_product(self._typed(), self._shown)
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._show_errors({})
        if self._is_similar(product):
            return
        if self._edited is None:
            self._create(product)
        else:
            self._change(self._edited, product, is_active=self._edited.active)

    def logged_in(self) -> None:
        """Repeat a request that the end of the session interrupted."""
        self._server_call.logged_in()

    def forget(self) -> None:
        """Drop a request of the person before."""
        self._server_call.forget()
        self._set_busy(False)

    def fill_barcode(self, barcode: str) -> None:
        """Insert a scanned barcode: into the further codes if that field has the focus, else into the barcode."""
        codes, own = self._fields["codigos"], self._fields["codigo_barras"]
        if codes.entry.instate(["focus"]):
            codes.text = forms.add_code(codes.text, barcode)
            self._ask_if_box()
            return
        own.text = barcode
        own.show_error(None)
        own.focus()

    # --- building ---------------------------------------------------------------------

    def _build(self, wrap_px: int) -> None:
        self._title = Label(self.frame, style="Strong.TLabel")
        self._pair = Frame(self.frame)
        self._codes_and_stock = Frame(self.frame)
        # Tab follows the order of creation among widgets of one parent.
        name = Field(self.frame, "Nome")
        price, cost = Field(self._pair, "Preço (R$)"), Field(self._pair, "Custo (R$)")
        self._unit = tk.StringVar(master=self.frame, value=Unit.UN.value)
        unit = Frame(self._pair)
        Label(unit, text="Unidade").grid(row=0, column=0, sticky="w")
        self._units = Combobox(unit, textvariable=self._unit, state="readonly", width=5)
        self._units.configure(values=[u.value for u in Unit])
        self._units.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        unit.columnconfigure(0, weight=1)
        self._fields = {
            "nome": name,
            "preco": price,
            "custo": cost,
            "codigo_barras": Field(self.frame, "Código de barras (se houver)"),
            "sku": Field(self._codes_and_stock, "Código curto"),
            "estoque_minimo": Field(self._codes_and_stock, "Estoque mínimo"),
            "codigos": Field(self.frame, "Caixas e outros códigos (código x12)"),
        }
        self._message = Label(self.frame, style="Bad.TLabel", wraplength=wrap_px, justify="left")
        self._save = Button(self.frame, style="Main.TButton", command=self.submit)
        others = Frame(self.frame)
        self._use = Button(others, text="Usar este")
        self._active = Button(others, command=self._switch_active)
        cancel = Button(others, text="Cancelar  Esc", command=self._cancelled)
        for narrow in (price, cost, self._fields["sku"], self._fields["estoque_minimo"]):
            narrow.entry.configure(width=8)
        _lay_side_by_side(price.frame, cost.frame, unit)
        _lay_side_by_side(self._fields["sku"].frame, self._fields["estoque_minimo"].frame)
        for button in (self._use, self._active):  # only one of them is visible at a time
            button.grid(row=0, column=0, sticky="ew", padx=(0, 8))
        cancel.grid(row=0, column=1, sticky="ew")
        others.columnconfigure(1, weight=1)
        order = [
            name.frame, self._pair, self._fields["codigo_barras"].frame, self._codes_and_stock,
            self._fields["codigos"].frame, self._message, self._save, others,
        ]  # fmt: skip
        stack([(self._title, 0), *((widget, 8) for widget in order)])
        self._use.grid_remove()
        self._message.grid_remove()
        for field in self._fields.values():
            on_enter(field.entry, partial(self._enter, field))
        name.entry.bind("<FocusOut>", lambda _: self._left_name(), add="+")

    def _begin(self) -> None:
        self._server_call.forget()
        self._sent = None
        self._asked_name = self._asked_codes = ""
        for field in self._fields.values():
            field.show_error(None)
        self._say("")
        self._set_busy(False)
        self._ask_units.ask(lambda api: api.units(), then=self._offer_units, failed=lambda _: None)
        self._fields["nome"].focus(select=True)

    def _offer_units(self, units: Sequence[UnitOut]) -> None:
        self._units.configure(values=[unit.code for unit in units])

    def _fill(self, form: forms.ProductForm) -> None:
        self._shown = form
        for name, field in self._fields.items():
            if field.text != _written(form, name):
                field.text = _written(form, name)
        self._unit.set(form.unit)

    # --- typing -----------------------------------------------------------------------

    def _typed(self) -> forms.ProductForm:
        texts = {name: field.text for name, field in self._fields.items()}
        return forms.ProductForm(
            name=texts["nome"],
            unit=self._unit.get(),
            barcode=texts["codigo_barras"],
            minimum=texts["estoque_minimo"],
            price=texts["preco"],
            sku=texts["sku"],
            cost=texts["custo"],
            codes=texts["codigos"],
        )

    def _enter(self, field: Field) -> None:
        """Enter goes to the next field and submits at the last."""
        if self._was_scan() or (field is self._fields["codigos"] and self._ask_if_box()):
            return
        fields = list(self._fields.values())
        at = fields.index(field)
        if at + 1 < len(fields):
            fields[at + 1].focus(select=True)
        else:
            self.submit()

    def _was_scan(self) -> bool:
        """Move a barcode that a slow scanner typed into another field to its own."""
        for name, field in self._fields.items():
            shown = _written(self._shown, name)
            if name in {"codigo_barras", "codigos"} or field.text.strip() == shown:
                continue
            before, barcode = split_scan(field.text) or ("", None)
            if barcode is not None:
                field.text = before if name == "nome" and before else shown
                self.fill_barcode(barcode)
                return True
        return False

    def _ask_if_box(self) -> bool:
        """Ask once whether the last further code is a box's, which needs a factor. True if asked now."""
        field = self._fields["codigos"]
        text = field.text.strip()
        if not forms.ends_with_plain_code(text) or text in {self._asked_codes, self._shown.codes}:
            return False
        self._asked_codes = text
        field.show_question(_IS_BOX)
        field.focus()
        return True

    def _left_name(self) -> None:
        if self.frame.winfo_viewable() and not self._fields["nome"].text.strip():
            self._fields["nome"].show_error("Digite o nome do produto.")

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.show_error(errors.get(name))
        first = next((field for name, field in self._fields.items() if name in errors), None)
        if first is not None:
            first.focus(select=True)
        self._say(" ".join(text for name, text in errors.items() if name not in self._fields))

    def _is_similar(self, product: ProductIn) -> bool:
        """Ask once if the name differs from another product's only in accents. True if asked now."""
        similar = self._find_similar(product.name)
        if similar is None or self._asked_name == product.name or (self._edited and similar.id == self._edited.id):
            return False
        self._asked_name = product.name
        verb = "Cadastrar" if self._edited is None else "Gravar"
        self._offer_product(similar, f" Se este é outro produto, {verb} de novo confirma.")
        return True

    # --- the server -------------------------------------------------------------------

    def _create(self, product: ProductIn) -> None:
        # The same product sent again after a lost response keeps its key, or it would be created twice.
        key = self._sent[1] if self._sent and self._sent[0] == product else str(uuid.uuid4())
        self._sent = (product, key)
        self._set_busy(True)
        self._server_call.ask(
            lambda api: api.create_product(product, key=key),
            then=lambda made: self._done(made, is_new=True),
            failed=self._refused,
        )

    def _change(self, edited: Product, product: ProductIn, *, is_active: bool) -> None:
        change = forms.change_of(product, is_active=is_active)
        self._set_busy(True)
        self._server_call.ask(
            lambda api: api.change_product(edited.id, change, version=edited.version),
            then=lambda changed: self._done(changed, is_new=False),
            failed=self._refused,
        )

    def _switch_active(self) -> None:
        """Change only whether the product is active. Unsaved changes in the form are not sent."""
        if self._edited is not None and not self._is_busy:
            as_it_was = forms.form_of(self._edited)
            product = forms.parse_product(as_it_was, as_it_was)
            self._change(self._edited, product, is_active=not self._edited.active)

    def _done(self, product: Product, *, is_new: bool) -> None:
        self._sent = None
        self._set_busy(False)
        self._saved(product, is_new)

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.code == _STALE and self._edited is not None:
            self._look_again(self._edited)
        elif error.errors:
            self._show_errors(forms.by_field({wrong.field: wrong.message for wrong in error.errors}))
        elif error.existing:
            self._offer(error)
        elif error.is_connection_fault:
            self._say(f"{error.message} {_NEEDS_SERVER}")
        else:
            self._say(error.message)

    def _look_again(self, edited: Product) -> None:
        """Somebody else saved first: ask for their version, to merge it into the form."""
        self._set_busy(True)
        self._server_call.ask(
            lambda api: api.product(edited.id), then=self._merge, failed=lambda error: self._refused(error)
        )

    def _merge(self, newer: Product | None) -> None:
        self._set_busy(False)
        if newer is None:
            self._say("Este produto não existe mais.")
            return
        self._take_over(newer)
        self._say(_CHANGED_ELSEWHERE)

    def _take_over(self, newer: Product | None) -> None:
        """Show the server's values in the fields that this person has not changed."""
        if newer is None:
            return
        typed, before = self._typed(), self._shown
        self._edited = newer
        self._active.configure(text="Desativar" if newer.active else "Reativar")
        newest = forms.form_of(newer)
        self._fill(merge(before, typed, newest))
        self._shown = newest

    def _offer(self, error: ApiError) -> None:
        """Offer the existing product; the list may not have it yet."""
        product_id = error.existing or ""
        self._say(error.message)
        known = self._find(product_id)
        if known is not None:
            self._offer_product(known)
        else:
            self._server_call.ask(lambda api: api.product(product_id), then=self._offer_product, failed=self._refused)

    def _offer_product(self, product: Product | None, beside: str = "") -> None:
        if product is None:
            return
        state = "" if product.active else ", desativado"
        self._say(f"Já existe {product.name} ({display_code(product.id)}{state}).{beside}")
        self._use.configure(
            text="Usar este" if product.active else "Abrir este", command=lambda: self._use_existing(product)
        )
        self._active.grid_remove()
        self._use.grid()
        self._use.focus_set()

    def _say(self, text: str) -> None:
        say(self._message, "Bad", text)
        self._use.grid_remove()
        if self._edited is not None:
            self._active.grid()
        show_if(text, self._message)

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        verb, gerund = ("Cadastrar", "Cadastrando…") if self._edited is None else ("Gravar", "Gravando…")
        self._save.configure(text=gerund if is_busy else f"{verb}  Ctrl+Enter")
        for button in (self._save, self._active):
            button.state(["disabled" if is_busy else "!disabled"])


def _written(form: forms.ProductForm, name: str) -> str:
    """The text of one field, by its wire name."""
    return {
        "nome": form.name, "preco": form.price, "custo": form.cost, "codigo_barras": form.barcode, "sku": form.sku,
        "estoque_minimo": form.minimum, "codigos": form.codes,
    }[name]  # fmt: skip


def _lay_side_by_side(*widgets: Any) -> None:
    """Place widgets in columns of equal width."""
    for column, widget in enumerate(widgets):
        widget.grid(row=0, column=column, sticky="new", padx=(8 if column else 0, 0))
        widget.master.columnconfigure(column, weight=1, uniform="side by side")
