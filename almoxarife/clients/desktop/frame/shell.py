"""``Shell``: the window that both programs build on. Root, logged-in person, login panel, bars, closing."""

import gc
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from tkinter import READABLE, Tk
from types import TracebackType

from almoxarife.brazil import SAO_PAULO
from almoxarife.clients.api.address import is_exposed
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.api.shop_zone import find_zone
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.frame.commands import Command, Group, bind_commands
from almoxarife.clients.desktop.frame.error_reports import Fault, FaultHandler
from almoxarife.clients.desktop.frame.login import LoginPanel
from almoxarife.clients.desktop.frame.menu import CommandMenu
from almoxarife.clients.desktop.frame.notice import NoticeBar
from almoxarife.clients.desktop.frame.preferences import PreferencesFile, poll_seconds, usable_dir
from almoxarife.clients.desktop.frame.shortcuts import ShortcutCard
from almoxarife.clients.desktop.frame.status_bar import StatusBar, say_backup
from almoxarife.clients.desktop.kit.startup import WrongSetting
from almoxarife.clients.desktop.kit.theme import Theme, new_root
from almoxarife.clients.desktop.kit.widgets import Frame
from almoxarife.clients.desktop.kit.window_geometry import geometry_of, put
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.folder import client_dir
from almoxarife.clients.queue.outgoing import Owner, of_closing
from almoxarife.clients.queue.store import Outbox, OutboxFailed
from almoxarife.wire.accounts import LoggedIn, LoggedInUser
from almoxarife.wire.health import Health

SMALLEST = (900, 620)
_CLOSING_S = 0.9
"""How long a closing window may keep sending; its process ends within a second."""
_CLOSING_TIMEOUT_S = (0.4, 0.5)
_MAY_SEND_MORE = {Delivery.ACKED, Delivery.REJECTED, Delivery.BUSY}
_BUSY_S = 0.05
_ASK_FOR_BACKUP_EVERY_MS = 15 * 60 * 1000
_LOOK_FOR_INTERRUPT_MS = 500


