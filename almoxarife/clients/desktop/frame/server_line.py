"""Part of the login panel: the server's address and state, and a field to change the address."""

import time
from collections.abc import Callable
from typing import Any

from almoxarife.clients.api.address import host_and_port, is_exposed, parse_addresses
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import NO_RESPONSE, ApiError
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.kit.widgets import Button, Field, Frame, Label, on_enter
from almoxarife.wire.health import Health

_ASK_EVERY_MS = 3000
_ASK_SOON_MS = 500
COMING_UP_S = 10.0
"""The server may be starting together with the window: only after this long it is shown as unreachable."""
_LOOKING = ("Quiet", "◌ Procurando o servidor…")


class ServerLine:
    """A typed address is used (``use_server``) only after ``/saude`` answered there.

    ``toggled`` is called with True when the address field opens and False when it closes.
    """

    def __init__(
        self,
        parent: Any,
        *,
        background: Background,
        api: Callable[[], ApiClient],
        use_server: Callable[[str], None],
        toggled: Callable[[bool], None],
    ) -> None:
        self._background = background
        self._api = api
        self._use_server = use_server
        self._toggled = toggled
        self._timer: str | None = None
        self._is_running = False
        self._opened_at = time.monotonic()
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._state = Label(self.frame, justify="left")
        self._show(*_LOOKING)
        self._configure = Button(self.frame, text="Configurar…", style="Flat.TButton", command=self._toggle)
        self._address = Field(self.frame, "Endereço do servidor", hint="Enter para conferir e usar.")
        on_enter(self._address.entry, self._try_address)
        self._state.grid(row=0, column=0, sticky="w")
        self._configure.grid(row=0, column=1, sticky="e")
        self._address.frame.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(6, 0))
        self._address.frame.grid_remove()
        self.frame.bind("<Configure>", self._wrap)

    def start(self) -> None:
        self._is_running = True
        self._ask()

    def stop(self) -> None:
        self._is_running = False
        self._background.forget("saude")
        if self._timer is not None:
            self.frame.after_cancel(self._timer)
            self._timer = None

    def _ask(self) -> None:
        self._timer = None
        self._background.run(self._api().health, then=self._healthy, failed=self._unhealthy, key="saude")

    def _healthy(self, health: Health) -> None:
        url = self._api().base_url
        kind, word = "Good", "Servidor conectado"
        if health.state != "ok":
            kind, word = "Warn", "O servidor não está gravando"
        elif is_exposed(url):
            kind, word = "Warn", "Conectado sem criptografia"
        elif health.has_backup_failed:
            kind, word = "Warn", "A cópia de segurança da noite falhou"
        elif health.clock_jumped_s:
            kind, word = "Warn", "O relógio do servidor foi mudado: confira a data e a hora"
        self._show(kind, f"● {word} · {host_and_port(url)}")
        self._ask_again()

    def _unhealthy(self, error: ApiError) -> None:
        waited_s = time.monotonic() - self._opened_at
        self._show(*describe_silence(error, waited_s, self._api().base_url))
        self._ask_again(_ASK_SOON_MS if waited_s < COMING_UP_S else _ASK_EVERY_MS)

    def _show(self, kind: str, text: str) -> None:
        self._state.configure(text=text, style=f"{kind}.TLabel")

    def _ask_again(self, after_ms: int = _ASK_EVERY_MS) -> None:
        if self._is_running:
            self._timer = self.frame.after(after_ms, self._ask)

    def _toggle(self) -> None:
        if self._address.frame.winfo_manager():
            self._close_address()
            return
        self._address.frame.grid()
        self._configure.configure(text="Voltar")
        self._toggled(True)
        self._address.text = self._api().addresses
        self._address.focus(select=True)

    def _close_address(self) -> None:
        self._address.frame.grid_remove()
        self._address.show_error(None)
        self._configure.configure(text="Configurar…")
        self._toggled(False)

    def _try_address(self) -> None:
        try:
            url = parse_addresses(self._address.text)
        except ValueError as error:
            self._address.show_error(str(error))
            return
        self._address.show_error(None)
        self._background.run(
            ApiClient(url).health,
            then=lambda _: self._accept(url),
            failed=lambda error: self._address.show_error(error.message),
            key="endereco",
        )

    def _accept(self, url: str) -> None:
        self._use_server(url)
        self._close_address()
        self.stop()
        self.start()

    def _wrap(self, event: Any) -> None:
        self._state.configure(wraplength=max(120, event.width - self._configure.winfo_reqwidth() - 8))


def describe_silence(error: ApiError, waited_s: float, url: str) -> tuple[str, str]:
    """(kind of label, sentence) after a failed request to ``/saude`` at ``url``, ``waited_s`` after the start."""
    if error.code != NO_RESPONSE:
        return "Bad", f"✕ {error.message}"
    if waited_s < COMING_UP_S:
        return _LOOKING
    return "Bad", f"✕ {error.message.removesuffix('.')} · {host_and_port(url)}"
