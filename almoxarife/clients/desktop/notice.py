"""The bar above the screen: our own faults and questions that must not be a modal box."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.widgets import Button, Frame, Label


class NoticeBar:
    """One notice at a time, with up to a few actions; each action closes it and gives the focus back."""

    def __init__(self, parent: Any) -> None:
        self.frame = Frame(parent, style="Notice.TFrame", padding=(12, 6))
        self._text = Label(self.frame, style="Notice.TLabel", justify="left")
        self._text.pack(side="left", fill="x", expand=True)
        self._buttons: list[Any] = []
        self._focus_before: Any = None

    def show(self, text: str, actions: dict[str, Callable[[], None]], *, asks: bool = False) -> None:
        """A question takes the focus; a mere notice leaves it to whoever is typing."""
        self.hide()
        self._text.configure(text=f"⚠ {text}")
        for label, act in actions.items():
            button = Button(self.frame, text=label, style="Notice.TButton", command=self._closing(act))
            button.pack(side="left", padx=(8, 0))
            self._buttons.append(button)
        self.frame.grid()
        self.frame.lift()  # also over the login, or a question there could not be answered
        if asks:
            self._focus_before = self.frame.focus_lastfor()
            self._buttons[0].focus_set()

    def hide(self) -> None:
        self.frame.grid_remove()
        for button in self._buttons:
            button.destroy()
        self._buttons.clear()
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()
        self._focus_before = None

    def _closing(self, act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            self.hide()
            act()

        return run
