"""The lists of *Vendas*, of which one is shown: a ranking, single sales, or the items of a sale."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from almoxarife.clients.desktop.cadastro.totals import words
from almoxarife.clients.desktop.cadastro.totals.columns import ITEMS, PRODUCTS, RANKING, SALES
from almoxarife.clients.desktop.cadastro.totals.query import SalesReport
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import SortOrder, VirtualList
from almoxarife.clients.desktop.kit.widgets import show_if
from almoxarife.wire.sales import RankedBy, Sale


class Lists:
    def __init__(
        self,
        parent: Any,
        *,
        theme: Theme,
        open_ranked: Callable[[str], None],
        picked_ranked: Callable[[], None],
        open_sale: Callable[[str], None],
        picked_sale: Callable[[str], None],
    ) -> None:
        self._report: SalesReport | None = None
        self._order: SortOrder | None = None
        of_ranking: dict[str, Any] = {"activated": open_ranked, "selection_changed": lambda _: picked_ranked()}
        self._ranking = VirtualList(parent, RANKING, theme, **of_ranking)
        self._products = VirtualList(parent, PRODUCTS, theme, sorted_by=self._sort, **of_ranking)
        self.sales = VirtualList(
            parent,
            SALES,
            theme,
            colours=lambda t: {"cancelled": t.muted},
            activated=open_sale,
            selection_changed=picked_sale,
        )
        self.items = VirtualList(parent, ITEMS, theme)
        self.shown = self._ranking
        self._all = (self._ranking, self._products, self.sales, self.items)
        for each in self._all:
            each.frame.grid(row=3, column=0, sticky="nsew")

    @property
    def is_ranking(self) -> bool:
        return self.shown is self._ranking or self.shown is self._products

    @property
    def order(self) -> SortOrder | None:
        """What the shown ranking is sorted by, if not by its places."""
        return self._order if self.shown is self._products else None

    def show(self, report: SalesReport | None, shops: Mapping[str, str], zone: tzinfo) -> None:
        self._report = report
        by = report.question.by if report is not None else RankedBy.SELLER
        self._bring_forth(report)
        for ranking in (self._ranking, self._products):
            ranking.show(words.ranking_rows(report, self.order) if report and ranking is self.shown else [], first=0)
        self.sales.show(words.sale_rows(report, shops, zone) if report and by is None else [])

    def show_items(self, sale: Sale | None) -> None:
        """The items of a sale; None for the list before."""
        self.items.show(words.item_rows(sale) if sale else [], first=0)
        if sale is None:
            self._bring_forth(self._report)
        else:
            self._grid(self.items)

    def _bring_forth(self, report: SalesReport | None) -> None:
        by = report.question.by if report is not None else RankedBy.SELLER
        self._grid(self.sales if by is None else self._products if by is RankedBy.PRODUCT else self._ranking)

    def _grid(self, shown: VirtualList) -> None:
        self.shown = shown
        for each in self._all:
            show_if(each is shown, each.frame)

    def _sort(self, order: SortOrder | None) -> None:
        self._order = order
        if self._report is not None:
            self._products.show(words.ranking_rows(self._report, order), first=0)
