"""*Vendas*: totals and rankings of a period, down to single sales and their items.

People who are not managers see only their own sales, one by one.
"""

import tkinter as tk
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.exporting import Exporter
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.totals import words
from almoxarife.clients.desktop.cadastro.totals.cancellation import SaleCancellation
from almoxarife.clients.desktop.cadastro.totals.filters import FilterChoices, Filters, ask_choices
from almoxarife.clients.desktop.cadastro.totals.lists import Lists
from almoxarife.clients.desktop.cadastro.totals.query import Question, SalesReport, ask, ask_all, ask_older, narrow
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, Radiobutton, show_if
from almoxarife.wire.accounts import Role
from almoxarife.wire.sales import Ranked, RankedBy, Sale

_TABS: dict[str, RankedBy | None] = {**{name: by for by, name in words.BY.items()}, words.ONE_BY_ONE: None}
_BEGIN = "Hoje"


class TotalsPage(Page):
    def __init__(self, shell: Shell, *, exporter: Exporter) -> None:
        super().__init__(shell, "Vendas")
        self._choices = self.new_call("vendas-lojas")
        self._asking = self.reading = self.new_call("vendas")
        self._exporting = self.new_call("vendas-todas")
        self._cancelling = self.new_call("cancelar-venda")
        self._exporter = exporter
        self._shops: dict[str, str] = {}
        self._report: SalesReport | None = None
        self._chosen: Sale | None = None
        self._opened: Sale | None = None
        """The sale whose items are shown."""
        self._above: Question | None = None
        """The ranking from which the single sales were opened, to return to."""
        self._build()

    def opened(self) -> None:
        self._ask_choices()
        self._filters.start(_BEGIN, is_own=not self._is_manager)
        self._tab.set(words.BY[RankedBy.SELLER] if self._is_manager else words.ONE_BY_ONE)
        show_if(self._is_manager, self._tabs)
        self.title.configure(text="Vendas" if self._is_manager else "Minhas vendas")
        self._above = None
        self._filters.focus()
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._show(None)
        self._foot.say("Quiet", "")

    def server_answered(self) -> None:
        if self._choices.is_lost:
            self._ask_choices()
        super().server_answered()

    def submit(self) -> None:
        if self._cancellation.is_asking:
            self._cancellation.submit()
        else:
            self.refresh()

    def step_back(self) -> bool:
        if self._cancellation.is_asking:
            self._cancellation.back_out()
        elif self._opened is not None:
            self._show_items(None)
        elif self._above is not None:
            above, self._above = self._above, None
            self._ask(above)
        else:
            return False
        return True

    def refresh(self) -> None:
        try:
            days = self._filters.read_days()
        except FormInvalid as invalid:
            self._show_wrong_days(invalid.errors)
            return
        by = _TABS[self._tab.get()]
        if by is RankedBy.SELLER:
            self._filters.forget_seller()
        filters = self._filters
        question = Question(days, by, filters.shop_id, filters.chain_id, filters.seller_id, is_own=not self._is_manager)
        shown = self._report.question if self._report is not None else None
        if shown is not None and shown.about and shown.without_line == question:
            question = shown
        else:
            self._above = None
        self._ask(question)

    def export(self) -> None:
        report = self._report
        if report is None:
            return
        if self._opened is not None:
            self._save(replace(report, sales=[self._opened]))
        elif report.has_older:
            self._foot.say("Quiet", "Um momento… o arquivo terá todas as vendas, também as que não estão na lista.")
            self._exporting.ask(lambda api: ask_all(api, report), then=self._show_and_save, failed=self._refused)
        else:
            self._save(report)

    def _show_and_save(self, report: SalesReport) -> None:
        self._show(report)
        self._save(report)

    def _save(self, report: SalesReport) -> None:
        if report.question.by is None:
            sheet = words.sales_sheet(report, self._shops, self._shell.zone)
        else:
            sheet = words.ranking_sheet(report, self._lists.order)
        self._exporter.export(words.file_name(report), sheet)

    @property
    def _is_manager(self) -> bool:
        user = self._shell.user
        return user is not None and user.role.includes(Role.MANAGER)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(3, weight=1)
        self._filters = Filters(body, today=self._shell.today, changed=self.refresh, seller_chosen=self._seller_chosen)
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
        self._lists = Lists(
            body,
            theme=theme,
            open_ranked=self._open_ranked,
            picked_ranked=self._offer,
            open_sale=self._open_sale,
            picked_sale=self._picked,
        )
        self._build_buttons()
        self._show(None)

    def _build_tabs(self) -> None:
        tabs = Flow(self.body, gap_px=6)
        self._tabs = tabs.frame
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

    def _build_buttons(self) -> None:
        foot = Frame(self.body)
        foot.columnconfigure(0, weight=1)
        foot.grid(row=5, column=0, sticky="ew", pady=(8, 0))
        buttons = Frame(foot)
        self._foot = Footer(foot, home=lambda: self._lists.shown.tree)
        self._foot.frame.grid(row=0, column=0, sticky="ew")
        buttons.grid(row=0, column=1, sticky="e")
        self._cancellation = SaleCancellation(
            self.body,
            buttons,
            server_call=self._cancelling,
            say=self._foot.say,
            asks=self._make_room,
            backed_out=self._say_note,
            done=self._cancelled,
            home=lambda: self._lists.shown.tree,
        )
        self._cancellation.bar.grid(row=4, column=0, sticky="ew", pady=(8, 0))
        self._others = Frame(buttons)
        self._open = Button(self._others, command=self._open_chosen)
        self._older = Button(self._others, text="Mais antigas", command=self._ask_older)
        export = Button(self._others, text="Exportar…  Ctrl+E", command=self.export)
        self._cancellation.buttons.grid(row=0, column=0)
        self._others.grid(row=0, column=1)
        for column, widget in enumerate((self._open, self._older, export)):
            widget.grid(row=0, column=column, padx=(8, 0))

    def _wrap(self, width: int) -> None:
        for label in (self._summary, self._best):
            label.configure(wraplength=width)

    # --- asking -----------------------------------------------------------------------

    def _ask_choices(self) -> None:
        is_own = not self._is_manager
        # Without the names, all shops together can still be shown.
        self._choices.ask(lambda api: ask_choices(api, is_own=is_own), then=self._offer_choices, failed=lambda _: None)

    def _offer_choices(self, choices: FilterChoices) -> None:
        shops, chains, sellers = choices
        self._shops = {shop.id: shop.name for shop in shops}
        self._filters.offer(shops, chains, sellers)
        if self._report is not None:
            self._show(self._report)

    def _show_wrong_days(self, errors: dict[str, str]) -> None:
        self._filters.show_errors(errors)
        self._foot.say("Bad", next(iter(errors.values()), ""))

    def _seller_chosen(self) -> None:
        """A ranking of one seller is useless: show their sales one by one."""
        if self._tab.get() == words.BY[RankedBy.SELLER]:
            self._tab.set(words.ONE_BY_ONE)
        self.refresh()

    def _ask(self, question: Question) -> None:
        """Set filters and tabs to the question, and ask."""
        self._show_wrong_days({})
        self._filters.write(question)
        self._tab.set(words.BY[question.by] if question.by else words.ONE_BY_ONE)
        self._opened = None
        self._asking.ask(lambda api: ask(api, question), then=self._show, failed=self._refused)

    def _ask_older(self) -> None:
        report = self._report
        if report is not None and report.has_older:
            self._foot.say("Quiet", "Um momento…")
            self._asking.ask(lambda api: ask_older(api, report), then=self._show, failed=self._refused)

    # --- opening a row ----------------------------------------------------------------

    def _open_chosen(self) -> None:
        key = self._lists.shown.selected
        if key and self._lists.shown is not self._lists.items:
            (self._open_ranked if self._lists.is_ranking else self._open_sale)(key)

    def _open_ranked(self, key: str) -> None:
        """Show the sales behind a row of the ranking."""
        report, ranked, question = self._report, self._find_ranked(key), self._find_behind(key)
        if report is None or ranked is None or question is None:
            return
        if question.seller_id is not None:
            self._filters.know_seller(question.seller_id, ranked.name)
        self._above = report.question
        self._ask(question)
        self._lists.sales.tree.focus_set()

    def _find_behind(self, key: str | None) -> Question | None:
        report, ranked = self._report, self._find_ranked(key)
        if report is None or report.question.by is None or ranked is None:
            return None
        by = report.question.by
        return narrow(report.question, by, ranked.id, words.name_of(ranked, by))

    def _find_ranked(self, key: str | None) -> Ranked | None:
        """None too for what was selected in a ranking before this one."""
        return next((ranked for ranked in self._report.ranking if ranked.id == key), None) if self._report else None

    def _open_sale(self, sale_id: str) -> None:
        self._picked(sale_id)
        if self._chosen is not None:
            self._show_items(self._chosen)

    def _show_items(self, sale: Sale | None) -> None:
        self._opened = sale
        self._lists.show_items(sale)
        self._say_note()
        self._offer()
        self._lists.shown.tree.focus_set()

    def _offer(self) -> None:
        """Update the buttons for the selection."""
        shown, is_ranking = self._lists.shown, self._lists.is_ranking
        can_open = self._find_behind(shown.selected) if is_ranking else self._chosen
        self._open.configure(text="Ver as vendas  Enter" if is_ranking else "Ver os itens  Enter")
        show_if(can_open is not None and shown is not self._lists.items, self._open)
        has_older = self._report is not None and self._report.has_older and shown is self._lists.sales
        show_if(has_older, self._older)
        sale = None if is_ranking else self._chosen
        may_cancel = sale is not None and words.may_cancel(sale, self._shell.user, datetime.now(UTC), self._shell.zone)
        self._cancellation.close()
        self._cancellation.offer(sale if may_cancel else None)

    def _make_room(self, is_asked: bool) -> None:  # called by the cancellation
        """Hide filters and tabs while the reason is asked for: with large text there is no room for both."""
        for widget in (self._tabs, self._filters.frame, self._others):
            show_if(not is_asked and (self._is_manager or widget is not self._tabs), widget)

    # --- the response -----------------------------------------------------------------

    def _show(self, report: SalesReport | None) -> None:
        """Show the report, keeping the selection."""
        self._report, self._opened = report, None
        self._summary.configure(text=words.summed_up(report.total, report.question.about) if report else "")
        self._best.configure(text=words.best(report.best_shops, report.best_sellers) if report else "")
        self._lists.show(report, self._shops, self._shell.zone)
        chosen = self._chosen.id if self._chosen else ""
        self._chosen = next((sale for sale in report.sales if sale.id == chosen), None) if report else None
        self._lists.sales.select(self._chosen.id if self._chosen else None)
        self._say_note()
        self._offer()

    def _say_note(self) -> None:
        note = words.cut(self._report) if self._report else ""
        if self._chosen is not None:
            note = words.described(self._chosen, self._shops, self._shell.zone)
        self._foot.say("Quiet", note)

    def _refused(self, error: ApiError) -> None:
        """Remove an older report: it is not what was asked for now."""
        self._show(None)
        self._foot.say("Bad", f"{error.message} F5 tenta de novo.")

    def _picked(self, sale_id: str) -> None:
        sales = self._report.sales if self._report else []
        self._chosen = next((sale for sale in sales if sale.id == sale_id), None)
        self._say_note()
        self._offer()

    def _cancelled(self, sale: Sale) -> None:
        report = self._report
        self._asking.ask(
            lambda api: ask(api, report.question) if report else None,
            then=partial(self._show_after, sale),
            failed=self._refused,
        )

    def _show_after(self, sale: Sale, report: SalesReport | None) -> None:
        self._show(report)
        self._foot.say("Good", f"Venda {sale.seq} cancelada.")
        self._lists.shown.tree.focus_set()
