"""A scrollable frame, for contents that may be higher than the window."""

import tkinter as tk
from tkinter import ttk
from typing import Any, Literal

from almoxarife.clients.desktop.kit.widgets import Frame, Scrollbar, show_while_needed

_What = Literal["units", "pages"]
_KEYS: dict[str, tuple[int, _What]] = {
    "Up": (-1, "units"),
    "Down": (1, "units"),
    "Prior": (-1, "pages"),
    "Next": (1, "pages"),
}
_WHEEL = {"Button-4": -3, "Button-5": 3}
_STEP_PX = 24


class ScrolledFrame:
    """Put the contents into ``inside``. The scroll bar is shown only if they do not fit."""

    def __init__(self, parent: Any, *, style: str, padding: int) -> None:
        self.frame = Frame(parent)
        self._canvas = tk.Canvas(
            self.frame, highlightthickness=0, borderwidth=0, takefocus=0, width=1, height=1, yscrollincrement=_STEP_PX
        )
        bar = Scrollbar(self.frame, orient="vertical", bootstyle="secondary", command=self._canvas.yview)
        self.inside = Frame(self._canvas, style=style, padding=padding)
        self._canvas.create_window(0, 0, window=self.inside, anchor="nw")
        self._canvas.configure(yscrollcommand=show_while_needed(bar, row=0, column=1))
        self._canvas.grid(row=0, column=0, sticky="nsew")
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        self.inside.bind("<Configure>", lambda _: self._fit())
        self._canvas.bind("<<ThemeChanged>>", lambda _: self._restyle())
        self.listen(self._canvas)
        self._restyle()

    def listen(self, *widgets: Any) -> None:
        """Scroll by the mouse wheel over these widgets, and by keys while one has the focus."""
        for widget in widgets:
            for key, (number, what) in _KEYS.items():
                widget.bind(f"<{key}>", lambda _, number=number, what=what: self._scroll(number, what), add="+")
            for button, number in _WHEEL.items():
                widget.bind(f"<{button}>", lambda _, number=number: self._scroll(number, "units"), add="+")
            widget.bind("<MouseWheel>", lambda event: self._scroll(-3 if event.delta > 0 else 3, "units"), add="+")

    def to_top(self) -> None:
        self._canvas.yview_moveto(0)

    def _scroll(self, number: int, what: _What) -> None:
        if self._canvas.yview() != (0.0, 1.0):
            self._canvas.yview_scroll(number, what)

    def _fit(self) -> None:
        self._canvas.configure(
            scrollregion=(0, 0, self.inside.winfo_reqwidth(), self.inside.winfo_reqheight()),
            width=self.inside.winfo_reqwidth(),
            height=self.inside.winfo_reqheight(),
        )

    def _restyle(self) -> None:
        self._canvas.configure(background=ttk.Style(self._canvas).lookup("TFrame", "background"))
