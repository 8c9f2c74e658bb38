"""A chart of 24 bars: the number of entries in each of the last hours."""

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.widgets import Frame, Label

_BAR_PX, _GAP_PX, _HEIGHT_PX = 5, 2, 30


@dataclass(frozen=True)
class Bar:
    left: int
    top: int
    right: int
    bottom: int


def bars(counts: Sequence[int], *, bar_px: int, gap_px: int, height_px: int) -> list[Bar]:
    """The highest count has the full height; an hour without entries gets one pixel."""
    highest = max(counts, default=0) or 1
    return [
        Bar(
            left=place * (bar_px + gap_px),
            top=min(height_px - 1, height_px - round(count * height_px / highest)),
            right=place * (bar_px + gap_px) + bar_px,
            bottom=height_px,
        )
        for place, count in enumerate(counts)
    ]


class Sparkline:
    """``pointed`` is called with the index of the bar under the mouse, and None when the mouse leaves."""

    def __init__(self, parent: Any, theme: Theme, *, pointed: Callable[[int | None], None]) -> None:
        self._theme = theme
        self._tell_pointed = pointed
        self._counts: Sequence[int] = [0] * 24
        self.frame = Frame(parent)
        self._canvas = tk.Canvas(self.frame, highlightthickness=0, borderwidth=0, takefocus=0)
        Label(self.frame, text="24 h", style="Quiet.TLabel").pack(side="left", padx=(0, 8))
        self._canvas.pack(side="left")
        self._canvas.bind("<Motion>", self._pointed)
        self._canvas.bind("<Leave>", lambda _: pointed(None))
        theme.on_change(self._draw)
        self._draw()

    def show(self, counts: Sequence[int]) -> None:
        self._counts = counts
        self._draw()

    def _draw(self) -> None:
        px, tokens, canvas = self._theme.px, self._theme.tokens, self._canvas
        drawn = bars(self._counts, bar_px=px(_BAR_PX), gap_px=px(_GAP_PX), height_px=px(_HEIGHT_PX))
        canvas.configure(width=drawn[-1].right, height=px(_HEIGHT_PX), background=tokens.panel)
        canvas.delete("all")
        for place, bar in enumerate(drawn):
            colour = tokens.link if place == len(drawn) - 1 else tokens.muted
            canvas.create_rectangle(bar.left, bar.top, bar.right, bar.bottom, fill=colour, width=0)

    def _pointed(self, event: Any) -> None:
        step = self._theme.px(_BAR_PX) + self._theme.px(_GAP_PX)
        self._tell_pointed(min(len(self._counts) - 1, max(0, event.x // step)))
