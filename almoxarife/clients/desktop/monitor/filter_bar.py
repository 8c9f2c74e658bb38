"""The bar above the list: filters by kind, shop and words, and the pause button."""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.widgets import Button, Combobox, Entry, Frame, Label
from almoxarife.clients.desktop.monitor.movement_filter import ALL_KINDS, KINDS, MovementFilter
from almoxarife.wire.stores import Shop

ALL_SHOPS = "Todas as lojas"
_GAP_PX = 12


class FilterBar:
    """``changed`` is called with the new filter."""

    def __init__(
        self,
        parent: Any,
        *,
        px: Callable[[float], int],
        find: Command,
        pause: Command,
        changed: Callable[[MovementFilter], None],
    ) -> None:
        self._changed = changed
        self._pause = pause
        self._shops: Sequence[Shop] = ()
        self._shop_id: str | None = None
        flow = self._flow = Flow(parent, gap_px=px(_GAP_PX))
        self.frame = flow.frame
        self._kind = _Choice(flow.frame, "Tipo", [*KINDS], self._tell)
        self._shop = _Choice(flow.frame, "Loja", [ALL_SHOPS], self._shop_chosen)
        self._build_text(find)
        self._button = Button(flow.frame, command=pause.run, width=len(pause.button_label) + 4)
        for widget in (self._kind.frame, self._shop.frame):
            flow.add(widget)
        flow.add(self._text_box, is_elastic=True)
        flow.add(self._button)
        flow.show(self._shop.frame, is_shown=False)
        self.show_pause(is_paused=False)

    @property
    def view(self) -> MovementFilter:
        return MovementFilter(KINDS[self._kind.text.get()], self._shop_id, self._text.get())

    def show_shops(self, shops: Sequence[Shop]) -> None:
        """The shops of this person; the choice is shown only if there are several."""
        self._shops = shops
        if self._shop_id not in {shop.id for shop in shops}:
            self._shop_id = None
        name = next((shop.name for shop in shops if shop.id == self._shop_id), ALL_SHOPS)
        self._shop.box.configure(values=[ALL_SHOPS, *(shop.name for shop in shops)])
        self._shop.text.set(name)
        self._flow.show(self._shop.frame, is_shown=len(shops) > 1)

    def show_pause(self, *, is_paused: bool) -> None:
        verb = "▶ Continuar" if is_paused else f"❚❚ {self._pause.label}"
        self._button.configure(
            text=f"{verb}  {self._pause.key_label}", style="Main.TButton" if is_paused else "TButton"
        )

    def focus_text(self) -> None:
        self._entry.focus_set()
        self._entry.selection_range(0, "end")

    def clear(self) -> bool:
        """Remove all filters; False if there were none."""
        if not self.view.is_narrowed:
            return False
        self._kind.text.set(ALL_KINDS)
        self._shop.text.set(ALL_SHOPS)
        self._shop_id = None
        self._text.set("")  # its trace calls ``changed``
        return True

    def _build_text(self, find: Command) -> None:
        box = self._text_box = Frame(self._flow.frame)
        self._text = tk.StringVar(master=box)
        Label(box, text=find.button_label, style="Quiet.TLabel").pack(side="left", padx=(0, 8))
        self._entry = Entry(box, textvariable=self._text, width=16)
        self._entry.pack(side="left", fill="x", expand=True)
        self._text.trace_add("write", lambda *_: self._tell())

    def _shop_chosen(self) -> None:
        at = self._shop.box.current()
        self._shop_id = self._shops[at - 1].id if at > 0 else None
        self._tell()

    def _tell(self) -> None:
        self._changed(self.view)


class _Choice:
    """A labelled combobox."""

    def __init__(self, parent: Any, label: str, words: Sequence[str], chosen: Callable[[], None]) -> None:
        self.frame = Frame(parent)
        self.text = tk.StringVar(master=parent, value=words[0])
        Label(self.frame, text=label, style="Quiet.TLabel").pack(side="left", padx=(0, 8))
        self.box = Combobox(self.frame, textvariable=self.text, values=[*words], state="readonly", width=15)
        self.box.pack(side="left", fill="x", expand=True)
        self.box.bind("<<ComboboxSelected>>", lambda _: self._chosen(chosen))

    def _chosen(self, chosen: Callable[[], None]) -> None:
        self.box.selection_clear()
        chosen()
