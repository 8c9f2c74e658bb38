"""*Vendas*: totals between two days by whatever one wants to know, and the single sales, to take one back."""

import tkinter as tk
import uuid
from collections.abc import Callable
from datetime import date, tzinfo
from functools import partial
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.errand import Errand
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.foot import Foot
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.totals import words
from almoxarife.clients.desktop.cadastro.totals.filters import Filters
from almoxarife.clients.desktop.cadastro.totals.question import Question, Told, ask
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX, Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, Radiobutton, on_enter
from almoxarife.wire.sales import CancellationIn, RankedBy, Sale
from almoxarife.wire.stores import Chain, Shop

_RANKING = (
    Column("lugar", "Lugar", 64, anchor="e"),
    Column("nome", "Nome", 200, stretches=True),
    Column("total", "Total", 132, anchor="e"),
    Column("parte", "Parte", 80, anchor="e", gives_way=1),
    Column("vendas", "Vendas", 84, anchor="e"),
)
_SALES = (
    Column("quando", "Quando", 140),
    Column("loja", "Loja", 110, gives_way=2),
    Column("vendedor", "Vendedor", 130, gives_way=3),
    Column("itens", "O que", 180, stretches=True),
    Column("valor", "Valor", 112, anchor="e"),
    Column("estado", "Situação", 118, gives_way=1),
)
_TABS: dict[str, RankedBy | None] = {**{name: by for by, name in words.BY.items()}, words.ONE_BY_ONE: None}
_BEGIN = "Hoje"
_SURE = "Se a venda já estiver cancelada, a lista mostra."

Places = tuple[list[Shop], list[Chain]]


def _load_places(api: ApiClient) -> Places:
    return api.shops(), api.chains()


