"""The product list with balances, the search field above it and buttons below it."""

import gc
import tkinter as tk
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from almoxarife.brazil import format_money, format_number
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog, display_code
from almoxarife.clients.desktop.cadastro.registering.welcome import Welcome
from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.frame.preferences import PreferencesFile
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, LazyRows, Row, SortOrder, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Checkbutton, Entry, Frame, Label, on_enter
from almoxarife.wire.catalog import Product

_LIST_NAME = "produtos"

_COLUMNS = (
    Column("codigo", "Código", 80, gives_way=2),
    Column("nome", "Produto", 200, stretches=True),
    Column("barras", "Barras", 136, gives_way=1),
    Column("saldo", "Saldo", 136, anchor="e"),
    Column("unidade", "Un.", 46, gives_way=4),
    Column("preco", "Preço", 98, anchor="e", gives_way=3),
)

# By column. "nome" is missing because the products are sorted by name already.
_SORT_KEYS: dict[str, Callable[[Product], Any]] = {
    "codigo": lambda product: (len(product.id), product.id),
    "barras": lambda product: product.barcode or "",
    "saldo": lambda product: product.balance,
    "unidade": lambda product: product.unit,
    "preco": lambda product: -1 if product.price is None else product.price,
}


@dataclass(frozen=True)
class Loaded:
    """A response prepared in the background. ``catalog`` is None if nothing has changed since ``etag``."""

    catalog: Catalog | None
    etag: str | None


@dataclass(frozen=True)
class ProductCommands:
    """The commands of the buttons around the list."""

    new: Command
    edit: Command
    explain: Command
    import_products: Command
    export: Command
    use_example: Callable[[], None]


def load(api: ApiClient, shop_id: str | None, etag: str | None) -> Loaded:
    """Ask for the products and do all the work that grows with their number; for a worker thread."""
    with _gc_disabled():
        response = api.products(shop_id=shop_id, with_inactive=True, etag=etag)
        if response.items is None:
            return Loaded(None, response.etag)
        return Loaded(Catalog(response.items), response.etag)


@contextmanager
def _gc_disabled() -> Iterator[None]:
    """While 100,000 objects are created, garbage collections would block the window."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def row_of(product: Product) -> Row:
    state = state_of(product)
    balance = format_number(product.balance)
    cells = (
        display_code(product.id),
        product.name,
        product.barcode or "",
        f"{state}  {balance}" if state else balance,
        product.unit,
        format_money(product.price) if product.price is not None else "",
    )
    if not product.active:
        return Row(product.id, cells, ("inactive",))
    return Row(product.id, cells, ("low",) if state else ())


def state_of(product: Product) -> str:
    """Icon and word for a product that needs attention, or an empty text."""
    if not product.active:
        return "✕ desativado"
    if product.balance < 0:
        return "▼ negativo"
    is_low = product.minimum_stock is not None and product.balance <= product.minimum_stock
    return "▼ baixo" if is_low else ""


def arrange(products: Sequence[Product], order: SortOrder | None) -> Sequence[Product]:
    """Sort by the chosen column; None keeps the order."""
    if order is None:
        return products
    key = _SORT_KEYS.get(order.column)
    if key is None:
        return products[::-1] if order.is_descending else products
    return sorted(products, key=key, reverse=order.is_descending)


class ProductRows(LazyRows):
    """Rows that are created when drawn: creating 50,000 would take a second."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products

    def __len__(self) -> int:
        return len(self._products)

    def make(self, position: int) -> Row:
        return row_of(self._products[position])

    def position(self, key: str) -> int | None:
        return next((at for at, product in enumerate(self._products) if product.id == key), None)


