"""The lines below the form: rejected, waiting and just accepted rows, with *Desfazer* or *Descartar*."""

import time
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any

from almoxarife.brazil import format_recent
from almoxarife.clients.desktop.cadastro.sending.sender import Newest
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, say, show_if
from almoxarife.clients.queue.outgoing import Kind, QueuedRow, State

UNDO_S = 10.0
_MAX_ACKED = 5
MAX_RECENT = 20
_GAP_PX = 4


class Recent:
    """Shows rejected rows first, then the newest. ``undo`` and ``discard`` are called with the row."""

    def __init__(
        self,
        parent: Any,
        *,
        undo: Callable[[QueuedRow], None],
        discard: Callable[[QueuedRow], None],
        wrap_px: Callable[[], int],
        zone: Callable[[], tzinfo | None],
    ) -> None:
        self._undo = undo
        self._discard = discard
        self._wrap_px = wrap_px
        self._zone = zone
        self._undo_until: dict[str, float] = {}
        self._rows: list[QueuedRow] = []
        self._is_held = False
        self._left_out = 0
        self._lines: dict[str, tuple[Any, Any]] = {}
        self._timer: str | None = None
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._more = Label(self.frame, style="Quiet.TLabel")
        parent.bind("<Configure>", lambda _: self._fit(), add="+")
        self.frame.bind("<Configure>", lambda _: self._fit())

    def show(self, newest: Newest) -> None:
        ordered = in_order(newest.rows)
        self._rows, self._left_out = ordered[:MAX_RECENT], newest.more + len(ordered[MAX_RECENT:])
        self._is_held = newest.is_held
        known = self._undo_until
        self._undo_until = {row.key: known.get(row.key, time.monotonic() + UNDO_S) for row in newest.rows}
        self._draw()

    def newest_undoable(self) -> QueuedRow | None:
        return next((row for row in self._rows if self._can_undo(row)), None)

    def _can_undo(self, row: QueuedRow) -> bool:
        return can_be_undone(row) and time.monotonic() < self._undo_until[row.key]

    def _draw(self) -> None:
        """Update the existing widgets, so that a focused button keeps the focus while it counts down."""
        kept = {row.key for row in self._rows}
        focused = self.frame.focus_lastfor()
        gone = [self._lines.pop(key) for key in list(self._lines) if key not in kept]
        for row in self._rows:
            self._draw_item(row)
        self._fit()
        if any(button is focused for _, button in gone):
            self._focus_first_button()
        for label, button in gone:
            label.destroy()
            button.destroy()
        if self._timer is not None:
            self.frame.after_cancel(self._timer)
            self._timer = None
        if self.newest_undoable() is not None:
            self._timer = self.frame.after(1000, self._draw)

    def _focus_first_button(self) -> None:
        """Focus the next button, for people who discard by keyboard."""
        shown = [self._lines[row.key][1] for row in self._rows]
        button = next((button for button in shown if button.winfo_manager()), None)
        (button or self.frame.tk_focusNext()).focus_set()

    def _fit(self) -> None:
        """Hide the rows for which there is no room, and show their number."""
        room = self.frame.master.winfo_height() - self.frame.winfo_y() - self._more.winfo_reqheight()
        used, hidden = 0, self._left_out
        for place, row in enumerate(self._rows):
            label, button = self._lines[row.key]
            used += max(label.winfo_reqheight(), button.winfo_reqheight()) + _GAP_PX
            if place and used > room:
                hidden += 1
                label.grid_remove()
                button.grid_remove()
            else:
                self._place(place, row)
        self._more.configure(text=f"… e mais {hidden}")
        show_if(hidden, self._more, row=len(self._rows), column=0, sticky="w")

    def _draw_item(self, row: QueuedRow) -> None:
        if row.key not in self._lines:
            label = Label(self.frame, justify="left")
            self._lines[row.key] = (label, Button(self.frame, style="Flat.TButton"))
        label, button = self._lines[row.key]
        kind, text = describe(row, is_held=self._is_held, zone=self._zone())
        say(label, kind, text)
        label.configure(wraplength=self._wrap_px())
        if self._can_undo(row):
            left_s = max(1, round(self._undo_until[row.key] - time.monotonic()))
            button.configure(text=f"Desfazer ({left_s} s)", command=lambda: self._undo(row))
        elif row.state is State.PENDING:
            button.configure(text="Descartar", command=lambda: self._undo(row))
        elif row.state is State.REJECTED:
            button.configure(text="Descartar", command=lambda: self._discard(row))

    def _place(self, place: int, row: QueuedRow) -> None:
        label, button = self._lines[row.key]
        button.lift()  # Tab follows the stacking order
        label.grid(row=place, column=0, sticky="w", pady=_GAP_PX // 2)
        show_if(
            row.state in {State.REJECTED, State.PENDING} or self._can_undo(row), button, row=place, column=1, sticky="e"
        )


def in_order(rows: Iterable[QueuedRow]) -> list[QueuedRow]:
    """All rejected rows, then all waiting ones and the last few accepted ones, newest first."""
    newest = sorted(rows, key=lambda row: row.number, reverse=True)
    refused = [row for row in newest if row.state is State.REJECTED]
    acked = [row for row in newest if row.state is State.ACKED][:_MAX_ACKED]
    return [*refused, *(row for row in newest if row.is_waiting or row in acked)]


def can_be_undone(row: QueuedRow) -> bool:
    """Not while a row is sent without response: it can be neither withdrawn nor reversed yet."""
    return row.kind is Kind.MOVEMENT and row.state in {State.ACKED, State.PENDING} and not row.is_undone


def describe(row: QueuedRow, *, is_held: bool, zone: tzinfo | None = None) -> tuple[str, str]:
    """(kind of label, sentence): "+12 Café torrado 500 g · 14:02". ``is_held``: the last try got no response."""
    at = format_recent(row.confirmed_at, zone)
    if row.state is State.ACKED:
        return "Good", f"{row.label} · {at}{' · desfeito' if row.is_undone else ''}"
    if row.state is State.REJECTED:
        return "Bad", f"{row.label} · o servidor recusou: {row.reason}"
    return ("Warn", f"{row.label} · espera o servidor") if is_held else ("Quiet", f"⇡ {row.label} · enviando…")
