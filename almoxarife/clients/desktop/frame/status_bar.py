"""The status bar of both windows: connection, queue, last backup, unread messages, logged-in person."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from tkinter import font as tkfont
from typing import Any

from almoxarife.clients.desktop.frame.connection import ConnectionState, Phase
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, shortened, show_if
from almoxarife.wire.health import Health

_LOOKS = {
    Phase.ONLINE: ("●", "GoodBar"),
    Phase.SLOW: ("◐", "WarnBar"),
    Phase.CONNECTING: ("◌", "QuietBar"),
    Phase.WAITING: ("◐", "WarnBar"),
    Phase.STOPPED: ("○", "QuietBar"),
}


_MIN_SHOWN_LENGTH = 8
_MAX_NAME_LENGTH = 20
_BACKUP_IS_OLD = timedelta(hours=48)
"""Two nightly backups are missing."""


def say_backup(health: Health, now: datetime, zone: tzinfo) -> tuple[str, str]:
    """(text, kind of label) about the age of the last good backup; empty if the server makes none."""
    if health.has_backup_failed is None:
        return "", "Quiet"
    made = health.last_backup
    is_worry = health.has_backup_failed or (made is not None and now - made > _BACKUP_IS_OLD)
    if made is None:
        return ("Sem cópia: falhou" if is_worry else "Sem cópia ainda"), ("Warn" if is_worry else "Quiet")
    days = (now.astimezone(zone).date() - made.astimezone(zone).date()).days
    age = "hoje" if days <= 0 else "ontem" if days == 1 else f"há {days} dias"
    return f"Cópia: {age}", "Warn" if is_worry else "Quiet"


class StatusBar:
    def __init__(
        self, parent: Any, *, try_now: Callable[[], None], log_out: Callable[[], None], open_menu: Callable[[], None]
    ) -> None:
        self.frame = Frame(parent, style="Bar.TFrame", padding=(12, 4))
        self._connection = Label(self.frame, style="QuietBar.TLabel", text="◌ Conectando…")
        self._try_now = Button(self.frame, text="Tentar agora", style="FlatBar.TButton", command=try_now)
        # Requests no width, so that a long sentence does not push "Sair" out of the window.
        self._middle = Label(self.frame, style="QuietBar.TLabel", width=1)
        self.work_clicked: Callable[[], None] = lambda: None
        self._middle.bind("<Button-1>", lambda _: self.work_clicked())
        self._middle.bind("<Configure>", lambda _: self._show_middle())
        self._reason = self._work = ""
        self._work_kind = "Quiet"
        self._backup = Label(self.frame, style="QuietBar.TLabel")
        self.messages_clicked: Callable[[], None] = lambda: None
        self._messages = Button(self.frame, style="FlatBar.TButton", command=lambda: self.messages_clicked())
        self._user = Label(self.frame, style="Bar.TLabel")
        self._log_out = Button(self.frame, text="Sair", style="FlatBar.TButton", command=log_out)
        self.menu = Button(self.frame, text="☰ Menu", style="FlatBar.TButton", command=open_menu)
        self._connection.grid(row=0, column=0, sticky="w")
        self._try_now.grid(row=0, column=1, padx=(8, 0))
        self._middle.grid(row=0, column=2, sticky="ew", padx=(12, 0))
        self._backup.grid(row=0, column=3, sticky="e", padx=(12, 0))
        self._messages.grid(row=0, column=4, sticky="e", padx=(12, 0))
        self._user.grid(row=0, column=5, sticky="e", padx=(12, 4))
        self._log_out.grid(row=0, column=6)
        self.menu.grid(row=0, column=7, padx=(8, 0))
        self.frame.columnconfigure(2, weight=1)
        # Keeps the height of the bar when its buttons are hidden.
        self.frame.rowconfigure(0, minsize=self._log_out.winfo_reqheight())
        self._try_now.grid_remove()
        self._log_out.grid_remove()
        self._messages.grid_remove()

    def show_connection(self, state: ConnectionState) -> None:
        sign, style = _LOOKS[state.phase]
        self._connection.configure(text=f"{sign} {state.sentence}", style=f"{style}.TLabel")
        show_if(state.is_away, self._try_now)
        self._reason = state.reason
        self._show_middle()

    def show_work(self, text: str, *, kind: str = "Quiet") -> None:
        self._work, self._work_kind = text, kind
        self._show_middle()

    def _show_middle(self) -> None:
        # Shortened at the end, because the number of waiting rows, at the beginning, matters most.
        text = " · ".join(filter(None, (self._work, self._reason)))
        kind = "Warn" if self._reason else self._work_kind
        measure = tkfont.nametofont("TkDefaultFont", root=self.frame).measure
        shown = shortened(text, self._middle.winfo_width(), measure)
        # A word or two alone would only be puzzling.
        is_worth_it = shown == text or len(shown) >= _MIN_SHOWN_LENGTH
        self._middle.configure(text=shown if is_worth_it else "", style=f"{kind}Bar.TLabel")

    def show_backup(self, text: str, kind: str = "Quiet") -> None:
        self._backup.configure(text=text, style=f"{kind}Bar.TLabel")

    def show_messages(self, unread: int) -> None:
        self._messages.configure(text=f"✉ {unread} {'recado' if unread == 1 else 'recados'}")
        show_if(unread, self._messages)

    def show_user(self, name: str | None) -> None:
        """None: nobody is logged in."""
        name = name or ""
        self._user.configure(text=name if len(name) <= _MAX_NAME_LENGTH else f"{name[: _MAX_NAME_LENGTH - 1]}…")
        show_if(name, self._log_out)
        if not name:
            self._messages.grid_remove()
