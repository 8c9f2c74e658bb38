"""*Venda*, the till: items by scanner or keyboard, Ctrl+Enter to close the sale. Usable without a mouse."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from almoxarife.brazil import format_money, format_number
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog
from almoxarife.clients.desktop.cadastro.registering.picker import ProductPicker
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale, LastSale
from almoxarife.clients.desktop.cadastro.selling.lines_panel import LinesPanel
from almoxarife.clients.desktop.cadastro.selling.till import Till
from almoxarife.clients.desktop.cadastro.selling.total_panel import TotalPanel
from almoxarife.clients.desktop.frame.commands import Command, Group
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, Separator, say, show_if
from almoxarife.clients.queue.outgoing import QueuedRow
from almoxarife.wire.catalog import Product
from almoxarife.wire.codes.scanned import Scanned, find_gtin
from almoxarife.wire.selling.open_sale import ONE, OpenSale, SaleRefused
from almoxarife.wire.selling.typed import split_times

_SIDE_PX = 310
_GAP_PX = 8


@dataclass(frozen=True)
class TillContext:
    """What the page needs from the cadastro: products, shop, and the last sale in the queue."""

    catalog: Callable[[], Catalog]
    shop: ShopChoice
    last_closed: Callable[[], ClosedSale]
    cancel: Callable[[QueuedRow, str], None]
    receipt: Callable[[ClosedSale], None]


class SalePage(Page):
    takes_scans = True

    def __init__(self, shell: Shell, till: Till, context: TillContext) -> None:
        super().__init__(shell, "Venda")
        self._till = till
        self._context = context
        self._times: Decimal | None = None
        self._build()
        self._show(anew=True)

    # --- the methods of a page ----------------------------------------------------------

    def opened(self) -> None:
        self.catalog_changed()
        self.queue_changed()
        self._show(anew=True, keeps_message=True)
        self.focus()

    def closed(self) -> None:
        self._last.stop_asking()
        self._lines.put_back()

    def submit(self) -> None:
        """Ctrl+Enter: apply what is typed in any field, then put the sale into the queue."""
        if self._was_scan():
            return
        if not (self._lines.settle() and self._totals.settle()):
            return
        if self._picker.field.text.strip():
            self._totals.say("Bad", "O produto digitado ainda não está na venda: Enter o inclui, ou apague o texto.")
            self.focus()
            return
        shop = self._context.shop
        if shop.must_choose:
            self._totals.say("Bad", "Escolha em cima a loja em que isto é vendido.")
            shop.focus()
            return
        try:
            closed = self._till.close(shop.shop_id)
        except SaleRefused as refused:
            self._refuse(str(refused))
            return
        if closed is not None:
            self._set_times(None)
            self._show(anew=True)
            self._totals.show_closed(closed)
            self.focus()

    def step_back(self) -> bool:
        if self._last.is_asking:
            self._last.stop_asking()
        elif self._is_asking:
            self._stop_asking()
        elif self._times is not None:
            self._set_times(None)
        else:
            return False
        return True

    def export(self) -> None:
        self._last.save_receipt()

    # --- events: login, products, queue, scanner ------------------------------------------

    def queue_changed(self) -> None:
        self._last.show(self._context.last_closed())
        shop = self._context.shop
        show_if(shop.is_a_choice, self._shop)

    def catalog_changed(self) -> None:
        self._picker.use(self._context.catalog())

    def start(self, account: str) -> bool:
        """A person has logged in. True if they had left a sale open, which is shown now."""
        is_recovered = self._till.start(account)
        if is_recovered:
            self._totals.say("Warn", "Esta venda ficou aberta: continue de onde parou, ou descarte-a com Ctrl+Del.")
        self._set_times(None)
        self._picker.clear()
        self._show(anew=True, keeps_message=is_recovered)
        return is_recovered

    def scanned(self, barcode: str) -> None:
        """Add a scanned product, whatever has the focus."""
        found = self._context.catalog().codes.find(barcode, self._context.shop.scale_label)
        if found is None:
            self._totals.say("Bad", f"Nenhum produto tem o código {barcode}. Digite o nome dele.")
            self.focus()
            return
        self._add(found)

    def focus(self) -> None:
        self._picker.field.focus(select=True)

    def commands(self, is_open: Callable[[], bool], is_offered: Callable[[], bool]) -> list[Command]:
        """The commands of this page, enabled while it ``is_open``."""

        def here(label: str, key: str, act: Callable[[], None]) -> Command:
            return Command(label, (key,), act, is_open, is_offered=is_offered, group=Group.SALES)

        return [
            here("Quantidade do item", "Control-q", self._lines.to_quantity),
            here("Valor sem itens", "Control-g", self._totals.to_amount),
            here("Desconto", "Control-t", self._totals.to_discount),
            here("Valor recebido", "Control-b", self._totals.to_received),
            here("Cancelar a última venda", "Control-k", self._last.ask),
            here("Descartar a venda aberta", "Control-Delete", self._ask_to_discard),
        ]

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        body, px = self.body, self._theme.px
        body.columnconfigure(0, weight=1)
        body.rowconfigure(1, weight=1)
        head = Frame(body)
        head.columnconfigure(1, weight=1)
        self._times_label = Label(head, style="Title.TLabel")
        self._picker = ProductPicker(
            head, over=self.frame, px=px, done=self._picked, is_code=self._take_code,
            describe=_price_of,
        )  # fmt: skip
        self._times_label.grid(row=0, column=0, sticky="s", padx=(0, _GAP_PX))
        self._times_label.grid_remove()
        self._picker.field.frame.grid(row=0, column=1, sticky="ew")
        self._lines = LinesPanel(body, theme=self._theme, change=self._change, confirmed=self._confirm_line)
        side = Frame(body)
        side.columnconfigure(0, weight=1)

        def widen(width: int) -> None:
            """With large text the list beside it needs the room."""
            side.columnconfigure(0, minsize=min(px(_SIDE_PX), width * 3 // 8))

        body.bind("<Configure>", lambda event: widen(event.width))
        self._shop = self._context.shop.offer_in(side)
        self._totals = TotalPanel(side, px=px, change=self._change, close=self.submit, was_scan=self._was_scan)
        self._sure = Frame(body)
        self._build_question()
        self._last = LastSale(
            side,
            asks_in=body,
            px=px,
            zone=lambda: self._shell.zone,
            cancel=self._cancel_last,
            receipt=self._context.receipt,
            done=self.focus,
        )
        self._shop.grid(row=0, column=0, sticky="ew", pady=(0, _GAP_PX))
        self._totals.frame.grid(row=1, column=0, sticky="ew")
        Separator(side).grid(row=2, column=0, sticky="ew", pady=(12, 8))
        self._last.frame.grid(row=3, column=0, sticky="ew")
        head.grid(row=0, column=0, sticky="ew")
        self._lines.frame.grid(row=1, column=0, sticky="nsew", pady=(_GAP_PX, 0))
        # Questions are placed below the list, which shrinks for them; beside it, large text leaves no room.
        for question in (self._sure, self._last.question):
            question.grid(row=2, column=0, sticky="ew", pady=(_GAP_PX, 0))
            question.grid_remove()
        side.grid(row=0, column=1, rowspan=3, sticky="nsew", padx=(16, 0))
        for kind in ("asterisk", "KP_Multiply"):
            self._picker.field.entry.bind(f"<{kind}>", lambda _: self._typed_times())
        self._picker.field.entry.bind("<BackSpace>", lambda _: self._forget_times(), add="+")
        self._picker.field.entry.bind("<Delete>", lambda _: self._remove_chosen(), add="+")
        self._picker.field.entry.bind("<Control-Delete>", lambda _: None)  # or Tk would run the binding of <Delete>

    def _build_question(self) -> None:
        self._sure.columnconfigure(0, weight=1)
        self._question = Label(self._sure, justify="left")
        self._yes = Button(self._sure, text="Descartar", style="Main.TButton", command=self._discard)
        self._no = Button(self._sure, text="Não", command=self._stop_asking)
        self._question.grid(row=0, column=0, sticky="w")
        self._yes.grid(row=0, column=1, padx=(_GAP_PX, 0))
        self._no.grid(row=0, column=2, padx=(_GAP_PX, 0))
        self._sure.bind("<Configure>", lambda event: self._question.configure(wraplength=max(160, event.width - 240)))

    # --- the next item ------------------------------------------------------------------

    def _typed_times(self) -> str | None:
        """An asterisk after a number sets the quantity of the next item; after anything else it is text."""
        field = self._picker.field
        try:
            times, _ = split_times(f"{field.text}*")
        except ValueError as error:
            field.show_error(str(error))
            return "break"
        if times is None:
            return None
        self._set_times(times)
        self._picker.clear()
        field.show_error(None)
        return "break"

    def _remove_chosen(self) -> None:
        """Del in the empty product field removes the selected line."""
        if not self._picker.field.text:
            self._lines.remove()

    def _forget_times(self) -> None:
        if not self._picker.field.text:
            self._set_times(None)

    def _set_times(self, times: Decimal | None) -> None:
        self._times = times
        self._times_label.configure(text="" if times is None else f"{format_number(times)} ×")
        show_if(times is not None, self._times_label)

    def _take_code(self, text: str) -> bool:
        """On Enter: add the product whose code was typed, maybe by a slow scanner. False if the text is no code."""
        try:
            times, rest = split_times(text)
        except ValueError as error:
            self._picker.field.show_error(str(error))
            return True
        found = self._context.catalog().codes.find(rest.strip(), self._context.shop.scale_label)
        if found is None:
            return False
        if times is not None:
            self._set_times(times)
        self._add(found)
        return True

    def _picked(self) -> None:
        product = self._picker.product
        if product is not None:
            self._add(Scanned(product, None))

    def _add(self, scanned: Scanned) -> None:
        """Add the product to the sale, then focus the price if it has none, or the quantity if it is weighed."""
        times, is_weighed = self._times, scanned.product.takes_decimals and scanned.quantity is None
        if not self._lines.settle():
            self._lines.put_back()
        self._picker.clear()
        self._set_times(None)
        self._totals.say("Quiet", "")
        try:
            self._till.change(lambda sale: sale.add_scanned(scanned, ONE if times is None else times))
        except SaleRefused as refused:
            self._refuse(str(refused))
            return
        sale = self._till.sale
        self._show(choose=len(sale.lines) - 1)
        if sale.lines[-1].price is None:
            self._lines.to_price()
        elif is_weighed and times is None:
            self._lines.to_quantity()
        else:
            self.focus()

    def _was_scan(self) -> bool:
        """Add a barcode that a slow scanner typed into a field for numbers, and clear that field."""
        for field in (*self._lines.fields, *self._totals.fields):
            code = find_gtin(field.text)
            if code is not None:
                field.text = ""
                self._lines.put_back()
                self.scanned(code)
                return True
        return False

    def _confirm_line(self) -> None:
        if not self._was_scan() and self._lines.settle():
            self.focus()

    # --- the sale -----------------------------------------------------------------------

    def _change(self, change: Callable[[OpenSale], OpenSale]) -> None:
        """Change the sale and show it. Raises SaleRefused, for the field that asked for it."""
        before = len(self._till.sale.lines)
        self._till.change(change)
        self._show()
        if len(self._till.sale.lines) < before:
            self.focus()

    def _show(self, *, anew: bool = False, choose: int | None = None, keeps_message: bool = False) -> None:
        self._stop_asking()
        self._lines.show(self._till.sale, choose=choose)
        self._totals.show(self._till.sale, anew=anew)
        if anew and not keeps_message:
            self._totals.say("Quiet", "")

    def _cancel_last(self, row: QueuedRow, reason: str) -> None:
        """Cancel the last sale, whose change is then no longer shown."""
        self._context.cancel(row, reason)
        if self._till.sale.is_empty:
            self._show(anew=True)

    def _refuse(self, sentence: str) -> None:
        """Show the sentence and focus the field that it is about."""
        self._totals.say("Bad", sentence)
        missing = self._till.sale.first_without_price
        if missing is not None:
            self._lines.show(self._till.sale, choose=missing)
            self._lines.to_price()
        elif self._till.sale.is_empty:
            self.focus()

    def _ask_to_discard(self) -> None:
        sale = self._till.sale
        if sale.is_empty:
            return
        say(self._question, "Warn", f"Descartar esta venda de {format_money(sale.total)}? Nada foi registrado.")
        self._sure.grid()
        self._yes.focus_set()

    @property
    def _is_asking(self) -> bool:
        return bool(self._sure.winfo_manager())

    def _stop_asking(self) -> None:
        was_here = self._is_asking and self.frame.focus_lastfor() in (self._yes, self._no)
        self._sure.grid_remove()
        if was_here:
            self.focus()

    def _discard(self) -> None:
        self._till.discard()
        self._show(anew=True)
        self.focus()


def _price_of(product: Product) -> str:
    return "sem preço" if product.price is None else format_money(product.price)
