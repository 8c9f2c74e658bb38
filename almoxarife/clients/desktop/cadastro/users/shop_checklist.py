"""A list of shops with checkboxes: a single Tab stop, ticked by the space bar or a click."""

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import Any

from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX
from almoxarife.clients.desktop.kit.widgets import Frame, Label, Scrollbar, Treeview, say, show_if, show_while_needed
from almoxarife.wire.fields import fold

_TICK = {True: "☑", False: "☐"}
_ROWS = 2
"""The requested height; the list takes the room there is."""


class ShopChecklist:
    def __init__(self, parent: Any, *, px: Callable[[float], int]) -> None:
        self._shops: Mapping[str, str] = {}
        self._chosen: set[str] = set()
        self._is_open = True
        self.frame = Frame(parent, height=px(ROW_HEIGHT_PX))
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(1, weight=1)
        Label(self.frame, text="Lojas").grid(row=0, column=0, sticky="w")
        self.tree = Treeview(self.frame, columns=("loja",), show="", selectmode="browse", height=_ROWS)
        bar = Scrollbar(self.frame, orient="vertical", command=self.tree.yview)
        self._note = Label(self.frame, style="Quiet.TLabel", justify="left")
        self.tree.grid(row=1, column=0, sticky="nsew", pady=(2, 0))
        self.tree.configure(yscrollcommand=show_while_needed(bar, row=1, column=1))
        self.frame.bind("<Configure>", lambda event: self._note.configure(wraplength=max(80, event.width)))
        self.tree.bind("<space>", lambda _: self._toggle(self.tree.focus()))
        self.tree.bind("<ButtonRelease-1>", self._clicked)

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(self._chosen)

    def show(self, shops: Mapping[str, str], chosen: frozenset[str]) -> None:
        """``shops``: names by id. Ticked ones come first, since a person has few of many shops."""
        self._shops, self._chosen = shops, set(chosen)
        self.tree.delete(*self.tree.get_children())
        for shop_id, name in sorted(shops.items(), key=lambda item: (item[0] not in chosen, fold(item[1]))):
            self.tree.insert("", "end", iid=shop_id, values=(self._line(shop_id, name),))
        first = self.tree.get_children()[:1]
        if first:
            self.tree.focus(first[0])
            self.tree.selection_set(first)

    def let_choose(self, is_open: bool, *, because: str) -> None:
        """Enable or disable the list. Disabled, it shows all shops as ticked, and ``because``."""
        self._is_open = is_open
        self.tree.state(["!disabled" if is_open else "disabled"])
        for shop_id, name in self._shops.items():
            self.tree.item(shop_id, values=(self._line(shop_id, name),))
        self._say("Quiet", because)

    def show_error(self, sentence: str) -> None:
        self._say("Bad", sentence)
        self.tree.focus_set()

    def _line(self, shop_id: str, name: str) -> str:
        return f"{_TICK[not self._is_open or shop_id in self._chosen]}  {name}"

    def _toggle(self, shop_id: str) -> str:
        if self._is_open and shop_id in self._shops:
            self._chosen ^= {shop_id}
            self.tree.item(shop_id, values=(self._line(shop_id, self._shops[shop_id]),))
            self._say("Quiet", "")
        return "break"

    def _say(self, kind: str, text: str) -> None:
        say(self._note, kind, text)
        show_if(text, self._note, row=2, column=0, columnspan=2, sticky="w")

    def _clicked(self, event: "tk.Event[tk.Misc]") -> None:
        self._toggle(self.tree.identify_row(event.y))