class TotalsPage(Page):
    """``today`` is the shop's."""

    def __init__(
        self,
        parent: Any,
        *,
        errand: Callable[[str], Errand],
        exporter: Exporter,
        theme: Theme,
        today: Callable[[], date],
        zone: Callable[[], tzinfo],
    ) -> None:
        super().__init__(parent, "Vendas")
        self._places, self._asking = errand("vendas-lojas"), errand("vendas")
        self._cancelling = errand("cancelar-venda")
        self._exporter = exporter
        self._theme = theme
        self._today = today
        self._zone = zone
        self._shops: dict[str, str] = {}
        self._told: Told | None = None
        self._chosen: Sale | None = None
        self._sent: tuple[str, str, str] | None = None
        """Sale, reason and key of a cancellation that may have arrived."""
        self._build()

    def opened(self) -> None:
        self._places.ask(_load_places, then=self._places_came, failed=lambda _: None)  # All of them can be asked for.
        self._filters.start(_BEGIN)
        self._filters.focus()
        self.refresh()

    def closed(self) -> None:
        for errand in (self._places, self._asking, self._cancelling):
            errand.forget()
        self._show(None)
        self._foot.say("Quiet", "")

    def logged_in(self) -> None:
        for errand in (self._places, self._asking, self._cancelling):
            errand.logged_in()

    def submit(self) -> None:
        if self._reason_bar.winfo_manager():
            self._cancel()
        else:
            self.refresh()

    def refresh(self) -> None:
        try:
            days = self._filters.read_days()
        except FormInvalid as invalid:
            self._show_wrong_days(invalid.errors)
            return
        self._show_wrong_days({})
        question = Question(days, _TABS[self._tab.get()], self._filters.shop_id, self._filters.chain_id)
        self._asking.ask(lambda api: ask(api, question), then=self._show, failed=self._refused)

    def export(self) -> None:
        told = self._told
        if told is None:
            return
        if told.question.by is None:
            sheet = words.sales_sheet(told, self._shops, self._zone())
        else:
            sheet = words.ranking_sheet(told)
        self._exporter.export(words.file_name(told), sheet)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(3, weight=1)
        self._filters = Filters(body, today=self._today, changed=self.refresh)
        self._filters.frame.grid(row=0, column=0, sticky="ew")
        self._build_tabs()
        self._summary = Label(body, style="Strong.TLabel", justify="left")
        self._best = Label(body, style="Quiet.TLabel", justify="left")
        heads = Frame(body)
        heads.columnconfigure(0, weight=1)
        self._summary.grid(in_=heads, row=0, column=0, sticky="w")
        self._best.grid(in_=heads, row=1, column=0, sticky="w")
        for label in (self._summary, self._best):
            label.lift()
        heads.bind("<Configure>", lambda event: self._wrap(event.width))
        heads.grid(row=2, column=0, sticky="ew", pady=(10, 6))
        self._lists = {
            False: VirtualList(body, _RANKING, px=theme.px, row_height=lambda: theme.px(ROW_HEIGHT_PX)),
            True: VirtualList(
                body, _SALES, px=theme.px, row_height=lambda: theme.px(ROW_HEIGHT_PX), picked=self._picked
            ),
        }
        for each in self._lists.values():
            each.frame.grid(row=3, column=0, sticky="nsew")
        self._build_reason()
        self._build_deeds()
        self._restyle()
        theme.on_change(self._restyle)
        self._show(None)

    def _build_tabs(self) -> None:
        tabs = Flow(self.body, gap_px=6)
        tabs.frame.grid(row=1, column=0, sticky="ew", pady=(10, 0))
        self._tab = tk.StringVar(master=self.body, value=words.BY[RankedBy.SELLER])
        for name in _TABS:
            tabs.add(
                Radiobutton(
                    tabs.frame,
                    text=name if name == words.ONE_BY_ONE else f"Por {name.lower()}",
                    value=name,
                    variable=self._tab,
                    style="Mode.Toolbutton",
                    command=self.refresh,
                )
            )

    def _build_reason(self) -> None:
        """Asked for where a sale is about to be taken back."""
        bar = self._reason_bar = Frame(self.body)
        bar.columnconfigure(0, weight=1)
        self._reason = Field(bar, "Motivo do cancelamento")
        self._reason.frame.grid(row=0, column=0, sticky="ew")
        bar.grid(row=4, column=0, sticky="ew", pady=(8, 0))
        on_enter(self._reason.entry, self._cancel)

    def _build_deeds(self) -> None:
        foot = Frame(self.body)
        foot.columnconfigure(0, weight=1)
        foot.grid(row=5, column=0, sticky="ew", pady=(8, 0))
        self._foot = Foot(foot, home=lambda: self._list.tree)
        self._foot.frame.grid(row=0, column=0, sticky="ew")
        self._back_out = Button(foot, text="Não cancelar", command=self._close_reason)
        self._take_back = Button(foot, command=self._begin_cancel)
        self._export = Button(foot, text="Exportar…  Ctrl+E", command=self.export)
        for column, button in enumerate((self._back_out, self._take_back, self._export), start=1):
            button.grid(row=0, column=column, padx=(8, 0))

    def _restyle(self) -> None:
        for each in self._lists.values():
            each.restyle()
            each.tree.tag_configure("cancelled", foreground=self._theme.tokens.muted)

    def _wrap(self, width: int) -> None:
        for label in (self._summary, self._best):
            label.configure(wraplength=width)

    @property
    def _list(self) -> VirtualList:
        return self._lists[self._tab.get() == words.ONE_BY_ONE]

    # --- the question -----------------------------------------------------------------

    def _places_came(self, places: Places) -> None:
        shops, chains = places
        self._shops = {shop.id: shop.name for shop in shops}
        self._filters.offer(shops, chains)
        if self._told is not None:
            self._show(self._told)

    def _show_wrong_days(self, errors: dict[str, str]) -> None:
        self._filters.show_errors(errors)
        self._foot.say("Bad", next(iter(errors.values()), ""))

    # --- the answer -------------------------------------------------------------------

    def _show(self, told: Told | None) -> None:
        """What was chosen stays chosen, where it is still there."""
        self._told = told
        is_single = told is not None and told.question.by is None
        for single, each in self._lists.items():
            if single == is_single:
                each.frame.grid()
            else:
                each.frame.grid_remove()
        self._summary.configure(text=words.summed_up(told.total) if told else "")
        self._best.configure(text=words.best(told.best_shops, told.best_sellers) if told else "")
        self._lists[False].show(words.ranking_rows(told) if told and not is_single else [], first=0)
        self._lists[True].show(words.sale_rows(told, self._shops, self._zone()) if told and is_single else [])
        chosen = self._chosen.id if self._chosen else ""
        self._chosen = next((sale for sale in told.sales if sale.id == chosen), None) if told else None
        self._lists[True].select(self._chosen.id if self._chosen else None)
        self._foot.say("Quiet", self._note(told))
        self._close_reason()

    def _note(self, told: Told | None) -> str:
        if self._chosen is not None:
            return words.described(self._chosen, self._shops, self._zone())
        return words.cut(told) if told else ""

    def _refused(self, error: ApiError) -> None:
        """What is shown must be what is asked for: an older answer goes."""
        self._show(None)
        self._foot.say("Bad", f"{error.message} F5 tenta de novo.")

    def _picked(self, sale_id: str) -> None:
        sales = self._told.sales if self._told else []
        self._chosen = next((sale for sale in sales if sale.id == sale_id), None)
        self._foot.say("Quiet", self._note(self._told))
        self._close_reason()

    # --- taking one back --------------------------------------------------------------

    def _close_reason(self) -> None:
        had_focus = self._reason_bar.focus_lastfor() in (self._reason.entry, self._back_out)
        self._reason.text = ""
        self._reason.show_error(None)
        self._reason_bar.grid_remove()
        self._back_out.grid_remove()
        self._take_back.configure(text="Cancelar venda…", command=self._begin_cancel, style="TButton")
        sale = self._chosen
        if sale is not None and not sale.is_cancelled:
            self._take_back.grid()
        else:
            self._take_back.grid_remove()
        if had_focus:
            self._list.tree.focus_set()

    def _begin_cancel(self) -> None:
        sale = self._chosen
        if sale is None:
            return
        self._reason_bar.grid()
        self._back_out.grid()
        self._take_back.configure(text="Cancelar a venda  Ctrl+Enter", command=self._cancel, style="Main.TButton")
        again = "O estoque dos itens volta." if sale.items else "Ela não mexeu no estoque."
        self._foot.say("Warn", f"Cancelar a venda {sale.seq}? {again} Não há como desfazer.")
        self._reason.focus()

    def _cancel(self) -> None:
        sale = self._chosen
        if sale is None:
            return
        try:
            wanted = checked(CancellationIn, {"motivo": self._reason.text})
        except FormInvalid as invalid:
            self._reason.show_error(invalid.errors.get("motivo"))
            self._reason.focus(select=True)
            return
        if self._sent is None or self._sent[:2] != (sale.id, wanted.reason):
            self._sent = sale.id, wanted.reason, str(uuid.uuid4())
        key = self._sent[2]
        self._foot.say("Quiet", "Um momento…")
        self._cancelling.ask(
            lambda api: api.cancel_sale(sale.id, wanted, key=key), then=self._cancelled, failed=self._not_cancelled
        )

    def _cancelled(self, sale: Sale) -> None:
        self._sent = None
        self._close_reason()
        self._asking.ask(
            partial(self._ask_again, self._told), then=partial(self._show_after, sale), failed=self._refused
        )

    def _ask_again(self, told: Told | None, api: ApiClient) -> Told | None:
        return ask(api, told.question) if told else None

    def _show_after(self, sale: Sale, told: Told | None) -> None:
        self._show(told)
        self._foot.say("Good", f"Venda {sale.seq} cancelada.")
        self._list.tree.focus_set()

    def _not_cancelled(self, error: ApiError) -> None:
        self._foot.say("Bad", f"{error.message} {_SURE}" if error.is_connection_fault else error.message)
