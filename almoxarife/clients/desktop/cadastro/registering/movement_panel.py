"""The form *Entrada, Saída, Ajuste*: choose a product, type a quantity, confirm."""

import tkinter as tk
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from time import monotonic
from typing import Any

from almoxarife.clients.desktop.cadastro.registering import forms
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog
from almoxarife.clients.desktop.cadastro.registering.picker import ProductPicker
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.registering.usual_quantities import UsualQuantities, is_unusual
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.clients.desktop.kit.widgets import (
    Button,
    Field,
    Frame,
    Label,
    Radiobutton,
    on_enter,
    say,
    show_if,
    stack,
)
from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.scanned import find_gtin, split_scan
from almoxarife.wire.stock import MovementIn, RecordedKind

MODES = (
    (RecordedKind.ENTRY, "Entrada", "F2"),
    (RecordedKind.EXIT, "Saída", "F3"),
    (RecordedKind.ADJUSTMENT, "Ajuste", "F4"),
)


_WRAP_PX = 300
_SECOND_ENTER_S = 0.25
"""A second Enter within this time comes from the scanner; a person who reads the question needs longer."""
_HALF_CHARACTERS = 8
"""A small requested width; the grid stretches the fields."""


class MovementPanel:
    """Calls ``confirmed`` with the movement and its product. If that returns False, the form keeps its contents."""

    def __init__(
        self,
        parent: Any,
        *,
        over: Any,
        px: Callable[[float], int],
        shop: ShopChoice,
        usual: UsualQuantities,
        confirmed: Callable[[MovementIn, Product], bool],
        create: Callable[[str], None],
        scanned: Callable[[str], None],
    ) -> None:
        """``over``: the widget over which the product picker's list is placed. ``create`` is called with the name of a
        new product, ``scanned`` with a barcode that a slow scanner typed into a field.
        """
        self._confirmed = confirmed
        self._scanned = scanned
        self._catalog = Catalog([])
        self._counted = ""
        """The quantity as counted by scans, restored when a slow scanner types into the field."""
        self._scanned_at = -_SECOND_ENTER_S
        self._shop = shop
        self._usual = usual
        self._asked_about: tuple[str, Decimal] | None = None
        """The product and quantity of the question that the next Enter confirms."""
        self._asked_at = 0.0
        self._is_untouched = False
        """Whether nothing was typed since the last movement was confirmed."""
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._kind = tk.StringVar(master=parent, value=RecordedKind.ENTRY.value)
        self._build_modes()
        self._title = Label(self.frame, style="Strong.TLabel")
        self._picker = ProductPicker(
            self.frame, over=over, px=px, changed=self._product_changed, done=self._to_quantity, create=create
        )
        self._preview = Label(self.frame, style="Quiet.TLabel")
        self._quantity = Field(self.frame, "Quantidade")
        self._reason = Field(self.frame, "Motivo")
        self._entry_fields = Frame(self.frame)
        self._notes = {name: Field(self._entry_fields, label) for name, label in forms.ENTRY_NOTES.items()}
        self._general = Label(self.frame, style="Bad.TLabel", justify="left", wraplength=px(_WRAP_PX))
        self._button = Button(self.frame, style="Main.TButton", command=self.submit)
        self._arrange()
        self._bind()
        self.choose_kind(RecordedKind.ENTRY)

    @property
    def kind(self) -> RecordedKind:
        return RecordedKind(self._kind.get())

    @property
    def product(self) -> Product | None:
        return self._picker.product

    @property
    def is_where_confirmed(self) -> bool:
        """Whether the focus is still where a confirmed movement leaves it, in the empty and untouched product field."""
        return self._is_untouched and self.frame.focus_get() is self._picker.field.entry

    def use(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._picker.use(catalog)

    def choose_kind(self, kind: RecordedKind) -> None:
        self._kind.set(kind.value)
        verb = forms.VERB[kind]
        self._title.configure(text=f"Registrar {verb}")
        show_if(kind is RecordedKind.ENTRY, self._entry_fields)
        show_if(kind is not RecordedKind.ENTRY, self._reason.frame)
        self._quantity.label.configure(text="Diferença (+ ou -)" if kind is RecordedKind.ADJUSTMENT else "Quantidade")
        self._forget_confirmation()
        self._show_errors({})
        self._show_preview()

    def start(self, kind: RecordedKind) -> None:
        self.choose_kind(kind)
        self.focus()

    def focus(self) -> None:
        (self._picker.field if self._picker.product is None else self._quantity).focus(select=True)

    def choose(self, product: Product) -> None:
        self._picker.choose(product)
        self._to_quantity()

    def choose_scanned(self, product: Product, quantity: Decimal) -> None:
        """Add ``quantity`` if the product is chosen already; else choose it, and tell if another was not recorded."""
        chosen, left = self._picker.product, self._quantity.text.strip()
        if chosen is None or chosen.id != product.id:
            self._quantity.text = self._counted = ""
            self._picker.choose(product)
            self._say_general("Warn", f"{chosen.name}: {left} sem registrar." if chosen is not None and left else "")
        self._quantity.text = self._counted = forms.add_scanned(self._quantity.text, quantity)
        self._scanned_at = monotonic()
        self._to_quantity()

    def search_for(self, text: str) -> None:
        """Type a text into the product field."""
        self._picker.field.focus()
        self._picker.field.text = text

    def clear(self) -> None:
        """Clear the whole form."""
        for field in (self._reason, *self._notes.values()):
            field.text = ""
        self._clear_item()

    def shop_changed(self) -> None:
        """Validate again, with the other shop's balance."""
        self._show_errors({})
        self._quantity_typed()

    def submit(self) -> None:
        if self._was_scan():
            return
        self._picker.settle()
        product = self._picker.product
        form = forms.MovementForm(
            kind=self.kind,
            product=product,
            product_text=self._picker.field.text,
            quantity_text=self._quantity.text,
            reason_text=self._reason.text,
            note_texts={name: field.text for name, field in self._notes.items()},
            shop_id=self._shop.shop_id,
            must_choose_shop=self._shop.must_choose,
        )
        try:
            movement = forms.parse_movement(form)
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            self._focus_first(invalid.errors)
            return
        self._show_errors({})
        if product is not None and self._is_sure(movement) and self._confirmed(movement, product):
            self._reason.text = ""
            self._clear_item()
            self._is_untouched = True

    def _clear_item(self) -> None:
        """Clear product and quantity. The notes stay, because an invoice has many items."""
        self._picker.clear()
        self._quantity.text = self._counted = ""
        self._show_errors({})
        self._picker.field.focus()

    def _is_sure(self, movement: MovementIn) -> bool:
        """False if the quantity is unusual or may be a barcode, and the person has not confirmed it yet."""
        usual = self._usual.find(movement.product_id, movement.kind)
        movement_key = (movement.product_id, movement.quantity)
        is_code_long = forms.is_code_long(self._quantity.text)
        if self._asked_about == movement_key and not (is_code_long and monotonic() - self._asked_at < _SECOND_ENTER_S):
            return True
        if is_code_long:
            question = forms.ask_if_counted(movement.quantity)
        elif usual is not None and is_unusual(movement.quantity, usual):
            question = forms.ask_if_sure(movement.quantity, usual)
        else:
            return True
        if self._asked_about != movement_key:
            self._asked_about, self._asked_at = movement_key, monotonic()
        self._quantity.show_question(question)
        self._button.configure(text=f"Confirmar {forms.effect_text(movement)}  Ctrl+Enter")
        self._quantity.focus(select=True)
        return False

    def _was_scan(self) -> bool:
        """Take a known barcode that a slow scanner typed out of its field and handle it as a scan.

        Also true right after a scan: some scanners end with a second Enter.
        """
        if monotonic() - self._scanned_at < _SECOND_ENTER_S:
            return True
        for field in (self._quantity, self._reason, *self._notes.values()):
            if field is self._quantity:
                is_difference = field.text.strip()[:1] in {"+", "-"}
                before, barcode = self._counted, None if is_difference else find_gtin(field.text)
            else:
                before, barcode = split_scan(field.text) or ("", None)
            if barcode is not None and self._catalog.codes.knows(barcode, self._shop.scale_label):
                field.text = before
                self._scanned_at = monotonic()
                self._scanned(barcode)
                return True
        return False

    def _forget_confirmation(self) -> None:
        self._asked_about = None
        self._button.configure(text=f"Registrar {forms.VERB[self.kind]}  Ctrl+Enter")

    # --- building ---------------------------------------------------------------------

    def _build_modes(self) -> None:
        modes = Frame(self.frame)
        for number, (kind, label, key) in enumerate(MODES):
            button = Radiobutton(
                modes,
                text=f"{key} {label}",
                value=kind.value,
                variable=self._kind,
                style="Mode.Toolbutton",
                command=lambda: self.choose_kind(self.kind),
            )
            button.grid(row=0, column=number, sticky="ew")
            modes.columnconfigure(number, weight=1, uniform="modes")
        modes.grid(row=0, column=0, sticky="ew")

    def _arrange(self) -> None:
        order = [
            (self._title, 14),
            (self._picker.field.frame, 8),
            (self._preview, 2),
            (self._quantity.frame, 8),
            (self._reason.frame, 8),
            (self._entry_fields, 8),
            (self._general, 8),
            (self._button, 14),
        ]
        stack(order, first_row=1)
        for column, field in enumerate(self._notes.values()):
            field.entry.configure(width=_HALF_CHARACTERS)
            field.frame.grid(row=0, column=column, sticky="new", padx=(8 * column, 0))
            self._entry_fields.columnconfigure(column, weight=1, uniform="papers")
        self._general.grid_remove()

    def _bind(self) -> None:
        self._quantity.variable.trace_add("write", lambda *_: self._quantity_typed())
        self._picker.field.variable.trace_add("write", lambda *_: self._product_typed())
        on_enter(self._quantity.entry, self._after_quantity)
        on_enter(self._reason.entry, self.submit)
        notes = [*self._notes.values()]
        for field, following in pairwise(notes):
            on_enter(field.entry, following.focus)
        on_enter(notes[-1].entry, self.submit)

    # --- while typing -----------------------------------------------------------------

    def _product_changed(self, product: Product | None) -> None:
        if product is not None:
            self._usual.prepare(product.id)
        self._picker.field.show_error(None)
        self._show_preview()
        self._quantity_typed()

    def _product_typed(self) -> None:
        if self._picker.field.text:
            self._is_untouched = False

    def _quantity_typed(self) -> None:
        text = self._quantity.text.strip()
        product = self._picker.product
        error = None
        if text and text not in {"+", "-"} and product is not None:
            try:
                forms.read_quantity(text, self.kind, takes_decimals=product.takes_decimals)
            except ValueError as wrong:
                error = str(wrong)
        self._quantity.show_error(error)
        self._forget_confirmation()
        self._show_preview()

    def _show_preview(self) -> None:
        text, kind = forms.preview(self._picker.product, self._quantity.text, self.kind)
        say(self._preview, kind, text)

    def _to_quantity(self) -> None:
        self._quantity.focus(select=True)

    def _after_quantity(self) -> None:
        if self._was_scan():
            return
        if self.kind is not RecordedKind.ENTRY and not self._reason.text.strip():
            self._reason.focus()
        else:
            self.submit()

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, field in self._places().items():
            field.show_error(errors.get(name))
        self._say_general("Bad", " ".join(text for name, text in errors.items() if name not in self._places()))

    def _say_general(self, kind: str, text: str) -> None:
        say(self._general, kind, text)
        show_if(text, self._general)

    def _focus_first(self, errors: dict[str, str]) -> None:
        first = next((field for name, field in self._places().items() if name in errors), None)
        if first is not None:
            first.focus(select=True)
        elif "loja_id" in errors:
            self._shop.focus()

    def _places(self) -> dict[str, Field]:
        return {
            "produto_id": self._picker.field,
            "quantidade": self._quantity,
            "motivo": self._reason,
            **self._notes,
        }
