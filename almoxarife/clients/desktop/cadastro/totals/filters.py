"""The filters of *Vendas*: period, chain, shop and seller."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.cadastro.totals.query import (
    OTHER_DAYS,
    PERIODS,
    Days,
    Question,
    format_days,
    name_period,
    parse_days,
)
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.widgets import Choice, Entry, Frame, Label, on_enter
from almoxarife.wire.accounts import Seller
from almoxarife.wire.fields import fold
from almoxarife.wire.stores import Chain, Shop

_ALL_CHAINS, _ALL_SHOPS, _ALL_SELLERS = "Todas as redes", "Todas as lojas", "Todos"

FilterChoices = tuple[list[Shop], list[Chain], list[Seller]]


def ask_choices(api: ApiClient, *, is_own: bool) -> FilterChoices:
    """What the filters offer; for a worker thread. Only managers may list chains and sellers."""
    return api.shops(), [] if is_own else api.chains(), [] if is_own else api.sellers()


class Filters:
    """``changed`` is called after a filter was changed, ``seller_chosen`` instead if it is the seller.

    ``today`` is the shop's.
    """

    def __init__(
        self,
        parent: Any,
        *,
        today: Callable[[], date],
        changed: Callable[[], None],
        seller_chosen: Callable[[], None],
    ) -> None:
        self._today = today
        self._changed = changed
        self._shops: Sequence[Shop] = ()
        self._chains: Sequence[Chain] = ()
        self._sellers: dict[str, str] = {}
        """Ids by displayed name."""
        self._flow = Flow(parent, gap_px=8)
        self.frame = self._flow.frame
        self._period = self._choice("Período", self._period_chosen)
        self._period.offer(PERIODS)
        self._since, self._until = self._day("De"), self._day("Até")
        self._chain = self._choice("Rede", self._chain_chosen)
        self._shop = self._choice("Loja", changed)
        self._seller = self._choice("Vendedor", seller_chosen)

    def start(self, period: str, *, is_own: bool) -> None:
        """Reset all filters, with this period. ``is_own``: only the person's own sales, without chain and seller."""
        for choice in (self._chain, self._seller):
            self._flow.show(choice.frame, is_shown=not is_own)
        self._sellers = {}
        self.forget_seller()
        self._chain.text = _ALL_CHAINS
        self._shop.text = _ALL_SHOPS
        self._offer_shops()
        self._period.text = period
        self._write_days(PERIODS[period](self._today()))

    def focus(self) -> None:
        self._period.box.focus_set()

    def forget_seller(self) -> None:
        self._seller.text = _ALL_SELLERS

    def know_seller(self, seller_id: str, name: str) -> None:
        """Add a seller who is not offered any more, so that their sales can be shown."""
        if seller_id not in self._sellers.values():
            self._sellers[name if name not in self._sellers else f"{name} ({seller_id})"] = seller_id
            self._offer_sellers()

    def write(self, question: Question) -> None:
        """Set the filters to those of ``question``."""
        self._write_days(question.days)
        self._period.text = name_period(question.days, self._today())
        for choice, names, chosen, everything in (
            (self._chain, {chain.id: chain.name for chain in self._chains}, question.chain_id, _ALL_CHAINS),
            (self._shop, {shop.id: shop.name for shop in self._shops}, question.shop_id, _ALL_SHOPS),
            (self._seller, {each: name for name, each in self._sellers.items()}, question.seller_id, _ALL_SELLERS),
        ):
            choice.text = names.get(chosen or "", everything)
        self._offer_shops()

    def offer(self, shops: Sequence[Shop], chains: Sequence[Chain], sellers: Sequence[Seller]) -> None:
        self._sellers = {}
        for seller in sellers:
            taken = seller.name in self._sellers
            self._sellers[f"{seller.name} ({seller.username})" if taken else seller.name] = seller.id
        self._offer_sellers()
        self._shops, self._chains = shops, chains
        self._chain.offer([_ALL_CHAINS, *sorted((c.name for c in chains), key=fold)])
        self._offer_shops()

    @property
    def chain_id(self) -> str | None:
        return next((chain.id for chain in self._chains if chain.name == self._chain.text), None)

    @property
    def shop_id(self) -> str | None:
        return next((shop.id for shop in self._shops if shop.name == self._shop.text), None)

    @property
    def seller_id(self) -> str | None:
        return self._sellers.get(self._seller.text)

    def read_days(self) -> Days:
        """Raises FormInvalid."""
        days = parse_days(self._since.get(), self._until.get(), self._today())
        self._period.text = name_period(days, self._today())
        return days

    def show_errors(self, errors: dict[str, str]) -> None:
        """Mark the invalid days and focus the first."""
        for name, entry in (("ate", self._until), ("de", self._since)):
            entry.state(["invalid" if name in errors else "!invalid"])
            if name in errors:
                entry.focus_set()
                entry.selection_range(0, "end")

    def _choice(self, label: str, chosen: Callable[[], None]) -> Choice:
        choice = Choice(self.frame, label, width=14, chosen=chosen)
        self._flow.add(choice.frame)
        return choice

    def _day(self, label: str) -> Any:
        frame = Frame(self.frame)
        Label(frame, text=label).grid(row=0, column=0, sticky="w")
        entry = Entry(frame, width=11)
        entry.grid(row=1, column=0, pady=(2, 0))
        on_enter(entry, self._changed)
        self._flow.add(frame)
        return entry

    def _period_chosen(self) -> None:
        name = self._period.text
        if name != OTHER_DAYS:
            self._write_days(PERIODS[name](self._today()))
            self._changed()

    def _write_days(self, days: Days) -> None:
        for entry, text in zip((self._since, self._until), format_days(days), strict=True):
            entry.delete(0, "end")
            entry.insert(0, text)

    def _chain_chosen(self) -> None:
        self._shop.text = _ALL_SHOPS
        self._offer_shops()
        self._changed()

    def _offer_sellers(self) -> None:
        self._seller.offer([_ALL_SELLERS, *sorted(self._sellers, key=fold)])

    def _offer_shops(self) -> None:
        chain = self.chain_id
        names = [shop.name for shop in self._shops if chain in {None, shop.chain_id}]
        self._shop.offer([_ALL_SHOPS, *sorted(names, key=fold)])
