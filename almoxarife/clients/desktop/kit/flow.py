"""A layout that places widgets side by side and wraps to the next line where the window is too narrow."""

from typing import Any

from almoxarife.clients.desktop.kit.widgets import Frame


class Flow:
    """Create the widgets as children of ``frame`` and add them in reading order."""

    def __init__(self, parent: Any, *, gap_px: int) -> None:
        self.frame = Frame(parent)
        self._gap = gap_px
        self._widgets: list[Any] = []
        self._elastic: list[Any] = []
        self._hidden: list[Any] = []
        self._is_due = False
        self.frame.bind("<Configure>", lambda _: self._later())

    def add(self, widget: Any, *, is_elastic: bool = False) -> None:
        """The last elastic widget of a line is stretched to fill it."""
        self._widgets.append(widget)
        if is_elastic:
            self._elastic.append(widget)
        widget.bind("<Configure>", lambda _: self._later(), add="+")
        self._later()

    def show(self, widget: Any, *, is_shown: bool) -> None:
        if is_shown == (widget in self._hidden):
            self._hidden.remove(widget) if is_shown else self._hidden.append(widget)
            self._later()

    def refresh(self) -> None:
        """Call it after a widget's text has changed: ``place`` fixes its size, so there is no <Configure> event."""
        self._later()

    def _later(self) -> None:
        """Schedule one layout for all changes of this event."""
        if not self._is_due:
            self._is_due = True
            self.frame.after_idle(self._place)

    def _place(self) -> None:
        self._is_due = False
        width = self.frame.winfo_width()
        top = 0
        for line in self._lines(width):
            height = max(widget.winfo_reqheight() for widget in line)
            self._place_line(line, width, top, height)
            top += height + self._gap
        for widget in self._hidden:
            widget.place_forget()
        self.frame.configure(height=max(1, top - self._gap))

    def _lines(self, width: int) -> list[list[Any]]:
        lines: list[list[Any]] = []
        used = 0
        for widget in self._widgets:
            if widget in self._hidden:
                continue
            wanted = widget.winfo_reqwidth()
            if lines and used + self._gap + wanted <= width:
                lines[-1].append(widget)
                used += self._gap + wanted
            else:
                lines.append([widget])
                used = wanted
        return lines

    def _place_line(self, line: list[Any], width: int, top: int, height: int) -> None:
        spare = width - sum(widget.winfo_reqwidth() for widget in line) - self._gap * (len(line) - 1)
        taker = next((widget for widget in reversed(line) if widget in self._elastic), None)
        left = 0
        for widget in line:
            own = min(width, widget.winfo_reqwidth() + (max(0, spare) if widget is taker else 0))
            widget.place(x=left, y=top + (height - widget.winfo_reqheight()) // 2, width=own)
            left += own + self._gap
