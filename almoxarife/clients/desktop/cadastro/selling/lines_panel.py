"""The lines of the open sale, and below them fields for quantity and price of the selected line."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from almoxarife.brazil import format_money, format_number
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, on_enter
from almoxarife.wire.selling.open_sale import OpenSale, SaleLine, SaleRefused
from almoxarife.wire.selling.typed import plain_money, read_money, read_quantity

_COLUMNS = (
    Column("numero", "Nº", 44, anchor="e", gives_way=1),
    Column("produto", "Produto", 180, stretches=True),
    Column("quantidade", "Quantidade", 120, anchor="e"),
    Column("preco", "Preço", 110, anchor="e", gives_way=2),
    Column("subtotal", "Subtotal", 120, anchor="e"),
)
_GAP_PX = 8
_CHARACTERS = 10


class LinesPanel:
    """``change`` is called with a function from the sale to the changed sale; ``confirmed`` on Enter in a field."""

    def __init__(
        self,
        parent: Any,
        *,
        theme: Theme,
        change: Callable[[Callable[[OpenSale], OpenSale]], None],
        confirmed: Callable[[], None],
    ) -> None:
        self._theme = theme
        self._change = change
        self._confirmed = confirmed
        self._lines: tuple[SaleLine, ...] = ()
        self._shown: int | None = None
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        self._list = VirtualList(
            self.frame,
            _COLUMNS,
            theme,
            colours=lambda t: {"priceless": t.warning},
            activated=lambda _: self.to_quantity(),
            selection_changed=lambda _: self._show_line(),
        )
        self._empty = Label(self._list.frame, style="QuietField.TLabel", justify="center")
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        self._build_editor()
        theme.on_change(self._restyle)
        self._restyle()

    @property
    def chosen(self) -> int | None:
        """Index of the selected line."""
        at = int(self._list.selected) if self._list.selected is not None else None
        return at if at is not None and at < len(self._lines) else None

    def show(self, sale: OpenSale, *, choose: int | None = None) -> None:
        """``choose``: index of the line to select; None keeps the selection."""
        self._lines = sale.lines
        self._list.show([_row(at, line) for at, line in enumerate(sale.lines)])
        last = len(sale.lines) - 1
        kept = self.chosen if choose is None else choose
        at = last if kept is None else min(kept, last)
        self._list.select(str(at) if at >= 0 else None)
        self._show_line(again=True)
        if sale.lines:
            self._empty.place_forget()
        else:
            self._empty.place(relx=0.5, rely=0.4, anchor="center")

    def to_quantity(self) -> None:
        if self.chosen is not None:
            self._quantity.focus(select=True)

    def to_price(self) -> None:
        if self.chosen is not None:
            self._price.focus(select=True)

    def settle(self) -> bool:
        """Apply the typed quantity and price. False if one is invalid, which its field then shows."""
        at = self.chosen
        if at is None:
            return True
        line = self._lines[at]
        typed = (
            (self._quantity, self._quantity.text, _written_quantity(line), _parse_quantity),
            (self._price, self._price.text, _written_price(line), _parse_price),
        )
        for field, text, written, parse in typed:
            if text.strip() == written:
                continue
            try:
                self._change(parse(at, text))
            except ValueError as error:
                field.text = text
                field.show_error(str(error))
                field.focus(select=True)
                return False
        return True

    def put_back(self) -> None:
        """Discard what was typed and not applied."""
        self._show_line(again=True)

    def remove(self) -> None:
        at = self.chosen
        if at is not None:
            self._change(lambda sale: sale.remove(at))

    @property
    def fields(self) -> tuple[Field, Field]:
        return self._quantity, self._price

    # --- building ---------------------------------------------------------------------

    def _build_editor(self) -> None:
        editor = Flow(self.frame, gap_px=_GAP_PX)
        self._quantity = Field(editor.frame, "Quantidade do item  Ctrl+Q")
        self._price = Field(editor.frame, "Preço de um (R$)")
        for field in self.fields:
            field.entry.configure(width=_CHARACTERS)
            editor.add(field.frame)
            on_enter(field.entry, self._confirmed)
        self._remove = Button(editor.frame, text="Remover  Del", command=self.remove)
        editor.add(Frame(editor.frame, width=1), is_elastic=True)  # keeps the button at the right
        editor.add(self._remove)
        editor.frame.grid(row=1, column=0, sticky="ew", pady=(_GAP_PX, 0))
        self._list.tree.bind("<Delete>", lambda _: self.remove())
        self._list.tree.bind("<Control-Delete>", lambda _: None)  # or Tk would run the binding of <Delete>

    def _restyle(self) -> None:
        self._empty.configure(
            text="Leia um código de barras ou digite o produto.\nPara três unidades, digite antes 3*.",
            background=self._theme.tokens.field,
        )

    # --- the chosen line ----------------------------------------------------------------

    def _show_line(self, *, again: bool = False) -> None:
        at = self.chosen
        if at == self._shown and not again:
            return
        self._shown = at
        line = self._lines[at] if at is not None else None
        self._quantity.text = _written_quantity(line) if line is not None else ""
        self._price.text = _written_price(line) if line is not None else ""
        for widget in (self._quantity.entry, self._price.entry, self._remove):
            widget.state(["disabled" if line is None else "!disabled"])
        for field in self.fields:
            field.show_error(None)


def _row(at: int, line: SaleLine) -> Row:
    price = "⚠ sem preço" if line.price is None else format_money(line.price)
    cells = (
        str(at + 1),
        line.name,
        f"{format_number(line.quantity)} {line.unit}",
        price,
        format_money(line.subtotal) if line.price is not None else "",
    )
    return Row(str(at), cells, ("priceless",) if line.price is None else ())


def _written_quantity(line: SaleLine) -> str:
    return format_number(line.quantity)


def _written_price(line: SaleLine) -> str:
    return "" if line.price is None else plain_money(line.price)


def _parse_quantity(at: int, text: str) -> Callable[[OpenSale], OpenSale]:
    quantity = read_quantity(text)
    return lambda sale: sale.change_quantity(at, quantity)


def _parse_price(at: int, text: str) -> Callable[[OpenSale], OpenSale]:
    price: Decimal | None = read_money(text)
    if price is None:
        raise SaleRefused("Informe o preço.")
    return lambda sale: sale.set_price(at, price)
