"""The panel of the last sale: its state, its receipt, and its cancellation with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from almoxarife.brazil import format_recent
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, on_enter, say, show_if
from almoxarife.clients.queue.outgoing import QueuedRow, State
from almoxarife.wire.codes.scanned import NO_REASON, looks_scanned

_GAP_PX = 8


@dataclass(frozen=True)
class ClosedSale:
    """``row`` is the sale, ``cancellation`` the row that cancels it; ``refused``: how many rows of this person the
    server rejected; ``is_held``: the last attempt to send got no response.
    """

    row: QueuedRow | None = None
    cancellation: QueuedRow | None = None
    is_held: bool = False
    refused: int = 0


class LastSale:
    """``question`` is a frame inside ``asks_in``, which the page places.

    ``cancel`` is called with the row and the reason, ``receipt`` to save one; ``done`` when the question closes.
    """

    def __init__(
        self,
        parent: Any,
        *,
        asks_in: Any,
        px: Callable[[float], int],
        zone: Callable[[], tzinfo],
        cancel: Callable[[QueuedRow, str], None],
        receipt: Callable[[ClosedSale], None],
        done: Callable[[], None],
    ) -> None:
        self._px = px
        self._zone = zone
        self._cancel = cancel
        self._receipt = receipt
        self._done = done
        self._closed = ClosedSale()
        self._asked_for: str | None = None
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._build(asks_in)

    def show(self, closed: ClosedSale) -> None:
        if self._asked_for is not None and (closed.row is None or closed.row.key != self._asked_for):
            self.stop_asking()
        self._closed = closed
        row = closed.row
        say(self._title, "Quiet", "" if row is None else headline(row, self._zone()))
        self._amount.configure(text="" if row is None else row.label)
        say(self._state, *describe(closed))
        others = closed.refused - (row is not None and row.state is State.REJECTED)
        say(self._refused, "Bad", _refusals(others))
        show_if(others, self._refused)
        self._offer()

    def ask(self) -> None:
        """Ask for the reason of the cancellation. Does nothing if the sale cannot be cancelled now."""
        row = self._closed.row
        if row is None or not can_be_cancelled(self._closed):
            return
        self._asked_for = row.key
        self._reason.text = ""
        self._reason.show_error(None)
        self._reason.label.configure(text=f"Por que cancelar a venda de {row.label.removeprefix('Venda ')}?")
        self._offer()
        self._reason.focus()

    def stop_asking(self) -> None:
        was_here = self.is_asking
        self._asked_for = None
        self._offer()
        if was_here:
            self._done()

    @property
    def is_asking(self) -> bool:
        return self._asked_for is not None

    def save_receipt(self) -> None:
        if self._closed.row is not None:
            self._receipt(self._closed)

    # --- building ---------------------------------------------------------------------

    def _build(self, asks_in: Any) -> None:
        self._title = Label(self.frame, style="Quiet.TLabel")
        self._amount = Label(self.frame, style="Strong.TLabel")
        self._state = Label(self.frame, justify="left")
        self._refused = Label(self.frame, justify="left")
        self._buttons = Frame(self.frame)
        self._begin = Button(self._buttons, text="Cancelar…  Ctrl+K", command=self.ask)
        self._paper = Button(self._buttons, text="Recibo  Ctrl+E", command=self.save_receipt)
        self._begin.grid(row=0, column=0)
        self._paper.grid(row=0, column=1, padx=(_GAP_PX, 0))
        self.question = Frame(asks_in)
        self.question.columnconfigure(0, weight=1)
        self._reason = Field(self.question, "")
        self._yes = Button(self.question, text="Cancelar a venda", style="Main.TButton", command=self._confirm)
        self._no = Button(self.question, text="Não", command=self.stop_asking)
        self._reason.frame.grid(row=0, column=0, sticky="ew")
        self._yes.grid(row=0, column=1, padx=(_GAP_PX, 0))
        self._no.grid(row=0, column=2, padx=(_GAP_PX, 0))
        on_enter(self._reason.entry, self._confirm)
        widgets = (self._title, self._amount, self._state, self._refused, self._buttons)
        for row, widget in enumerate(widgets):
            widget.grid(row=row, column=0, sticky="ew", pady=(_GAP_PX if row >= 4 else 0, 0))
        self.frame.bind("<Configure>", lambda event: self._wrap(event.width))
        self.show(ClosedSale())

    def _offer(self) -> None:
        show_if(self.is_asking, self.question)
        show_if(self._closed.row is not None and not self.is_asking, self._buttons)
        self._begin.state(["!disabled" if can_be_cancelled(self._closed) else "disabled"])

    def _confirm(self) -> None:
        row, reason = self._closed.row, self._reason.text.strip()
        if not reason or looks_scanned(reason):
            self._reason.show_error(NO_REASON if reason else "Informe o motivo.")
            self._reason.focus(select=True)
        elif row is not None:
            self.stop_asking()
            self._cancel(row, reason)

    def _wrap(self, width: int) -> None:
        for label in (self._state, self._refused):
            label.configure(wraplength=max(self._px(160), width))


def headline(row: QueuedRow, zone: tzinfo) -> str:
    """ "Última venda · 14:02"; of another day "Última venda · 29/11 14:02"."""
    return f"Última venda · {format_recent(row.confirmed_at, zone)}"


def can_be_cancelled(closed: ClosedSale) -> bool:
    """Not while a sale is sent without response: it can be neither withdrawn nor cancelled yet."""
    row = closed.row
    return row is not None and row.state in {State.PENDING, State.ACKED} and not row.is_undone


def describe(closed: ClosedSale) -> tuple[str, str]:
    """(kind of label, sentence). Says "registrada" only after the server has confirmed it."""
    row, cancellation = closed.row, closed.cancellation
    if row is None:
        return "Quiet", ""
    if cancellation is not None:
        if cancellation.state is State.ACKED:
            return "Good", "cancelada no servidor"
        return "Warn", "cancelamento gravado neste computador, espera o servidor"
    match row.state:
        case State.ACKED:
            return "Good", "registrada no servidor"
        case State.REJECTED:
            return "Bad", f"recusada: {row.reason}"
        case State.SENT if closed.is_held:
            return "Warn", "gravada neste computador, espera a resposta do servidor"
        case State.PENDING if closed.is_held:
            return "Warn", "gravada neste computador, espera o servidor"
        case _:
            return "Quiet", "⇡ gravada neste computador, enviando…"


def _refusals(count: int) -> str:
    if not count:
        return ""
    return f"{count} {'envio recusado' if count == 1 else 'envios recusados'}: veja o motivo na fila (F9)."
