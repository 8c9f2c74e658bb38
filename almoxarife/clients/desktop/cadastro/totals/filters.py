"""Which days, which chain, which shop: the line above the totals."""

import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from almoxarife.clients.desktop.cadastro.totals.question import (
    OTHER_DAYS,
    PERIODS,
    Days,
    name_period,
    parse_days,
    written,
)
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.widgets import Combobox, Entry, Frame, Label, on_enter
from almoxarife.wire.stores import Chain, Shop

_ALL_CHAINS, _ALL_SHOPS = "Todas as redes", "Todas as lojas"


class Filters:
    """``changed`` hears that something else is asked for; ``today`` is the shop's."""

    def __init__(self, parent: Any, *, today: Callable[[], date], changed: Callable[[], None]) -> None:
        self._today = today
        self._changed = changed
        self._shops: Sequence[Shop] = ()
        self._chains: Sequence[Chain] = ()
        self._flow = Flow(parent, gap_px=8)
        self.frame = self._flow.frame
        self._period, self._chain, self._shop = (tk.StringVar(master=self.frame) for _ in range(3))
        self._period_box = self._choice("Período", self._period, self._period_chosen, 14)
        self._period_box.configure(values=[*PERIODS])
        self._since, self._until = self._day("De"), self._day("Até")
        self._chain_box = self._choice("Rede", self._chain, self._chain_chosen, 18)
        self._shop_box = self._choice("Loja", self._shop, changed, 18)

    def start(self, period: str) -> None:
        """Everywhere, in this period."""
        self._chain.set(_ALL_CHAINS)
        self._shop.set(_ALL_SHOPS)
        self._offer_shops()
        self._period.set(period)
        self._write_days(PERIODS[period](self._today()))

    def focus(self) -> None:
        self._period_box.focus_set()

    def offer(self, shops: Sequence[Shop], chains: Sequence[Chain]) -> None:
        self._shops, self._chains = shops, chains
        self._chain_box.configure(values=[_ALL_CHAINS, *sorted((c.name for c in chains), key=str.casefold)])
        self._offer_shops()

    @property
    def chain_id(self) -> str | None:
        return next((chain.id for chain in self._chains if chain.name == self._chain.get()), None)

    @property
    def shop_id(self) -> str | None:
        return next((shop.id for shop in self._shops if shop.name == self._shop.get()), None)

    def read_days(self) -> Days:
        """Raises FormInvalid."""
        days = parse_days(self._since.get(), self._until.get(), self._today())
        self._period.set(name_period(days, self._today()))
        return days

    def show_errors(self, errors: dict[str, str]) -> None:
        """Of the days, by name; the first one takes the focus."""
        for name, entry in (("ate", self._until), ("de", self._since)):
            entry.state(["invalid" if name in errors else "!invalid"])
            if name in errors:
                entry.focus_set()
                entry.selection_range(0, "end")

    def _labelled(self, label: str) -> Any:
        frame = Frame(self.frame)
        Label(frame, text=label).grid(row=0, column=0, sticky="w")
        self._flow.add(frame)
        return frame

    def _choice(self, label: str, variable: tk.StringVar, chosen: Callable[[], None], width: int) -> Any:
        box = Combobox(self._labelled(label), textvariable=variable, state="readonly", width=width)
        box.grid(row=1, column=0, pady=(2, 0))

        def choose(_event: Any) -> None:
            box.selection_clear()
            chosen()

        box.bind("<<ComboboxSelected>>", choose)
        return box

    def _day(self, label: str) -> Any:
        entry = Entry(self._labelled(label), width=11)
        entry.grid(row=1, column=0, pady=(2, 0))
        on_enter(entry, self._changed)
        return entry

    def _period_chosen(self) -> None:
        name = self._period.get()
        if name != OTHER_DAYS:
            self._write_days(PERIODS[name](self._today()))
            self._changed()

    def _write_days(self, days: Days) -> None:
        for entry, text in zip((self._since, self._until), written(days), strict=True):
            entry.delete(0, "end")
            entry.insert(0, text)

    def _chain_chosen(self) -> None:
        self._shop.set(_ALL_SHOPS)
        self._offer_shops()
        self._changed()

    def _offer_shops(self) -> None:
        chain = self.chain_id
        names = [shop.name for shop in self._shops if chain in {None, shop.chain_id}]
        self._shop_box.configure(values=[_ALL_SHOPS, *sorted(names, key=str.casefold)])
