"""A field that searches products while a person types, with a list below it to choose from."""

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import font as tkfont
from typing import Any

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog
from almoxarife.clients.desktop.kit.theme import cell_padding_px
from almoxarife.clients.desktop.kit.widgets import Field, Frame, Treeview, on_enter, shortened
from almoxarife.wire.catalog import Product

_MAX_FOUND = 7
_NOTHING = "criar"
_RIM_PX = 1
_BORDER_PX = 2


class ProductPicker:
    """``changed`` is called with the chosen product, or None when the text is changed; ``done`` after a choice.

    ``create``, if given, is offered for a text that finds nothing. ``is_code`` is called with the text on Enter
    and returns True if it handled it as a product's code. ``describe`` gives the text beside each name.
    """

    def __init__(
        self,
        parent: Any,
        *,
        over: Any,
        px: Callable[[float], int],
        changed: Callable[[Product | None], None] = lambda _: None,
        done: Callable[[], None],
        create: Callable[[str], None] | None = None,
        is_code: Callable[[str], bool] = lambda _: False,
        describe: Callable[[Product], str] = lambda product: f"saldo {format_number(product.balance)}",
    ) -> None:
        self.field = Field(parent, "Produto")
        self._over = over
        self._px = px
        self._changed = changed
        self._done = done
        self._create = create
        self._is_code = is_code
        self._describe = describe
        self._catalog = Catalog([])
        self._found: Sequence[Product] = ()
        self._is_setting = False
        self.product: Product | None = None
        self._list = Frame(over, style="Card.TFrame")
        self._tree = Treeview(self._list, columns=("nome", "saldo"), show="", selectmode="browse", takefocus=0)
        self._tree.pack(fill="both", expand=True, padx=_RIM_PX, pady=_RIM_PX)
        self.field.variable.trace_add("write", lambda *_: self._typed())
        self._bind()

    def use(self, catalog: Catalog) -> None:
        """Use a newer list of products. The chosen product stays chosen, with its new balance.

        It also stays if the list does not have it: the product may have been created after the list was read.
        """
        self._catalog = catalog
        if self.product is None:
            return
        newer = catalog.find(self.product.id)
        if newer is not None and newer.active:
            self.choose(newer)
        elif newer is not None:
            self.clear()

    def choose(self, product: Product | None) -> None:
        self._is_setting = True
        if product is not None:
            self.field.text = product.name
        self._is_setting = False
        self._hide()
        self._set_product(product)

    def clear(self) -> None:
        self._is_setting = True
        self.field.text = ""
        self._is_setting = False
        self._hide()
        self._set_product(None)

    def settle(self) -> None:
        """When the field is left: choose the product that the text identifies, if there is exactly one."""
        if self.product is None and self.field.text.strip():
            meant = self._catalog.meant(self.field.text)
            if meant is not None:
                self.choose(meant)
        self._hide()

    # --- typing -----------------------------------------------------------------------

    def _bind(self) -> None:
        entry = self.field.entry
        entry.bind("<Down>", lambda _: self._step(1))
        entry.bind("<Up>", lambda _: self._step(-1))
        on_enter(entry, self._enter)
        entry.bind("<Escape>", lambda _: self._escape())
        entry.bind("<FocusOut>", lambda _: self.settle())
        self._tree.bind("<ButtonRelease-1>", self._clicked)

    def _typed(self) -> None:
        if self._is_setting:
            return
        self._set_product(None)
        text = self.field.text
        if not text.strip():
            self._hide()
            return
        self._found = self._catalog.search(text)[:_MAX_FOUND]
        self._show()

    def _show(self) -> None:
        lines = {product.id: (product.name, self._describe(product)) for product in self._found}
        if not lines:
            term = self.field.text.strip()
            is_offered = self._create is not None
            lines = {_NOTHING: (f"Cadastrar “{term}”" if is_offered else f"Nenhum produto com “{term}”", "")}
        self._tree.delete(*self._tree.get_children())
        self._tree.configure(height=len(lines))
        names_px = self._place(list(lines.values()))
        for item, (name, described) in lines.items():
            self._tree.insert("", "end", iid=item, values=(shortened(name, names_px, self._measure), described))
        self._tree.selection_set(next(iter(lines)))

    def _place(self, lines: Sequence[tuple[str, str]]) -> int:
        """Below the field, and as wide as the longest name needs, as far as the window is. Returns the room for names.

        Names may differ at their ends alone ("… 500 g", "… 1 kg"), so that they must be seen whole.
        """
        entry, padding, rims = self.field.entry, cell_padding_px(self._px), 2 * (_RIM_PX + _BORDER_PX)
        names_px, described_px = (max(self._measure(line[column]) for line in lines) + padding for column in (0, 1))
        window = self._over.winfo_width()
        width: int = min(max(entry.winfo_width(), names_px + described_px + rims), max(window, entry.winfo_width()))
        names_px = width - described_px - rims
        self._tree.column("nome", width=names_px, anchor="w")
        self._tree.column("saldo", width=described_px, anchor="e")
        x = min(entry.winfo_rootx() - self._over.winfo_rootx(), max(0, window - width))
        y = entry.winfo_rooty() - self._over.winfo_rooty() + entry.winfo_height()
        self._list.place(x=x, y=y, width=width, bordermode="outside")
        self._list.lift()
        return names_px - padding

    def _measure(self, text: str) -> int:
        return int(tkfont.nametofont("TkDefaultFont", root=self._tree).measure(text))

    def _hide(self) -> None:
        self._list.place_forget()

    @property
    def _is_shown(self) -> bool:
        return bool(self._list.winfo_manager())

    # --- choosing ---------------------------------------------------------------------

    def _step(self, step: int) -> str:
        if not self._is_shown:
            self._found = self._catalog.search(self.field.text)[:_MAX_FOUND]
            if self._found:
                self._show()
            return "break"
        items = self._tree.get_children()
        at = items.index(self._tree.selection()[0])
        self._tree.selection_set(items[max(0, min(len(items) - 1, at + step))])
        return "break"

    def _enter(self) -> None:
        if self._is_code(self.field.text):
            return
        if self._is_shown:
            self._take(self._tree.selection()[0])
        elif self.product is not None:
            self._done()

    def _escape(self) -> str | None:
        if not self._is_shown:
            return None  # the window's binding of Esc clears the form
        self._hide()
        return "break"

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        item = self._tree.identify_row(event.y)
        if item:
            self._take(item)

    def _take(self, item: str) -> None:
        if item == _NOTHING:
            if self._create is not None:
                self._hide()
                self._create(self.field.text.strip())
            return
        self.choose(self._catalog.find(item))
        self._done()

    def _set_product(self, product: Product | None) -> None:
        if product != self.product:
            self.product = product
            self._changed(product)
