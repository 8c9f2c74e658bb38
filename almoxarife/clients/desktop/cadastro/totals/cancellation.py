"""Cancelling the selected sale, with a reason."""

import uuid
from collections.abc import Callable
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, on_enter
from almoxarife.wire.sales import CancellationIn, Sale

_SURE = "Se a venda já estiver cancelada, a lista mostra."


class SaleCancellation:
    """``bar`` asks for the reason, ``buttons`` starts and confirms; the page places both.

    ``asks`` is called with True when the bar opens and False when it closes, ``done`` with the cancelled sale.
    ``home`` returns the widget that gets the focus when the bar closes.
    """

    def __init__(
        self,
        body: Any,
        buttons: Any,
        *,
        server_call: ServerCall,
        foot: Footer,
        asks: Callable[[bool], None],
        done: Callable[[Sale], None],
        home: Callable[[], Any],
    ) -> None:
        self._server_call = server_call
        self._foot = foot
        self._asks = asks
        self._done = done
        self._home = home
        self._sale: Sale | None = None
        self._sent: tuple[str, str, str] | None = None
        """(sale id, reason, key) of the last request, which may have arrived without a response."""
        self.bar = Frame(body)
        self.bar.columnconfigure(0, weight=1)
        self._reason = Field(self.bar, "Motivo do cancelamento")
        self._reason.frame.grid(row=0, column=0, sticky="ew")
        on_enter(self._reason.entry, self.submit)
        self.buttons = Frame(buttons)
        self._back_out = Button(self.buttons, text="Não cancelar", command=self.close)
        self._begin_or_end = Button(self.buttons)
        self._back_out.grid(row=0, column=0)
        self._begin_or_end.grid(row=0, column=1, padx=(8, 0))

    @property
    def is_asking(self) -> bool:
        return bool(self.bar.winfo_manager())

    def offer(self, sale: Sale | None) -> None:
        """Set the sale that may be cancelled; None if there is none."""
        self._sale = sale
        self.close()

    def close(self) -> None:
        had_focus = self.bar.focus_lastfor() in (self._reason.entry, self._back_out)
        self._reason.text = ""
        self._reason.show_error(None)
        self.bar.grid_remove()
        self._asks(False)
        self._back_out.grid_remove()
        self._begin_or_end.configure(text="Cancelar venda…", command=self._begin, style="TButton")
        self.buttons.grid() if self._sale is not None else self.buttons.grid_remove()
        if had_focus:
            self._home().focus_set()

    def submit(self) -> None:
        sale = self._sale
        if sale is None:
            return
        try:
            wanted = checked(CancellationIn, {"motivo": self._reason.text})
        except FormInvalid as invalid:
            self._reason.show_error(invalid.errors.get("motivo"))
            self._reason.focus(select=True)
            return
        if self._sent is None or self._sent[:2] != (sale.id, wanted.reason):
            self._sent = sale.id, wanted.reason, str(uuid.uuid4())
        key = self._sent[2]
        self._foot.say("Quiet", "Um momento…")
        self._server_call.ask(
            lambda api: api.cancel_sale(sale.id, wanted, key=key), then=self._cancelled, failed=self._not_cancelled
        )

    def _begin(self) -> None:
        sale = self._sale
        if sale is None:
            return
        self._asks(True)
        self.bar.grid()
        self._back_out.grid()
        self._begin_or_end.configure(text="Cancelar a venda  Ctrl+Enter", command=self.submit, style="Main.TButton")
        again = "O estoque dos itens volta." if sale.items else "Ela não mexeu no estoque."
        self._foot.say("Warn", f"Cancelar a venda {sale.seq}? {again} Não há como desfazer.")
        self._reason.focus()

    def _cancelled(self, sale: Sale) -> None:
        self._sent = None
        self.close()
        self._done(sale)

    def _not_cancelled(self, error: ApiError) -> None:
        self._foot.say("Bad", f"{error.message} {_SURE}" if error.is_connection_fault else error.message)
