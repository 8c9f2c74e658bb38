"""Screens that take the place of the list and the form for a while, each opened by a command and left with Esc."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label

_GAP_PX = 12


class Page:
    """A titled screen; ``body`` is for what it shows. What a page cannot do it leaves as it is here."""

    takes_scans = False
    """Whether what a scanner reads means something here; elsewhere it is typed where the focus is."""

    def __init__(self, parent: Any, title: str) -> None:
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(1, weight=1)
        self.leave: Callable[[], None] = lambda: None
        self.title = Label(self.frame, text=title, style="Title.TLabel", justify="left")
        self._back = Button(self.frame, text="Voltar  Esc", command=lambda: self.leave())
        self.body = Frame(self.frame)
        self.title.grid(row=0, column=0, sticky="w")
        self._back.grid(row=0, column=1, sticky="e")
        self.body.grid(row=1, column=0, columnspan=2, sticky="nsew", pady=(_GAP_PX, 0))
        self.frame.bind("<Configure>", lambda event: self._wrap_title(event.width))

    def _wrap_title(self, width: int) -> None:
        """A product's name is long at times, and the way back must not leave the window."""
        self.title.configure(wraplength=max(_GAP_PX, width - self._back.winfo_reqwidth() - _GAP_PX))

    def opened(self) -> None:
        """It is on the screen now: ask the server, take the focus."""

    def closed(self) -> None:
        """Forget what must not be seen again."""

    def logged_in(self) -> None:
        """The same person is back after the session ended."""

    def catalog_changed(self) -> None:
        """While it is open: there are other products, or other balances."""

    def queue_changed(self) -> None:
        """While it is open: something was confirmed, sent or refused."""

    def shop_changed(self) -> None:
        """While it is open."""

    def submit(self) -> None:
        """Ctrl+Enter."""

    def step_back(self) -> bool:
        """Esc: whether there was something smaller to leave than the page itself."""
        return False

    def refresh(self) -> None:
        """F5."""

    def export(self) -> None:
        """Ctrl+E."""


class Pages:
    """One page at a time, in the place of ``work``, which comes back with the focus where it was."""

    def __init__(self, work: Any) -> None:
        self._work = work
        self._focus_before: Any = None
        self._person_id: str | None = None
        self.page: Page | None = None

    def open(self, page: Page, *, person_id: str) -> None:
        if self.page is None:
            self._focus_before = self._work.focus_lastfor()
        elif self.page is page:
            return
        else:
            self._put_away(self.page)
        self._work.grid_remove()
        self.page, self._person_id = page, person_id
        page.leave = self.close
        page.frame.grid(row=0, column=0, sticky="nsew")
        page.opened()

    def close(self) -> None:
        """Does nothing where no page is open."""
        if self.page is None:
            return
        page, self.page = self.page, None
        self._put_away(page)
        self._work.grid()
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()

    def logged_in(self, person_id: str) -> None:
        """The next person does not find another's page."""
        if self.page is None:
            return
        if person_id == self._person_id:
            self.page.logged_in()
        else:
            self.close()

    def _put_away(self, page: Page) -> None:
        page.frame.grid_remove()
        page.closed()
