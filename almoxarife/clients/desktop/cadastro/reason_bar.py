"""Asks why the selected row is to be reversed or cancelled, and sends that with the reason."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall, describe_failed_change
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, on_enter, show_if
from almoxarife.wire.sales import CancellationIn, Sale
from almoxarife.wire.stock import Movement, ReversalIn

Row = TypeVar("Row", bound=Movement | Sale)
Reason = TypeVar("Reason", bound=ReversalIn | CancellationIn)


class Labels(NamedTuple):
    reason: str
    begin: str
    submit: str
    back_out: str


class ReasonBar(ABC, Generic[Row, Reason]):
    """``bar`` asks for the reason, ``buttons`` starts and confirms; the page places both.

    ``asks`` is called with True when the bar opens and False when it closes, ``backed_out`` when the person decides
    not to, ``done`` with the result. ``home`` returns the widget that gets the focus when the bar closes.
    """

    labels: Labels
    model: type[Reason]

    def __init__(
        self,
        body: Any,
        buttons: Any,
        *,
        server_call: ServerCall,
        say: Callable[[str, str], None],
        done: Callable[[Row], None],
        backed_out: Callable[[], None],
        home: Callable[[], Any],
        asks: Callable[[bool], None] = lambda _: None,
    ) -> None:
        self._server_call = server_call
        self._say = say
        self._asks = asks
        self._backed_out = backed_out
        self._done = done
        self._home = home
        self._row: Row | None = None
        self._sent: tuple[str, str, str] | None = None
        """(row id, reason, key) of the last request, which may have arrived without a response."""
        self.bar = Frame(body)
        self.bar.columnconfigure(0, weight=1)
        self._reason = Field(self.bar, self.labels.reason)
        self._reason.frame.grid(row=0, column=0, sticky="ew")
        on_enter(self._reason.entry, self.submit)
        self.buttons = Frame(buttons)
        self._no = Button(self.buttons, text=self.labels.back_out, command=self.back_out)
        self._begin_or_end = Button(self.buttons)
        self._no.grid(row=0, column=0)
        self._begin_or_end.grid(row=0, column=1, padx=(8, 0))

    @abstractmethod
    def question(self, row: Row) -> str: ...

    @abstractmethod
    def send(self, api: ApiClient, row: Row, reason: Reason, key: str) -> Row:
        """Make the change, with this idempotency key; for a worker thread. Raises ApiError."""

    def describe_error(self, error: ApiError) -> str:
        return describe_failed_change(error)

    @property
    def is_asking(self) -> bool:
        return bool(self.bar.winfo_manager())

    def offer(self, row: Row | None) -> None:
        """Set the row that may be changed; None if there is none. A reason that is being typed for it stays."""
        is_same = row is not None and self._row is not None and row.id == self._row.id
        self._row = row
        if not (is_same and self.is_asking):
            self.close()

    def close(self) -> None:
        leaving = [self._reason.entry, self._no]
        if self.is_asking or self._row is None:
            leaving.append(self._begin_or_end)
        had_focus = self.buttons.focus_lastfor() in leaving
        self._reason.text = ""
        self._reason.show_error(None)
        self.bar.grid_remove()
        self._asks(False)
        self._no.grid_remove()
        self._begin_or_end.configure(text=self.labels.begin, command=self._begin, style="TButton")
        show_if(self._row is not None, self.buttons)
        if had_focus:
            self._home().focus_set()

    def back_out(self) -> None:
        """Close on the person's decision: the question goes, too."""
        self.close()
        self._backed_out()

    def submit(self) -> None:
        row = self._row
        if row is None:
            return
        try:
            reason = checked(self.model, {"motivo": self._reason.text})
        except FormInvalid as invalid:
            self._reason.show_error(invalid.errors.get("motivo"))
            self._reason.focus(select=True)
            return
        if self._sent is None or self._sent[:2] != (row.id, reason.reason):
            self._sent = row.id, reason.reason, str(uuid.uuid4())
        key = self._sent[2]
        self._say("Quiet", "Um momento…")
        self._server_call.ask(
            lambda api: self.send(api, row, reason, key), then=self._changed, failed=self._not_changed
        )

    def _begin(self) -> None:
        if self._row is None:
            return
        self._asks(True)
        self.bar.grid()
        self._no.grid()
        self._begin_or_end.configure(text=self.labels.submit, command=self.submit, style="Main.TButton")
        self._say("Warn", self.question(self._row))
        self._reason.focus()

    def _changed(self, result: Row) -> None:
        self._sent = None
        self.close()
        self._done(result)

    def _not_changed(self, error: ApiError) -> None:
        self._say("Bad", self.describe_error(error))
