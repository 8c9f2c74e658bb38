"""Pages: screens that replace the workbench, each opened by a command and closed with Esc."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label

_GAP_PX = 12


class Page:
    """The base of all pages: a title, a button to leave and ``body`` for the contents.

    The cadastro calls the methods below; a page overrides those that concern it.
    """

    takes_scans = False
    """Whether the page uses scanned barcodes. If not, the digits stay in the focused field."""
    reading: ServerCall | None = None
    """The call by which ``refresh`` fills the page."""

    def __init__(self, shell: Shell, title: str) -> None:
        self._shell, self._theme = shell, shell.theme
        self._calls: list[ServerCall] = []
        self.frame = Frame(shell.screen)
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
        """Wrap a long title, so that the button beside it stays visible."""
        self.title.configure(wraplength=max(_GAP_PX, width - self._back.winfo_reqwidth() - _GAP_PX))

    def new_call(self, key: str) -> ServerCall:
        """A call that is dropped when the page is closed, and repeated after a login if the session had ended."""
        call = ServerCall.of(self._shell, key)
        self._calls.append(call)
        return call

    def opened(self) -> None:
        """The page is visible now: ask the server, set the focus."""

    def closed(self) -> None:
        """The page was closed: clear what must not be seen again. Drops the calls under way."""
        for call in self._calls:
            call.forget()

    def logged_in(self) -> None:
        """The same person has logged in again after the session had ended. Repeats what it interrupted."""
        for call in self._calls:
            call.logged_in()

    def server_answered(self) -> None:
        """The server has answered a poll, while the page is open: fill now what it did not answer."""
        if self.reading is not None and self.reading.is_lost:
            self.refresh()

    def catalog_changed(self) -> None:
        """Products or balances have changed, while the page is open."""

    def queue_changed(self) -> None:
        """A row of the queue was added, sent or rejected, while the page is open."""

    def shop_changed(self) -> None:
        """Another shop was chosen, while the page is open."""

    def submit(self) -> None:
        """Ctrl+Enter."""

    def step_back(self) -> bool:
        """Esc: close a question or detail of the page. False if there is none, and the page is to be closed."""
        return False

    def refresh(self) -> None:
        """F5."""

    def export(self) -> None:
        """Ctrl+E."""


class Pages:
    """Shows one page at a time instead of ``work``. Closing it restores ``work`` and the focus.

    ``changing`` is called before another page, or ``work``, is shown.
    """

    def __init__(self, work: Any, *, changing: Callable[[], None]) -> None:
        self._work = work
        self._changing = changing
        self._focus_before: Any = None
        self._user_id: str | None = None
        self.page: Page | None = None

    def open(self, page: Page, *, user_id: str) -> None:
        if self.page is page:
            return
        self._changing()
        if self.page is None:
            self._focus_before = self._work.focus_lastfor()
        else:
            self._put_away(self.page)
        self._work.grid_remove()
        self.page, self._user_id = page, user_id
        page.leave = self.close
        page.frame.grid(row=0, column=0, sticky="nsew")
        page.opened()

    def close(self) -> None:
        """Does nothing if no page is open."""
        if self.page is None:
            return
        self._changing()
        page, self.page = self.page, None
        self._put_away(page)
        self._work.grid()
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()

    def logged_in(self, user_id: str) -> None:
        """Close the page if another person has logged in."""
        if self.page is None:
            return
        if user_id == self._user_id:
            self.page.logged_in()
        else:
            self.close()

    def _put_away(self, page: Page) -> None:
        page.frame.grid_remove()
        page.closed()
