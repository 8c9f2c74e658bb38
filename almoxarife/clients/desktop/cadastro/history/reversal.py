"""Reversing the selected movement, with a reason."""

import uuid
from collections.abc import Callable
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.history.balance import describe_reversal
from almoxarife.clients.desktop.cadastro.server_call import ServerCall, describe_failed_change
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, on_enter
from almoxarife.wire.stock import Movement, ReversalIn


class Reversal:
    """``bar`` asks for the reason, ``buttons`` starts and confirms; the page places both.

    ``backed_out`` is called when a person decides not to, ``done`` with the movement that reverses the selected one.
    ``home`` returns the widget that gets the focus when the bar closes.
    """

    def __init__(
        self,
        body: Any,
        buttons: Any,
        *,
        server_call: ServerCall,
        say: Callable[[str, str], None],
        backed_out: Callable[[], None],
        done: Callable[[Movement], None],
        home: Callable[[], Any],
    ) -> None:
        self._server_call = server_call
        self._say = say
        self._backed_out = backed_out
        self._done = done
        self._home = home
        self._movement: Movement | None = None
        self._unit = ""
        self._sent: tuple[str, str, str] | None = None
        """(movement id, reason, key) of the last request, which may have arrived without a response."""
        self.bar = Frame(body)
        self.bar.columnconfigure(0, weight=1)
        self._reason = Field(self.bar, "Motivo do estorno")
        self._reason.frame.grid(row=0, column=0, sticky="ew")
        on_enter(self._reason.entry, self.submit)
        self.buttons = Frame(buttons)
        self._back_out = Button(self.buttons, text="Não estornar", command=self._back)
        self._begin_or_end = Button(self.buttons)
        self._back_out.grid(row=0, column=0)
        self._begin_or_end.grid(row=0, column=1, padx=(8, 0))
        self.bar.grid_remove()

    @property
    def is_asking(self) -> bool:
        return bool(self.bar.winfo_manager())

    def offer(self, movement: Movement | None, unit: str = "") -> None:
        """Set the movement that may be reversed; None if there is none. A reason that is being typed stays."""
        is_same = movement is not None and self._movement is not None and movement.id == self._movement.id
        self._movement, self._unit = movement, unit
        if not (is_same and self.is_asking):
            self.close()

    def close(self) -> None:
        had_focus = self.buttons.focus_lastfor() in (self._reason.entry, self._back_out, self._begin_or_end)
        self._reason.text = ""
        self._reason.show_error(None)
        self.bar.grid_remove()
        self._back_out.grid_remove()
        self._begin_or_end.configure(text="Estornar…", command=self._begin, style="TButton")
        self.buttons.grid() if self._movement is not None else self.buttons.grid_remove()
        if had_focus:
            self._home().focus_set()

    def _back(self) -> None:
        self.close()
        self._backed_out()

    def submit(self) -> None:
        movement = self._movement
        if movement is None:
            return
        try:
            wanted = checked(ReversalIn, {"motivo": self._reason.text})
        except FormInvalid as invalid:
            self._reason.show_error(invalid.errors.get("motivo"))
            self._reason.focus(select=True)
            return
        if self._sent is None or self._sent[:2] != (movement.id, wanted.reason):
            self._sent = movement.id, wanted.reason, str(uuid.uuid4())
        key = self._sent[2]
        self._say("Quiet", "Um momento…")
        self._server_call.ask(
            lambda api: api.reverse(movement.id, wanted, key=key), then=self._reversed, failed=self._not_reversed
        )

    def _begin(self) -> None:
        if self._movement is None:
            return
        self.bar.grid()
        self._back_out.grid()
        self._begin_or_end.configure(text="Estornar  Ctrl+Enter", command=self.submit, style="Main.TButton")
        self._say("Warn", describe_reversal(self._movement, self._unit))
        self._reason.focus()

    def _reversed(self, movement: Movement) -> None:
        self._sent = None
        self.close()
        self._done(movement)

    def _not_reversed(self, error: ApiError) -> None:
        self._say("Bad", describe_failed_change(error))
