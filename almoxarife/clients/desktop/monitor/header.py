"""The header of the monitor: today's totals and a chart of the last 24 hours."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from tkinter import font as tkfont
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.kit.flow import Flow
from almoxarife.clients.desktop.kit.theme import TITLE_FONT, Theme
from almoxarife.clients.desktop.kit.widgets import Label
from almoxarife.clients.desktop.monitor.day_figures import Day, ask_day
from almoxarife.clients.desktop.monitor.sparkline import Sparkline

_GAP_PX = 16


class Header:
    def __init__(self, parent: Any, theme: Theme) -> None:
        self._gap = theme.px(_GAP_PX)
        self._flow = Flow(parent, gap_px=self._gap)
        self.frame = self._flow.frame
        self._day: Day | None = None
        self._counters = Label(self.frame, text="Hoje", style="Title.TLabel")
        self._hours = Sparkline(self.frame, theme, pointed=self._write)
        self._flow.add(self._counters, is_elastic=True)
        self._flow.add(self._hours.frame)
        self.frame.bind("<Configure>", lambda _: self._fit_counters(), add="+")

    def ask(
        self,
        background: Background,
        api: ApiClient,
        shop_id: str | None,
        failed: Callable[[ApiError], None],
        *,
        zone: tzinfo,
    ) -> None:
        now = datetime.now(UTC)
        background.run(lambda: ask_day(api, shop_id, now, zone), then=self._show, failed=failed, key="resumo")

    def _show(self, day: Day) -> None:
        self._day = day
        self._hours.show(day.hours)
        self._write(None)

    def _write(self, place: int | None) -> None:
        """Show the day's totals, or the hour at this ``place`` of the chart."""
        if self._day is not None:
            text = self._day.sentence if place is None else self._day.describe_hour(place)
            self._counters.configure(text=text)
            self._fit_counters()

    def _fit_counters(self) -> None:
        """Use a smaller font if the text would push the chart to the next line."""
        wanted = tkfont.nametofont(TITLE_FONT, root=self.frame).measure(self._counters.cget("text"))
        beside = self._hours.frame.winfo_reqwidth() + 2 * self._gap
        fits = wanted + beside <= self.frame.winfo_width()
        self._counters.configure(style="Title.TLabel" if fits else "Strong.TLabel")
        self._flow.refresh()
