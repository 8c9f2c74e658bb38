"""The last line of a page: a result, a question, or a password that is shown only once."""

import tkinter as tk
from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.kit.widgets import Button, Entry, Frame, Label, say, show_if


class Footer:
    """``home`` returns the widget that gets the focus when a focused button here is hidden."""

    def __init__(self, parent: Any, *, home: Callable[[], Any]) -> None:
        self._home = home
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._message = Label(self.frame, justify="left")
        self._secret = tk.StringVar(master=self.frame)
        self._shown = Entry(self.frame, textvariable=self._secret, state="readonly", width=20)
        self.yes = Button(self.frame, style="Main.TButton")
        self._no = Button(self.frame)
        self._message.grid(row=0, column=0, sticky="ew")
        self._shown.grid(row=0, column=1, padx=(8, 0))
        self.yes.grid(row=0, column=2, padx=(8, 0))
        self._no.grid(row=0, column=3, padx=(8, 0))
        self.frame.bind("<Configure>", lambda _: self._wrap())
        self._is_not_loaded = False
        self.say("Quiet", "")

    @property
    def secret(self) -> str:
        """The secret that is shown now, or an empty text."""
        return self._secret.get()

    def say(self, kind: str, text: str) -> None:
        self._show(kind, text, "")
        had_focus = self.frame.focus_lastfor() in (self.yes, self._no, self._shown)
        self.yes.grid_remove()
        self._no.grid_remove()
        if had_focus:
            self._home().focus_set()

    def say_not_loaded(self, sentence: str) -> None:
        """Show why the page's list did not come, until ``loaded``. A secret is not overwritten."""
        if not self.secret:
            self.say("Bad", sentence)
            self._is_not_loaded = True

    def loaded(self) -> None:
        """The list has come."""
        if self._is_not_loaded:
            self.say("Quiet", "")

    def ask(
        self,
        kind: str,
        text: str,
        *,
        yes: tuple[str, Callable[[], None]],
        no: str = "Não",
        secret: str = "",
        is_final: bool = False,
    ) -> None:
        """Ask a question. ``yes`` (label, action) gets the focus; if it cannot be undone (``is_final``), ``no`` does.

        ``no`` only removes the question. ``secret`` is shown in a field, to be copied.
        """
        self._show(kind, text, secret)
        self.yes.configure(text=yes[0], command=yes[1])
        self._no.configure(text=no, command=lambda: self.say("Quiet", ""))
        self.yes.grid()
        self._no.grid()
        self._wrap()
        (self._no if is_final else self.yes).focus_set()

    def _show(self, kind: str, text: str, secret: str) -> None:
        self._is_not_loaded = False
        say(self._message, kind, text)
        self._secret.set(secret)
        show_if(secret, self._shown)

    def _wrap(self) -> None:
        """Wrap the text beside the buttons."""
        used = sum(w.winfo_reqwidth() + 16 for w in (self._shown, self.yes, self._no) if w.winfo_manager())
        self._message.configure(wraplength=max(120, self.frame.winfo_width() - used))
