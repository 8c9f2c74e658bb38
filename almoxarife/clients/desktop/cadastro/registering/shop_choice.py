"""The choice of shop, for people with several: whose balances are shown and where movements are recorded."""

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.kit.widgets import Combobox, Frame, Label
from almoxarife.wire.stores import ScaleLabel, Shop

ALL_SHOPS = "Todas as lojas"


class ShopChoice:
    """``changed`` is called when another shop is chosen, or the chosen one is no longer offered.

    ``arrived`` is called when the list of shops was received or emptied.
    """

    def __init__(
        self,
        parent: Any,
        *,
        server_call: ServerCall,
        remembered: Callable[[], str],
        remember: Callable[[str], None],
        changed: Callable[[], None],
        arrived: Callable[[], None],
    ) -> None:
        self._server_call = server_call
        self._remembered = remembered
        self._remember = remember
        self._changed = changed
        self._arrived = arrived
        self._shop_ids: Sequence[str] = ()
        self._shops: Sequence[Shop] = ()
        """All shops: a deactivated one is still needed for its name."""
        self._offered: Sequence[Shop] = ()
        self._is_asking = False
        self.shop_id: str | None = None
        """None: all shops, or not known yet."""
        self._text = tk.StringVar(master=parent)
        self._boxes: list[Any] = []
        self.frame = self.offer_in(parent)

    @property
    def is_a_choice(self) -> bool:
        return len(self._offered) > 1

    @property
    def must_choose(self) -> bool:
        """Whether a shop must be chosen before a movement can be recorded."""
        return self.shop_id is None and (self.is_a_choice or len(self._shop_ids) > 1)

    @property
    def name(self) -> str:
        """An empty text while it is not known."""
        if self.shop_id is None:
            return ALL_SHOPS if self.is_a_choice else ""
        return self.names.get(self.shop_id, "")

    @property
    def scale_label(self) -> ScaleLabel | None:
        """The kind of label that the chosen shop's scale prints."""
        return next((shop.scale_label for shop in self._shops if shop.id == self.shop_id), None)

    @property
    def names(self) -> dict[str, str]:
        return {shop.id: shop.name for shop in self._shops}

    def start(self, shop_ids: Sequence[str]) -> None:
        """A person has logged in who may work in these shops."""
        if shop_ids != self._shop_ids:  # not the shops of whoever was logged in before
            self._shop_ids, self._shops, self._offered = shop_ids, (), ()
        self.shop_id = shop_ids[0] if len(shop_ids) == 1 else find_remembered(self._remembered(), shop_ids)
        self._show()
        self.look_again()

    def ask_if_unknown(self) -> None:
        """Ask for the shops if they are missing: the server may have been away."""
        if not self._shops and not self._is_asking:
            self.look_again()

    def look_again(self) -> None:
        """Ask for the shops, after they were changed or may have been: here, by somebody else, or whose they are."""
        self._is_asking = True
        self._server_call.ask(lambda api: api.shops(), then=self._take_shops, failed=self._failed)

    def offer_in(self, parent: Any) -> Any:
        """Create another combobox for the same choice, for a page."""
        frame = Frame(parent)
        Label(frame, text="Loja", style="Quiet.TLabel").pack(side="left", padx=(0, 8))
        box = Combobox(frame, textvariable=self._text, state="readonly", width=16)
        box.pack(side="left", fill="x", expand=True)
        box.bind("<<ComboboxSelected>>", lambda _: self._chosen(box))
        self._boxes.append(box)
        self._fill(box)  # a page may be made after the shops have arrived
        return frame

    def focus(self) -> None:
        """Focus the combobox that is visible."""
        next((box for box in self._boxes if box.winfo_viewable()), self._boxes[0]).focus_set()

    def focus_in(self, frame: Any) -> None:
        """Focus the combobox of this frame (of ``offer_in``), which need not be visible yet."""
        next(box for box in self._boxes if box.master is frame).focus_set()

    def _failed(self, _error: ApiError) -> None:
        self._is_asking = False

    def _take_shops(self, shops: list[Shop]) -> None:
        self._is_asking = False
        self._shops, self._offered = shops, [shop for shop in shops if shop.active]
        before, self.shop_id = self.shop_id, find_chosen(self.shop_id, self._offered)
        self._show()
        if before not in {None, self.shop_id}:
            self._changed()

    def _show(self) -> None:
        for box in self._boxes:
            self._fill(box)
        self._text.set(self.name)
        self._arrived()

    def _fill(self, box: Any) -> None:
        box.configure(values=[*(shop.name for shop in self._offered), *([ALL_SHOPS] if self._offered else [])])

    def _chosen(self, box: Any) -> None:
        at = box.current()
        self.shop_id = self._offered[at].id if at < len(self._offered) else None
        box.selection_clear()
        self._remember(self.shop_id or "")
        self._changed()


def find_chosen(shop_id: str | None, offered: Sequence[Shop]) -> str | None:
    """The shop chosen so far if it is still offered; the only one if there is only one."""
    if any(shop.id == shop_id for shop in offered):
        return shop_id
    return offered[0].id if len(offered) == 1 else None


def find_remembered(remembered: str, shop_ids: Sequence[str]) -> str | None:
    """The shop chosen last time, if this person still works there."""
    return remembered if remembered in shop_ids else None
