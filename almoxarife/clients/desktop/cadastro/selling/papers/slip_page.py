"""*Fechamento do dia*: compares this computer's sales of a day and shop with the server's; Ctrl+E saves a PDF."""

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from almoxarife.brazil import format_date, parse_date
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.selling.papers import slip
from almoxarife.clients.desktop.cadastro.selling.papers.pdf import NOT_FISCAL, SlipLine, Style
from almoxarife.clients.desktop.cadastro.selling.papers.scrolled_frame import ScrolledFrame
from almoxarife.clients.desktop.cadastro.selling.papers.slip import ServersSide, Sum
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, on_enter, say, show_if
from almoxarife.clients.queue.outgoing import QueuedRow, State
from almoxarife.wire.accounts import LoggedInUser, Role

_WIDTH_PX = 560
_WITHOUT_SHOP = "Escolha a loja: cada uma fecha o seu dia."
_STYLES = {Style.TITLE: "Strong.TLabel", Style.STRONG: "Strong.TLabel", Style.TOTAL: "Title.TLabel"}


_Comparison = tuple[str | None, LoggedInUser | None, list[QueuedRow]]
"""The shop, the seller (None: all of them) and their sales on this computer."""


class SlipPage(Page):
    """``save`` is called with (proposed file name, contents)."""

    def __init__(self, shell: Shell, *, shop: ShopChoice, save: Callable[[str, Sequence[SlipLine]], None]) -> None:
        super().__init__(shell, "Fechamento do dia")
        self._comparing = self.new_call("fechamento")
        self._shop = shop
        self._save = save
        self._printed: list[SlipLine] = []
        self._day = date.min
        self._compared: _Comparison | None = None
        self._build()

    def opened(self) -> None:
        shop = self._shop
        self._go(self._shell.today())
        if shop.must_choose and shop.is_a_choice:
            shop.focus_in(self._shop_box)
        else:
            self._date.focus(select=True)

    def closed(self) -> None:
        super().closed()
        self._show([])

    def server_answered(self) -> None:
        if self._comparing.is_lost:
            self._go_again()

    def queue_changed(self) -> None:
        """Compare again what was sent or refused meanwhile; the shops, too, may arrive after the page."""
        self._offer_shop()
        if self._find_comparison() != self._compared:
            self._go_again()

    def refresh(self) -> None:
        self._typed()

    def submit(self) -> None:
        self._typed()

    def export(self) -> None:
        if self._printed:
            shop = self._shop.name
            self._save(" ".join(filter(None, ("fechamento", shop, self._day.isoformat()))), self._printed)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        body = self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(2, weight=1)
        head = Frame(body)
        self._date = Field(head, "Dia")
        self._date.entry.configure(width=12)
        self._shop_box = self._shop.offer_in(head)
        before = Button(head, text="◀ Antes", command=lambda: self._go(self._day - timedelta(days=1)))
        after = Button(head, text="Depois ▶", command=lambda: self._go(self._day + timedelta(days=1)))
        save = Button(head, text="Salvar PDF…  Ctrl+E", command=self.export)
        self._date.frame.grid(row=0, column=0, sticky="s")
        for column, widget in enumerate((before, after, save, self._shop_box), start=1):
            widget.grid(row=0, column=column, sticky="s", padx=(8, 0))
        self._message = Label(body, justify="left")
        self._sheet = ScrolledFrame(body, style="Card.TFrame", padding=self._theme.px(12))
        self._sheet.listen(self._date.entry, before, after, save)
        self._paper = self._sheet.inside
        self._paper.columnconfigure(0, weight=1, minsize=self._theme.px(_WIDTH_PX - 140))
        head.grid(row=0, column=0, sticky="w")
        self._message.grid(row=1, column=0, sticky="w", pady=(8, 0))
        self._sheet.frame.grid(row=2, column=0, sticky="nsw", pady=(8, 0))
        on_enter(self._date.entry, self._typed)
        self._show([])

    # --- asking -------------------------------------------------------------------------

    def shop_changed(self) -> None:
        self._go(self._day)

    def _typed(self) -> None:
        try:
            day = parse_date(self._date.text, self._shell.today())
        except ValueError as error:
            self._date.show_error(str(error))
            self._date.focus(select=True)
            return
        self._go(day)
        if self._shop.must_choose:
            say(self._message, "Bad", _WITHOUT_SHOP)
            if self._shop.is_a_choice:
                self._shop.focus_in(self._shop_box)

    def _offer_shop(self) -> None:
        show_if(self._shop.is_a_choice, self._shop_box)

    def _go_again(self) -> None:
        """Unless another day is being typed."""
        if self._date.text == format_date(self._day):
            self._go(self._day)

    def _go(self, day: date) -> None:
        self._offer_shop()
        self._day, self._date.text = day, format_date(day)
        self._date.show_error(None)
        self._show([])
        self._compared = self._find_comparison()
        if self._compared is None:
            say(self._message, "Quiet", _WITHOUT_SHOP if self._shell.user else "")
            return
        say(self._message, "Quiet", "Conferindo com o servidor…")
        shop_id, seller, rows = self._compared
        seller_id = seller.id if seller else None
        self._comparing.ask(
            lambda api: ask_server(api, rows, day=day, shop_id=shop_id, seller_id=seller_id),
            then=lambda server: self._answered(
                rows, server, (seller.full_name or seller.username) if seller else "todos"
            ),
            failed=self._failed,
        )

    def _find_comparison(self) -> _Comparison | None:
        """None if the shop must be chosen first."""
        user, shop = self._shell.user, self._shop
        if user is None or shop.must_choose:
            return None
        seller = None if user.role.includes(Role.MANAGER) else user
        rows = self._shell.outbox.sales_between(*slip.bounds(self._day, self._shell.zone))
        return shop.shop_id, seller, slip.of_shop(rows, shop.shop_id, account=seller.account if seller else None)

    def _answered(self, rows: Sequence[QueuedRow], server: ServersSide, seller: str) -> None:
        found = slip.compare(rows, server.sales)
        say(self._message, "Good" if found.agrees else "Bad", slip.verdict(found))
        self._show(
            slip.print_slip(
                found,
                server,
                day=self._day,
                shop=self._shop.name,
                computer=platform.node(),
                seller=seller,
                now=datetime.now(UTC),
                zone=self._shell.zone,
            )
        )

    def _failed(self, error: ApiError) -> None:
        say(self._message, "Bad", f"{error.message} O fechamento confere com o servidor: tente de novo (F5).")

    def _show(self, entries: list[SlipLine]) -> None:
        """Show the slip as it will be printed."""
        self._printed = entries
        for widget in self._paper.winfo_children():
            widget.destroy()
        # Titles and verdict are left out: the page shows them above.
        below = [
            entry for entry in entries if entry.style not in {Style.TITLE, Style.STRONG} or entry.left == NOT_FISCAL
        ]
        for row, entry in enumerate(below):
            style = _STYLES.get(entry.style, "TLabel")
            above = self._theme.px(6) if entry.follows_rule else 0
            left = Label(
                self._paper,
                text=entry.left,
                style=style,
                wraplength=self._theme.px(_WIDTH_PX - (140 if entry.right else 0)),
                justify="left",
            )
            span = 1 if entry.right else 2
            self._sheet.listen(left)
            left.grid(row=row, column=0, columnspan=span, sticky="" if entry.is_centred else "w", pady=(above, 0))
            if entry.right:
                right = Label(self._paper, text=entry.right, style=style)
                right.grid(row=row, column=1, sticky="ne", pady=(above, 0))
        self._sheet.to_top()
        show_if(entries, self._sheet.frame)


def ask_server(
    api: ApiClient, rows: Sequence[QueuedRow], *, day: date, shop_id: str | None, seller_id: str | None
) -> ServersSide:
    """Ask the server; for a worker thread. Raises ApiError.

    A sale that the server has dated to another day, by its own clock, is asked for by its id.
    """
    of_day = api.sales(shop_id=shop_id, seller_id=seller_id, since=day, until=day, with_cancelled=True)
    sales = {sale.id: sale for sale in of_day}
    for row in rows:
        if row.state is State.ACKED and row.recorded_id not in {None, *sales}:
            found = api.sale(row.recorded_id or "")
            if found is not None:
                sales[found.id] = found
    day_sum = Sum.of(sale.amount for sale in of_day if not sale.is_cancelled)
    return ServersSide(sales, day_sum, api.audit_head())