class ProductList:
    """``activated`` is called with a product's id on Enter or double click."""

    def __init__(
        self,
        parent: Any,
        *,
        theme: Theme,
        preferences: PreferencesFile,
        commands: ProductCommands,
        activated: Callable[[str], None],
    ) -> None:
        self._theme = theme
        self._commands = commands
        self._catalog = Catalog([])
        self._found: Sequence[Product] = ()
        self._order: SortOrder | None = None
        self._is_loaded = False
        self._welcome_is_offered = True
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(1, weight=1)
        self._build_head()
        self._list = VirtualList(
            self.frame,
            _COLUMNS,
            theme,
            colours=lambda t: {"low": t.warning, "inactive": t.muted},
            activated=activated,
            sorted_by=self._sort,
            widths=preferences.values.columns.get(_LIST_NAME, {}),
            resized=partial(preferences.remember_columns, _LIST_NAME),
        )
        self._build_foot()
        self._welcome = Welcome(
            self.frame, new=commands.new, import_products=commands.import_products, use_example=commands.use_example
        )
        self._empty = Label(self.frame, style="Quiet.TLabel", justify="center")
        self._head.frame.grid(row=0, column=0, sticky="ew")
        self._list.frame.grid(row=1, column=0, sticky="nsew", pady=(10, 8))
        self._foot.frame.grid(row=2, column=0, sticky="ew")
        self._list.frame.bind("<Configure>", lambda _: self._say_empty(), add="+")

    def show(self, loaded: Loaded) -> None:
        self._is_loaded = True
        if loaded.catalog is not None:
            self._catalog = loaded.catalog
            self._filter(stays=True)

    def forget(self) -> None:
        """Empty the list until the next response, after a change of shop."""
        self._is_loaded = False
        self._catalog = Catalog([])
        self._filter()

    @property
    def shown(self) -> Sequence[Product]:
        """The products that match the search, in displayed order."""
        return self._found

    @property
    def selected(self) -> str | None:
        return self._list.selected

    @property
    def head(self) -> Any:
        """The bar above the list, to which the workbench adds the choice of shop."""
        return self._head

    def offer_changes(self, is_offered: bool) -> None:
        """Show or hide the buttons that change products: some people may only read."""
        for button in (self._new, self._imports):
            self._head.show(button, is_shown=is_offered)
        self._foot.show(self._edit, is_shown=is_offered)
        self._welcome_is_offered = is_offered
        self._say_empty()

    def focus_search(self) -> None:
        self._search.focus_set()
        self._search.selection_range(0, "end")

    # --- building ---------------------------------------------------------------------

    def _build_head(self) -> None:
        head = self._head = Flow(self.frame, gap_px=8)
        self._title = Label(head.frame, text="Produtos", style="Title.TLabel")
        self._new = Button(head.frame, text="+ Novo  Ctrl+N", command=self._commands.new.run)
        self._imports = Button(head.frame, text="⇪ Importar  Ctrl+I", command=self._commands.import_products.run)
        box = Frame(head.frame)
        self.search_text = tk.StringVar(master=box)
        Label(box, text="Buscar  Ctrl+F", style="Quiet.TLabel").pack(side="left", padx=(2, 8))
        self._search = Entry(box, textvariable=self.search_text, width=16)
        self._search.pack(side="left", fill="x", expand=True)
        head.add(self._title, is_elastic=True)
        head.add(self._new)
        head.add(self._imports)
        head.add(box, is_elastic=True)
        self.search_text.trace_add("write", lambda *_: self._filter())
        self._search.bind("<Down>", lambda _: self._into_list())
        on_enter(self._search, self._into_list)
        self._search.bind("<Escape>", self._clear_search)

    def _build_foot(self) -> None:
        foot = self._foot = Flow(self.frame, gap_px=4)
        self._edit, *others = (
            Button(foot.frame, text=command.button_label, style="Flat.TButton", command=command.run)
            for command in (self._commands.edit, self._commands.explain, self._commands.export)
        )
        for button in (self._edit, *others):
            foot.add(button)
        self._with_inactive = tk.BooleanVar(master=foot.frame, value=False)
        foot.add(
            Checkbutton(
                foot.frame, text="Mostrar desativados", variable=self._with_inactive, command=lambda: self._filter()
            )
        )

    # --- what is shown ------------------------------------------------------------------

    def _filter(self, *, stays: bool = False) -> None:
        text = self.search_text.get()
        found = self._catalog.search(text, with_inactive=self._with_inactive.get())
        self._found = arrange(found, self._order)
        self._list.show(ProductRows(self._found), first=None if stays else 0)
        self._title.configure(text=f"Produtos  {format_number(len(found))}")
        self._head.refresh()
        self._say_empty()

    def _say_empty(self) -> None:
        text = self.search_text.get().strip()
        is_new = self._is_loaded and not self._catalog.everything and self._welcome_is_offered
        self._welcome.show(self._list.frame if is_new and not text else None)
        if self._found or not self._is_loaded or (is_new and not text):
            self._empty.place_forget()
            return
        if text:
            sentence = f"Nenhum produto com “{text}”."
        else:
            sentence = "Todos os produtos estão desativados." if self._catalog.everything else "Ainda não há produtos."
        self._empty.configure(text=sentence, background=self._theme.tokens.field)
        self._empty.place(in_=self._list.frame, relx=0.5, rely=0.4, anchor="center")

    def _sort(self, order: SortOrder | None) -> None:
        self._order = order
        self._filter()

    def _into_list(self) -> str:
        if self._found:
            self._list.tree.focus_set()
            self._list.select(self._found[0].id)
        return "break"

    def _clear_search(self, _event: object) -> str | None:
        if not self.search_text.get():
            return None
        self.search_text.set("")
        return "break"
