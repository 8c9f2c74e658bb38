"""The sale's total in large type, with fields for discount and amount received, and the change."""

from collections.abc import Callable
from typing import Any

from almoxarife.brazil import format_money
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, on_enter, say, show_if, stack
from almoxarife.wire.selling.open_sale import Discount, OpenSale
from almoxarife.wire.selling.typed import plain_money, read_discount, read_money

_CHARACTERS = 9
_GAP_PX = 8


class TotalPanel:
    """``change`` is called, while a field is typed in, with a function from the sale to the changed sale.

    ``close`` closes the sale; ``was_scan`` handles a barcode that a slow scanner typed into a field, if there is one.
    """

    def __init__(
        self,
        parent: Any,
        *,
        px: Callable[[float], int],
        change: Callable[[Callable[[OpenSale], OpenSale]], None],
        close: Callable[[], None],
        was_scan: Callable[[], bool],
    ) -> None:
        self._px = px
        self._change = change
        self._close = close
        self._was_scan = was_scan
        self._is_showing = False
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._build()

    def show(self, sale: OpenSale, *, anew: bool = False) -> None:
        """Show the sale. Fields keep what is being typed unless the sale has another value; ``anew`` fills all."""
        self._total.configure(text=format_money(sale.total))
        say(self._items, "Quiet", _summary(sale))
        self._is_showing = True
        for field, read, current, written in (
            (self._amount, read_money, sale.amount, _money_text(sale.amount)),
            (self._discount, read_discount, sale.discount, _discount_text(sale.discount)),
            (self._received, read_money, sale.received, _money_text(sale.received)),
        ):
            if anew or not _stands_for(field.text, read, current):
                field.text = written
                field.show_error(None)
        self._is_showing = False
        self._offer(sale)
        self._show_change(sale)

    def say(self, kind: str, text: str) -> None:
        """Show an error or a result below the button."""
        say(self._message, kind, text)
        show_if(text, self._message)

    def show_closed(self, closed: OpenSale) -> None:
        """Keep showing the change of a closed sale until the next item."""
        self._show_change(closed)
        self.say("Quiet", f"Venda de {format_money(closed.total)} gravada neste computador.")

    def settle(self) -> bool:
        """False if a field is invalid; it then shows why and has the focus."""
        for field, read in ((self._amount, read_money), (self._discount, read_discount), (self._received, read_money)):
            try:
                read(field.text)
            except ValueError as error:
                field.show_error(str(error))
                field.focus(select=True)
                return False
        return True

    def to_amount(self) -> None:
        if self._amount.frame.winfo_manager():
            self._amount.focus(select=True)

    def to_discount(self) -> None:
        self._discount.focus(select=True)

    def to_received(self) -> None:
        self._received.focus(select=True)

    @property
    def fields(self) -> tuple[Field, Field, Field]:
        return self._amount, self._discount, self._received

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        self._total = Label(self.frame, style="Total.TLabel")
        self._items = Label(self.frame, style="Quiet.TLabel", justify="left")
        self._amount = Field(self.frame, "Valor sem itens (R$)  Ctrl+G")
        money = Frame(self.frame)
        self._discount = Field(money, "Desconto  Ctrl+T")
        self._received = Field(money, "Recebido  Ctrl+B")
        for column, field in enumerate((self._discount, self._received)):
            field.entry.configure(width=_CHARACTERS)
            field.frame.grid(
                row=0, column=column, sticky="new", padx=((_GAP_PX // 2) * column, (_GAP_PX // 2) * (1 - column))
            )
            money.columnconfigure(column, weight=1, uniform="money")
        self._back = Label(self.frame, style="Strong.TLabel")
        self._button = Button(self.frame, text="Fechar venda  Ctrl+Enter", style="Main.TButton", command=self._close)
        self._message = Label(self.frame, justify="left")
        Label(self.frame, text="Total", style="Quiet.TLabel").grid(row=0, column=0, sticky="w")
        order = [
            (self._total, 0), (self._items, 0), (self._amount.frame, 8), (money, 8), (self._back, 6),
            (self._button, 10), (self._message, 6),
        ]  # fmt: skip
        stack(order, first_row=1)
        self._message.grid_remove()
        self.frame.bind("<Configure>", lambda event: self._wrap(event.width))
        self._typing(self._amount, read_money, lambda amount: lambda sale: sale.set_amount(amount))
        self._typing(self._discount, read_discount, lambda discount: lambda sale: sale.set_discount(discount))
        self._typing(self._received, read_money, lambda received: lambda sale: sale.set_received(received))

    def _typing(self, field: Field, read: Callable[[str], Any], change_to: Callable[[Any], Any]) -> None:
        """Apply the field's value while it is typed. An incomplete number, such as "10,", is no error yet."""

        def typed(*_: str) -> None:
            if self._is_showing:
                return
            field.show_error(None)
            try:
                self._change(change_to(read(field.text)))
            except ValueError as error:
                if field.text.strip()[-1:].isalnum():
                    field.show_error(str(error))

        field.variable.trace_add("write", typed)
        on_enter(field.entry, self._close if field is self._received else self._go_on)

    def _go_on(self) -> None:
        if not self._was_scan():
            self.to_received()

    def _offer(self, sale: OpenSale) -> None:
        """Offer either an amount without items or a discount on items, never both."""
        show_if(not sale.lines, self._amount.frame)
        self._discount.entry.state(["disabled" if sale.amount is not None else "!disabled"])

    def _show_change(self, sale: OpenSale) -> None:
        change = sale.change
        if change is None or sale.is_empty:
            self._back.configure(text="", style="Strong.TLabel")
        elif change < 0:
            say(self._back, "Warn", f"Faltam {format_money(-change)}")
        else:
            self._back.configure(text=f"Troco  {format_money(change)}", style="Strong.TLabel")

    def _wrap(self, width: int) -> None:
        for label in (self._items, self._message):
            label.configure(wraplength=max(self._px(160), width))


def _summary(sale: OpenSale) -> str:
    """ "3 itens · R$ 59,70 - desconto R$ 5,00"."""
    count = len(sale.lines)
    parts = [f"{count} {'item' if count == 1 else 'itens'}"] if count else []
    if sale.discounted:
        parts.append(f"{format_money(sale.subtotal)} - desconto {format_money(sale.discounted)}")
    return " · ".join(parts)


def _stands_for(text: str, read: Callable[[str], Any], current: Any) -> bool:
    """Whether ``text`` may stay in the field: its value is the sale's, or it is not a complete number yet."""
    try:
        return (read(text) or None) == (current or None)
    except ValueError:
        return True


def _money_text(amount: Any) -> str:
    return "" if amount is None else plain_money(amount)


def _discount_text(discount: Discount) -> str:
    if discount.percent is not None:
        return f"{plain_money(discount.percent).removesuffix(',00')}%"
    return _money_text(discount.reais)
