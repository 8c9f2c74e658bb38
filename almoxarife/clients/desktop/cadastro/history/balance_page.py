"""*Por que este saldo?*: the movements that add up to a product's balance."""

from collections.abc import Callable
from datetime import UTC, datetime

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.history import balance as histories
from almoxarife.clients.desktop.cadastro.history.reversal import Reversal
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.catalog_search import display_code
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, say
from almoxarife.wire.catalog import Product
from almoxarife.wire.stock import Movement

_COLUMNS = (
    Column("quando", "Quando", 148),
    Column("tipo", "Tipo", 98),
    Column("variacao", "Variação", 80, anchor="e"),
    Column("saldo", "Saldo", 72, anchor="e"),
    Column("quem", "Quem", 96),
    Column("detalhe", "Detalhes", 220, stretches=True),
)


class HistoryPage(Page):
    """``find``: the product by id, with the balance shown in the list. ``changed``: a movement was reversed."""

    takes_scans = True

    def __init__(
        self,
        shell: Shell,
        *,
        changed: Callable[[], None],
        shop: ShopChoice,
        find: Callable[[str], Product | None],
        exporter: Exporter,
    ) -> None:
        super().__init__(shell, "")
        self._listing = self.reading = self.new_call("historico")
        self._reversing = self.new_call("estorno")
        self._changed = changed
        self._shop = shop
        self._find = find
        self._exporter = exporter
        self._product: Product | None = None
        self._history: histories.History | None = None
        self._build()

    def show_product(self, product: Product) -> None:
        """Set the product. Call it before the page is opened."""
        self._product = product

    def opened(self) -> None:
        self._list.tree.focus_set()
        self._show(None)
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._history = None
        self._list.show([], first=0)
        self._list.select(None)
        self._reversal.offer(None)

    def submit(self) -> None:
        if self._reversal.is_asking:
            self._reversal.submit()

    def step_back(self) -> bool:
        was_asking = self._reversal.is_asking
        if was_asking:
            self._reversal.back_out()
        return was_asking

    def refresh(self) -> None:
        product = self._product
        if product is None:
            return
        self._product = self._find(product.id) or product
        self.title.configure(text=f"{histories.question(self._product)}  {product.name} ({display_code(product.id)})")
        if self._history is None:
            say(self._message, "Quiet", "Buscando as movimentações…")
        self._listing.ask(
            lambda api: api.product_movements(product.id), then=self._show_movements, failed=self._refused
        )

    def catalog_changed(self) -> None:
        """Ask again if the list has another balance than what is shown."""
        newer = self._find(self._product.id) if self._product else None
        if newer is None or self._product is None or self._history is None:
            return
        if {newer.balance} != {self._history.balance, self._product.balance}:
            self.refresh()

    def export(self) -> None:
        if self._history is not None and self._product is not None:
            name = f"movimentacoes {display_code(self._product.id)}"
            self._exporter.export(name, histories.sheet(self._history, self._shop.names, self._shell.zone))

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(0, weight=1)
        self._list = VirtualList(
            body,
            _COLUMNS,
            theme,
            colours=lambda t: {"in": t.success, "out": t.text},
            selection_changed=lambda _: self._selection_changed(),
        )
        foot = Frame(body)
        foot.columnconfigure(0, weight=1)
        self._message = Label(foot, justify="left")
        buttons = Frame(foot)
        self._reversal = Reversal(
            body,
            buttons,
            server_call=self._reversing,
            say=lambda kind, text: say(self._message, kind, text),
            backed_out=self._sum_up,
            done=self._reversed,
            home=lambda: self._list.tree,
        )
        export = Button(buttons, text="Exportar  Ctrl+E", command=self.export)
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        self._reversal.bar.grid_configure(row=1, column=0, sticky="ew", pady=(8, 0))
        self._reversal.bar.grid_remove()
        foot.grid(row=2, column=0, sticky="ew", pady=(10, 0))
        self._message.grid(row=0, column=0, sticky="ew")
        buttons.grid(row=0, column=1, padx=(12, 0))
        self._reversal.buttons.grid(row=0, column=0)
        export.grid(row=0, column=1, padx=(8, 0))
        self._reversal.offer(None)
        for changing in (foot, buttons):
            changing.bind(
                "<Configure>",
                lambda _: self._message.configure(
                    wraplength=max(120, foot.winfo_width() - buttons.winfo_reqwidth() - 16)
                ),
            )

    def _show_movements(self, movements: list[Movement]) -> None:
        self._show(histories.of_shop(movements, self._shop.shop_id))

    def _show(self, history: histories.History | None) -> None:
        self._history = history
        if history is None or self._product is None:
            return
        self._list.show(histories.rows(history, self._shop.names if self._shop.is_a_choice else {}, self._shell.zone))
        if self._list.selected is None and history.movements:
            self._list.select(history.movements[0].id)
        self._reversal.unit = self._product.unit
        self._offer()
        if not self._reversal.is_asking:
            self._sum_up()

    def _sum_up(self) -> None:
        if self._history is not None and self._product is not None:
            say(self._message, *histories.answer(self._history, self._product))

    def _selection_changed(self) -> None:
        if self._reversal.is_asking:
            self._sum_up()
        self._offer()

    def _offer(self) -> None:
        """Offer to reverse the selected movement, if this person may."""
        if self._history is None or self._product is None:
            return
        found = histories.find_reversible(
            self._history, self._list.selected, self._shell.user, datetime.now(UTC), self._shell.zone
        )
        self._reversal.offer(found)

    def _reversed(self, _: Movement) -> None:
        self._changed()
        self.refresh()

    def _refused(self, error: ApiError) -> None:
        say(self._message, "Bad", f"{error.message} F5 tenta de novo.")
