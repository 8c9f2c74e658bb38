"""The products with their balances, and the search above them."""

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from almoxarife.brazil import format_money, format_number
from almoxarife.clients.api_client import ApiClient
from almoxarife.clients.desktop.catalog_search import Catalog, display_code
from almoxarife.clients.desktop.theme import ROW_HEIGHT_PX, Theme
from almoxarife.clients.desktop.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.widgets import Button, Entry, Frame, Label, on_enter
from almoxarife.wire.catalog import Product

_COLUMNS = (
    Column("codigo", "Código", 80, gives_way=2),
    Column("nome", "Produto", 200, stretches=True),
    Column("barras", "Barras", 136, gives_way=1),
    Column("saldo", "Saldo", 108, anchor="e"),
    Column("unidade", "Un.", 46),
    Column("preco", "Preço", 98, anchor="e", gives_way=3),
)

_GAPS_PX = 32


@dataclass(frozen=True)
class Loaded:
    """An answer made ready in the background: ``catalog`` is None when nothing changed."""

    catalog: Catalog | None
    rows: dict[str, Row]
    etag: str | None


def load(api: ApiClient, etag: str | None) -> Loaded:
    """Ask for the products and do all the work that grows with their number. For a worker thread."""
    answer = api.products(etag=etag)
    if answer.items is None:
        return Loaded(None, {}, answer.etag)
    catalog = Catalog(answer.items)
    return Loaded(catalog, {product.id: row_of(product) for product in catalog.products}, answer.etag)


def row_of(product: Product) -> Row:
    warning = low_stock(product)
    balance = format_number(product.balance)
    cells = (
        display_code(product.id),
        product.name,
        product.barcode or "",
        f"{warning}  {balance}" if warning else balance,
        product.unit.value,
        format_money(product.price) if product.price is not None else "",
    )
    return Row(product.id, cells, ("low",) if warning else ())


def low_stock(product: Product) -> str:
    """An icon and a word, or nothing."""
    if product.balance < 0:
        return "▼ negativo"
    is_low = product.minimum_stock is not None and product.balance <= product.minimum_stock
    return "▼ baixo" if is_low else ""


class ProductList:
    def __init__(
        self, parent: Any, *, theme: Theme, chosen: Callable[[str], None], new: Callable[[], None], new_label: str
    ) -> None:
        self._theme = theme
        self._catalog = Catalog([])
        self._rows: dict[str, Row] = {}
        self.frame = Frame(parent)
        self.frame.columnconfigure(1, weight=1)
        self.frame.rowconfigure(2, weight=1)
        self._title = Label(self.frame, text="Produtos", style="Title.TLabel")
        self._build_search()
        self._new = Button(self.frame, text=f"+ {new_label}", command=new)
        self._list = VirtualList(
            self.frame, _COLUMNS, px=theme.px, row_height=lambda: theme.px(ROW_HEIGHT_PX), chosen=chosen
        )
        self._empty = Label(self.frame, style="Quiet.TLabel", justify="center")
        self._title.grid(row=0, column=0, sticky="w")
        self._new.grid(row=0, column=2, sticky="e", padx=(8, 0))
        self._list.frame.grid(row=2, column=0, columnspan=3, sticky="nsew", pady=(10, 0))
        self.frame.bind("<Configure>", lambda _: self._place_search())
        self.restyle()
        theme.on_change(self.restyle)

    def _build_search(self) -> None:
        box = self._search_box = Frame(self.frame)
        self.search_text = tk.StringVar(master=box)
        Label(box, text="Buscar  Ctrl+F", style="Quiet.TLabel").pack(side="left", padx=(0, 8))
        self._search = Entry(box, textvariable=self.search_text, width=20)
        self._search.pack(side="left", fill="x", expand=True)
        self.search_text.trace_add("write", lambda *_: self._filter())
        self._search.bind("<Down>", lambda _: self._into_list())
        on_enter(self._search, self._into_list)
        self._search.bind("<Escape>", self._clear_search)

    def show(self, loaded: Loaded) -> None:
        if loaded.catalog is not None:
            self._catalog = loaded.catalog
            self._rows = loaded.rows
            self._filter(stays=True)

    def focus_search(self) -> None:
        self._search.focus_set()
        self._search.selection_range(0, "end")

    def restyle(self) -> None:
        self._list.restyle()
        self._list.tree.tag_configure("low", foreground=self._theme.tokens.warning)

    def _place_search(self) -> None:
        """Beside the title, or below it where there is no room for both."""
        parts = (self._title, self._search_box, self._new)
        if sum(part.winfo_reqwidth() for part in parts) + _GAPS_PX <= self.frame.winfo_width():
            self._search_box.grid(row=0, column=1, columnspan=1, sticky="e", pady=0)
        else:
            self._search_box.grid(row=1, column=0, columnspan=3, sticky="ew", pady=(8, 0))

    def _filter(self, *, stays: bool = False) -> None:
        text = self.search_text.get()
        found = self._catalog.search(text)
        self._list.show([self._rows[product.id] for product in found], first=None if stays else 0)
        self._title.configure(text=f"Produtos  {format_number(len(found))}")
        self._say_empty(text if not found else None)

    def _say_empty(self, text: str | None) -> None:
        if text is None:
            self._empty.place_forget()
            return
        if text.strip():
            sentence = f"Nenhum produto com “{text.strip()}”."
        else:
            sentence = "Cadastre seu primeiro produto com Ctrl+N."
        self._empty.configure(text=sentence, background=self._theme.tokens.field)
        self._empty.place(in_=self._list.frame, relx=0.5, rely=0.4, anchor="center")

    def _into_list(self) -> str:
        found = self._catalog.search(self.search_text.get())
        if found:
            self._list.tree.focus_set()
            self._list.select(found[0].id)
        return "break"

    def _clear_search(self, _event: object) -> str | None:
        if not self.search_text.get():
            return None
        self.search_text.set("")
        return "break"
