"""The bar above the screen for notices and questions, used instead of modal dialogs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label

_MAX_NOTICES = 5


@dataclass(frozen=True)
class _Notice:
    text: str
    actions: Mapping[str, Callable[[], None]]
    about: str
    sign: str


class NoticeBar:
    """Shows the newest notice with its actions as buttons. Each button closes it and shows the one before."""

    def __init__(self, parent: Any) -> None:
        self.frame = Frame(parent, style="Notice.TFrame", padding=(12, 6))
        self._text = Label(self.frame, style="Notice.TLabel", justify="left")
        self._text.pack(side="left", fill="x", expand=True)
        self._buttons: list[Any] = []
        self._notices: list[_Notice] = []
        self._focus_before: Any = None
        self.frame.bind("<Configure>", lambda _: self._wrap())

    def show(
        self, text: str, actions: Mapping[str, Callable[[], None]] | None = None, *, about: str = "", sign: str = "⚠"
    ) -> None:
        """Show a notice, with *Fechar* after its actions. ``about``: a word for ``take_back``."""
        self._show(_Notice(text, {**(actions or {}), "Fechar": lambda: None}, about, sign))

    def ask(self, question: str, answers: Mapping[str, Callable[[], None]]) -> None:
        """Show a question, which takes the focus; a notice leaves it where it is."""
        self._show(_Notice(question, answers, "", "⚠"))
        self._focus_before = self.frame.focus_lastfor()
        self._buttons[0].focus_set()

    def take_back(self, about: str) -> None:
        """Remove the notices about this, if any are still there."""
        kept = [notice for notice in self._notices if notice.about != about]
        if kept != self._notices:
            self._notices = kept
            self._draw()

    def clear(self) -> None:
        """Remove all notices, when a person logs out."""
        self._notices.clear()
        self._draw()
        self._give_focus_back()

    def _show(self, new: _Notice) -> None:
        self._give_focus_back()
        older = [notice for notice in self._notices if notice.text != new.text]
        self._notices = [*older, new][-_MAX_NOTICES:]
        self._draw()

    def _draw(self) -> None:
        self._destroy_buttons()
        if not self._notices:
            self.frame.grid_remove()
            return
        newest = self._notices[-1]
        self._text.configure(text=f"{newest.sign} {newest.text}")
        for label, act in newest.actions.items():
            button = Button(self.frame, text=label, style="Notice.TButton", command=self._closing(newest, act))
            button.pack(side="left", padx=(8, 0))
            self._buttons.append(button)
        self.frame.grid()
        self.frame.lift()  # above the login panel, too

    def _destroy_buttons(self) -> None:
        """If a button has the focus, move it to the next widget first."""
        if self._buttons and self.frame.focus_lastfor() in self._buttons:
            self._buttons[-1].tk_focusNext().focus_set()
        for button in self._buttons:
            button.destroy()
        self._buttons.clear()

    def _closing(self, notice: _Notice, act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            self._notices = [other for other in self._notices if other is not notice]
            self._draw()
            self._give_focus_back()
            act()

        return run

    def _give_focus_back(self) -> None:
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()
        self._focus_before = None

    def _wrap(self) -> None:
        taken = sum(button.winfo_reqwidth() + 8 for button in self._buttons)
        self._text.configure(wraplength=max(200, self.frame.winfo_width() - taken - 32))
