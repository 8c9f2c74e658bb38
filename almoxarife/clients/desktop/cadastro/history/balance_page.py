"""*Por que este saldo?*: the movements that add up to a product's balance."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.history import balance as histories
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.registering.catalog_search import display_code
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX, Theme
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
    """``find``: the product by id, with the balance shown in the list."""

    takes_scans = True

    def __init__(
        self,
        parent: Any,
        *,
        server_call: ServerCall,
        shop: ShopChoice,
        find: Callable[[str], Product | None],
        exporter: Exporter,
        theme: Theme,
        zone: Callable[[], tzinfo],
    ) -> None:
        super().__init__(parent, "")
        self._server_call = server_call
        self._shop = shop
        self._find = find
        self._exporter = exporter
        self._theme = theme
        self._zone = zone
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
        self._server_call.forget()
        self._history = None
        self._list.show([], first=0)

    def logged_in(self) -> None:
        self._server_call.logged_in()

    def refresh(self) -> None:
        product = self._product
        if product is None:
            return
        self._product = self._find(product.id) or product
        self.title.configure(text=f"{histories.question(self._product)}  {product.name} ({display_code(product.id)})")
        if self._history is None:
            say(self._message, "Quiet", "Buscando as movimentações…")
        self._server_call.ask(lambda api: api.product_movements(product.id), then=self._came, failed=self._refused)

    def catalog_changed(self) -> None:
        """Ask again if the list has another balance by now."""
        newer = self._find(self._product.id) if self._product else None
        if newer is not None and self._history is not None and newer.balance != self._history.balance:
            self.refresh()

    def export(self) -> None:
        if self._history is not None and self._product is not None:
            name = f"movimentacoes {display_code(self._product.id)}"
            self._exporter.export(name, histories.sheet(self._history, self._shop.names, self._zone()))

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(0, weight=1)
        self._list = VirtualList(body, _COLUMNS, px=theme.px, row_height=lambda: theme.px(ROW_HEIGHT_PX))
        foot = Frame(body)
        foot.columnconfigure(0, weight=1)
        self._message = Label(foot, justify="left")
        export = Button(foot, text="Exportar  Ctrl+E", command=self.export)
        self._list.frame.grid(row=0, column=0, sticky="nsew")
        foot.grid(row=1, column=0, sticky="ew", pady=(10, 0))
        self._message.grid(row=0, column=0, sticky="ew")
        export.grid(row=0, column=1, padx=(12, 0))
        foot.bind(
            "<Configure>",
            lambda event: self._message.configure(wraplength=max(120, event.width - export.winfo_reqwidth() - 16)),
        )
        self._restyle()
        theme.on_change(self._restyle)

    def _restyle(self) -> None:
        self._list.restyle()
        self._list.tree.tag_configure("in", foreground=self._theme.tokens.success)
        self._list.tree.tag_configure("out", foreground=self._theme.tokens.text)

    def _came(self, movements: list[Movement]) -> None:
        self._show(histories.of_shop(movements, self._shop.shop_id))

    def _show(self, history: histories.History | None) -> None:
        self._history = history
        if history is None or self._product is None:
            return
        self._list.show(histories.rows(history, self._shop.names if self._shop.is_a_choice else {}, self._zone()))
        say(self._message, *histories.answer(history, self._product))

    def _refused(self, error: ApiError) -> None:
        say(self._message, "Bad", f"{error.message} F5 tenta de novo.")