class Shell:
    """``program`` names the log file; ``invitation`` is the text below the greeting.

    A program sets ``on_login``, ``on_session_over`` and ``try_now``, and builds its widgets in ``screen``.
    """

    def __init__(self, *, program: str, title: str, invitation: str) -> None:
        self.interval_s = poll_seconds()
        """How often the server is polled."""
        self.folder = usable_dir(client_dir())
        self.preferences = PreferencesFile(self.folder)
        url = self.preferences.server_url()
        self.outbox = _open_outbox(self.folder)
        self.root = new_root(title, f"Almoxarife{program.capitalize()}")
        remembered = self.preferences.values
        self.theme = Theme(self.root, is_dark=remembered.is_dark, text_percent=remembered.text_percent)
        self.faults = FaultHandler(self.folder, program, self._show_fault)
        self.background = Background(self.root, on_unexpected=self.faults.handle)
        self.root.report_callback_exception = self._callback_failed
        self.user: LoggedInUser | None = None
        self.zone: tzinfo = find_zone(SAO_PAULO)
        """The shop's time zone, which the server names at each login."""
        self._program = program
        self._backup_timer: str | None = None
        self._is_closed = False
        self.api = ApiClient(url, program=program)
        self.on_login: Callable[[], None] = lambda: None
        self.on_session_over: Callable[[], None] = lambda: None
        self.try_now: Callable[[], None] = lambda: None
        self._commands: list[Command] = []
        self._menu = CommandMenu(self.root, self.theme, self._commands)
        self._shortcuts = ShortcutCard(self.root, self._commands, self.theme)
        self._lay_out(invitation)

    @property
    def is_at_work(self) -> bool:
        """Whether somebody is logged in and no overlay covers the screen."""
        return self.user is not None and not self.login.is_open and not self._shortcuts.is_open

    @property
    def owner(self) -> Owner | None:
        """The owner of what is confirmed now; None if nobody is logged in."""
        return Owner(self.user.account, self.user.username, self.api.main_url) if self.user else None

    def today(self) -> date:
        """Today in the shop's time zone."""
        return datetime.now(self.zone).date()

    # --- running ----------------------------------------------------------------------

    def show(self) -> bool:
        """Show the window with the login, before the rest of the program is loaded. False if it was closed already."""
        self.root.protocol("WM_DELETE_WINDOW", self.close)
        remembered = self.preferences.values.windows.get(self._program, "")
        put(self.root, remembered, SMALLEST, scale=self.theme.scale)
        self.ask_login()
        self._tell_of_damage()
        self.root.deiconify()
        self.root.update()
        return not self._is_closed

    def run(self, commands: list[Command]) -> None:
        self._commands += [*commands, *self._own_commands()]
        bind_commands(self.root, self._commands)
        # What is loaded now stays until the end: the garbage collector need not examine it again.
        gc.freeze()
        gc.enable()
        try:
            with _interruptible(self.root):
                self.root.mainloop()
        except KeyboardInterrupt:
            self.close()

    def close(self) -> None:
        """Hide the window at once, then send what is possible for a second at most."""
        self._is_closed = True
        geometry = geometry_of(self.root)
        self.root.withdraw()
        self.background.close()
        self.preferences.remember_window(self._program, geometry)
        owner = self.owner
        if owner is not None:
            sending = threading.Thread(target=self._send_closing, args=(owner,), daemon=True)
            sending.start()
            sending.join(_CLOSING_S)
        self.outbox.close()
        self.faults.close()
        self.root.destroy()

    # --- the logged-in person ---------------------------------------------------------

    def ask_login(self, notice: str = "") -> None:
        self.login.open(user=self.preferences.values.last_user, notice=notice, covers_all=self.user is None)

    def session_over(self, error: ApiError) -> bool:
        """Handle a 401: show the login as a card over the unchanged screen.

        False for a late 401 of an old token: somebody has logged in since, so the call may be repeated.
        """
        if self.api.is_logged_in:
            return False
        if not self.login.is_open:
            self.on_session_over()
            self.ask_login(f"{error.message} O que você digitou continua aqui.")
        return True

    def log_out(self) -> None:
        api = self.api
        self.on_session_over()
        self.background.run(api.logout, then=lambda _: None, failed=lambda _: None, key="sair")
        self.user = None
        self._stop_asking_for_backup()
        self.status.show_backup("")
        self.status.show_user(None)
        self.notice.clear()
        self.api = ApiClient(api.addresses, program=self._program)
        self.ask_login()

    def _entered(self, response: LoggedIn) -> None:
        self.user = response.user
        self.zone = find_zone(response.timezone)
        self.status.show_user(response.user.username)
        if self.preferences.values.last_user != response.user.username:
            self.preferences.remember(last_user=response.user.username)
        if is_exposed(self.api.base_url):
            self.warn("Conexão sem criptografia: quem está na mesma rede pode ler a senha.")
        self._ask_for_backup()
        self.on_login()

    def _ask_for_backup(self) -> None:
        """Show the state of the nightly backup, and update it while the window stays open for days."""
        self._stop_asking_for_backup()
        self.background.run(self.api.health, then=self._show_backup, failed=lambda _: None, key="copia")
        self._backup_timer = self.root.after(_ASK_FOR_BACKUP_EVERY_MS, self._ask_for_backup)

    def _stop_asking_for_backup(self) -> None:
        self.background.forget("copia")
        if self._backup_timer is not None:
            self.root.after_cancel(self._backup_timer)
            self._backup_timer = None

    def _show_backup(self, health: Health) -> None:
        self.status.show_backup(*say_backup(health, datetime.now(UTC), self.zone))

    def _use_server(self, url: str) -> None:
        self.preferences.remember(server_url=url)
        self.api = ApiClient(url, program=self._program)

    def _send_closing(self, owner: Owner) -> None:
        """Queue the event "window closed" and send the queue. What is left is sent by the next window."""
        with suppress(ApiError, OutboxFailed):
            self.outbox.put(of_closing(), owner)
            while True:
                delivery = deliver_next(self.outbox, self.api, owner, timeout_s=_CLOSING_TIMEOUT_S)
                if delivery not in _MAY_SEND_MORE:
                    break
                if delivery is Delivery.BUSY:
                    time.sleep(_BUSY_S)

    # --- the frame of the window ------------------------------------------------------

    def _lay_out(self, invitation: str) -> None:
        self.root.columnconfigure(0, weight=1)
        self.root.rowconfigure(1, weight=1)
        self.notice = NoticeBar(self.root)
        self.notice.frame.grid(row=0, column=0, sticky="ew")
        self.notice.clear()
        self.screen = Frame(self.root, padding=(16, 12))
        self.screen.grid(row=1, column=0, sticky="nsew")
        self.status = StatusBar(
            self.root, try_now=lambda: self.try_now(), log_out=self.log_out, open_menu=self._open_menu
        )
        self.status.frame.grid(row=2, column=0, sticky="ew")
        self.login = LoginPanel(
            self.root,
            background=self.background,
            api=lambda: self.api,
            use_server=self._use_server,
            entered=self._entered,
            invitation=invitation,
            px=self.theme.px,
        )
        self.theme.on_change(self.login.restyle)

    def _own_commands(self) -> list[Command]:
        larger = ("Control-plus", "Control-equal", "Control-KP_Add")
        smaller = ("Control-minus", "Control-KP_Subtract")
        return [
            Command("Claro ou escuro", ("Control-d",), self._toggle_dark, group=Group.VIEW),
            Command("Texto maior", larger, lambda: self._zoom(1), group=Group.VIEW),
            Command("Texto menor", smaller, lambda: self._zoom(-1), group=Group.VIEW),
            Command("Texto normal", ("Control-0", "Control-KP_0"), lambda: self._zoom(0), group=Group.VIEW),
            Command("Sair da conta", ("Control-l",), self.log_out, lambda: self.is_at_work, group=Group.PEOPLE),
            Command("Atalhos do teclado", ("F1",), self._shortcuts.toggle, group=Group.HELP),
            Command("Abrir o menu", ("F10",), self._open_menu, group=Group.HELP, is_in_menu=False),
        ]

    def _open_menu(self) -> None:
        self._menu.open(self.status.menu)

    def _toggle_dark(self) -> None:
        self.theme.toggle_dark()
        self.preferences.remember(is_dark=self.theme.tokens.is_dark)

    def _zoom(self, step: int) -> None:
        self.theme.zoom(step)
        self.preferences.remember(text_percent=self.theme.text_percent)

    def warn(self, sentence: str) -> None:
        self.notice.show(sentence)

    def _tell_of_damage(self) -> None:
        if preferences := self.preferences.put_aside:
            sentence = f"As preferências estavam danificadas e foram guardadas em {preferences.name}."
            self.faults.note(sentence)
            self.warn(f"{sentence} As usuais valem de novo.")
        if queue := self.outbox.put_aside:
            sentence = f"A fila de envio estava danificada e foi guardada em {queue.name}."
            self.faults.note(sentence)
            self.warn(f"{sentence} Confira na lista se os últimos registros chegaram.")

    # --- unexpected exceptions --------------------------------------------------------

    def _callback_failed(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            self.close()
        else:
            self.faults.handle(error)

    def _show_fault(self, fault: Fault) -> None:
        self.notice.show(fault.sentence, {"Copiar detalhes": lambda: self.copy(fault.details)})

    def copy(self, text: str) -> None:
        self.root.clipboard_clear()
        self.root.clipboard_append(text)


@contextmanager
def _interruptible(root: Tk) -> Iterator[None]:
    """Let Ctrl+C in the terminal interrupt the main loop, in which Python runs only when Tk has an event.

    Python's signal handler writes to a socket, which wakes Tk. On Windows Tk cannot wait for a socket, so a
    timer wakes it twice a second.
    """
    if sys.platform == "win32":

        def look() -> None:
            root.after(_LOOK_FOR_INTERRUPT_MS, look)

        look()
        yield
        return
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.setblocking(False)
        signal.set_wakeup_fd(sender.fileno())
        root.createfilehandler(receiver, READABLE, lambda *_: receiver.recv(64))
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            root.deletefilehandler(receiver)


def _open_outbox(folder: Path) -> Outbox:
    try:
        return Outbox(folder)
    except OutboxFailed as error:
        raise WrongSetting(str(error)) from error
