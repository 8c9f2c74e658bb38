"""The last few registrations of this window: sent, waiting or refused, each with what can be done."""

import time
from collections.abc import Callable
from typing import Any

from almoxarife.brazil import format_time
from almoxarife.clients.desktop.cadastro.sending import Item, Reversal, Stage
from almoxarife.clients.desktop.widgets import Button, Frame, Label, say

UNDO_S = 10.0
_LONGEST = 5
_GAP_PX = 4


class Recent:
    """Refused ones, then the newest first. ``undo`` and ``discard`` hear the item."""

    def __init__(
        self,
        parent: Any,
        *,
        undo: Callable[[Item], None],
        discard: Callable[[Item], None],
        wrap_px: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._undo = undo
        self._discard = discard
        self._wrap_px = wrap_px
        self._clock = clock
        self._undo_until: dict[str, float] = {}
        self._items: list[Item] = []
        self._lines: dict[str, tuple[Any, Any]] = {}
        self._timer: str | None = None
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._more = Label(self.frame, style="Quiet.TLabel")
        parent.bind("<Configure>", lambda _: self._fit(), add="+")
        self.frame.bind("<Configure>", lambda _: self._fit())

    def show(self, items: list[Item]) -> None:
        """Refused ones stay until somebody discards them; of the others, the newest few."""
        refused = [item for item in items if item.stage is Stage.REJECTED]
        others = [item for item in items if item.stage is not Stage.REJECTED]
        kept = [*refused, *others[-_LONGEST:]]
        kept.sort(key=lambda item: item.confirmed_at, reverse=True)
        self._items = sorted(kept, key=lambda item: item.stage is not Stage.REJECTED)
        known = self._undo_until
        self._undo_until = {i.key: known.get(i.key, self._clock() + UNDO_S) for i in items}
        self._draw()

    def newest_undoable(self) -> Item | None:
        return next((item for item in self._items if self._can_undo(item)), None)

    def _can_undo(self, item: Item) -> bool:
        if item.is_undone or isinstance(item.request, Reversal) or self._clock() >= self._undo_until[item.key]:
            return False
        return item.stage is Stage.SENT or (item.stage is Stage.PENDING and not item.reason)

    def _draw(self) -> None:
        """In place: a button that has the focus keeps it while its seconds count down."""
        kept = {item.key for item in self._items}
        for key in [key for key in self._lines if key not in kept]:
            label, button = self._lines.pop(key)
            label.destroy()
            button.destroy()
        for item in self._items:
            self._draw_item(item)
        self._fit()
        if self._timer is not None:
            self.frame.after_cancel(self._timer)
            self._timer = None
        if self.newest_undoable() is not None:
            self._timer = self.frame.after(1000, self._draw)

    def _fit(self) -> None:
        """What the window has no room for is counted instead of cut through."""
        room = self.frame.master.winfo_height() - self.frame.winfo_y() - self._more.winfo_reqheight()
        used = hidden = 0
        for row, item in enumerate(self._items):
            label, button = self._lines[item.key]
            used += max(label.winfo_reqheight(), button.winfo_reqheight()) + _GAP_PX
            if row and used > room:
                hidden += 1
                label.grid_remove()
                button.grid_remove()
            else:
                self._place(row, item)
        self._more.configure(text=f"… e mais {hidden}")
        if hidden:
            self._more.grid(row=len(self._items), column=0, sticky="w")
        else:
            self._more.grid_remove()

    def _draw_item(self, item: Item) -> None:
        if item.key not in self._lines:
            label = Label(self.frame, justify="left")
            self._lines[item.key] = (label, Button(self.frame, style="Flat.TButton"))
        label, button = self._lines[item.key]
        kind, text = describe(item)
        say(label, kind, text)
        label.configure(wraplength=self._wrap_px())
        if item.stage is Stage.REJECTED:
            button.configure(text="Descartar", command=lambda: self._discard(item))
        elif self._can_undo(item):
            left_s = max(1, round(self._undo_until[item.key] - self._clock()))
            button.configure(text=f"Desfazer ({left_s} s)", command=lambda: self._undo(item))

    def _place(self, row: int, item: Item) -> None:
        label, button = self._lines[item.key]
        label.grid(row=row, column=0, sticky="w", pady=_GAP_PX // 2)
        if item.stage is Stage.REJECTED or self._can_undo(item):
            button.grid(row=row, column=1, sticky="e")
        else:
            button.grid_remove()


def describe(item: Item) -> tuple[str, str]:
    """(kind of label, sentence): "+12 Café torrado 500 g · 14:02"."""
    at = format_time(item.confirmed_at)[:5]
    match item.stage:
        case Stage.SENT:
            return "Good", f"{item.label} · {at}{' · desfeito' if item.is_undone else ''}"
        case Stage.REJECTED:
            return "Bad", f"{item.label} · não registrado: {item.reason}"
        case Stage.SENDING:
            return "Quiet", f"⇡ {item.label} · enviando…"
        case Stage.PENDING:
            return "Warn", f"{item.label} · espera o servidor"
