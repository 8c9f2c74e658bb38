"""*Fila de envio*: the rows that wait or were rejected, with the reason; they can be discarded or sent again."""

from functools import partial

from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.sending import words
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.cadastro.sending.status_text import describe_others
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label, say, show_if
from almoxarife.clients.queue.outgoing import QueuedRow, State

_COLUMNS = (
    Column("quando", "Confirmado em", 150, gives_way=1),
    Column("que", "O quê", 200, stretches=True),
    Column("situacao", "Situação", 190),
    Column("motivo", "Motivo", 300, gives_way=2),
)


class QueuePage(Page):
    """This person's rows, and a sentence about rows that wait for somebody else's login."""

    def __init__(self, shell: Shell, sender: Sender) -> None:
        super().__init__(shell, "Fila de envio")
        self._sender = sender
        self._known: dict[str, QueuedRow] = {}
        self._is_asking = False
        self._build()

    def opened(self) -> None:
        self.queue_changed()
        self._list.select(next(iter(self._known), None))
        self._list.tree.focus_set()

    def closed(self) -> None:
        self._list.select(None)
        self._stop_asking()

    def refresh(self) -> None:
        self._sender.send_next()

    def queue_changed(self) -> None:
        """Update the list, keeping the selection."""
        rows = words.in_order(self._sender.rows)
        before = list(self._known)
        self._known = {row.key: row for row in rows}
        self.title.configure(text=words.counted(rows))
        self._list.show([words.list_row(row, self._shell.zone) for row in rows])
        if self._list.selected not in self._known:
            self._list.select(self._next_after(before))
            self._stop_asking()
        say(self._empty, "Good", "" if rows else "Tudo foi enviado.")
        others = describe_others(self._sender.waiting, self._shell.owner)
        self._more.configure(text=others)
        show_if(others, self._more)
        self._explain()

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        body, theme = self.body, self._theme
        body.columnconfigure(0, weight=1)
        body.rowconfigure(1, weight=1)
        self._more = Label(body, style="Warn.TLabel", justify="left")
        self._list = VirtualList(
            body,
            _COLUMNS,
            theme,
            colours=lambda t: {"refused": t.danger},
            activated=lambda _: self._send_again(),
            selection_changed=lambda _: self._moved(),
        )
        self._empty = Label(self._list.frame)
        self._empty.place(relx=0.5, rely=0.4, anchor="center")
        foot = Frame(body)
        foot.columnconfigure(0, weight=1)
        self._message = Label(foot, justify="left")
        self._again = Button(foot, text="Enviar de novo  Enter", command=self._send_again)
        self._take = Button(foot, text="Descartar…  Del", command=self._ask)
        self._yes = Button(foot, text="Sim", style="Main.TButton")
        self._no = Button(foot, text="Não", command=self._stop_asking)
        self._message.grid(row=0, column=0, sticky="ew")
        for column, button in enumerate((self._again, self._take, self._yes, self._no), start=1):
            button.grid(row=0, column=column, padx=(8, 0))
        self._more.grid(row=0, column=0, sticky="ew", pady=(0, 6))
        self._list.frame.grid(row=1, column=0, sticky="nsew")
        foot.grid(row=2, column=0, sticky="ew", pady=(8, 0))
        self._list.tree.bind("<Delete>", lambda _: self._ask())
        foot.bind("<Configure>", lambda event: self._wrap(event.width))
        self._restyle()
        theme.on_change(self._restyle)
        self._stop_asking()

    def _restyle(self) -> None:
        self._empty.configure(background=self._theme.tokens.field)

    def _wrap(self, width: int) -> None:
        used = sum(b.winfo_reqwidth() + 12 for b in (self._again, self._take, self._yes, self._no) if b.winfo_manager())
        self._message.configure(wraplength=max(160, width - used))

    # --- the selected row -------------------------------------------------------------

    @property
    def _chosen(self) -> QueuedRow | None:
        return self._known.get(self._list.selected or "")

    def _next_after(self, before: list[str]) -> str | None:
        """The key to select when the selected row is gone: the next one, or the last."""
        gone = self._list.selected
        if gone not in before:
            return next(iter(self._known), None)
        later = before[before.index(gone) + 1 :]
        return next((key for key in (*later, *reversed(self._known)) if key in self._known), None)

    def _moved(self) -> None:
        self._stop_asking()
        self._explain()

    def _explain(self) -> None:
        row = self._chosen
        if not self._is_asking:
            kind = "Bad" if row is not None and row.state is State.REJECTED else "Quiet"
            say(self._message, kind, words.explain(row))
        self._take.state(["!disabled" if row is not None and words.question(row) else "disabled"])
        is_refused = row is not None and row.state is State.REJECTED and not self._is_asking
        show_if(is_refused, self._again)

    def _send_again(self) -> None:
        row = self._chosen
        if row is not None and row.state is State.REJECTED and not self._is_asking:
            self._sender.repeat(row)

    # --- discarding -------------------------------------------------------------------

    def _ask(self) -> None:
        row = self._chosen
        if row is None or not words.question(row):
            return
        self._is_asking = True
        say(self._message, "Warn", words.question(row))
        self._yes.configure(command=partial(self._remove, row))
        self._take.grid_remove()
        self._again.grid_remove()
        self._yes.grid()
        self._no.grid()
        self._yes.focus_set()

    def _stop_asking(self) -> None:
        was_here = self._is_asking and self.frame.focus_lastfor() in (self._yes, self._no)
        self._is_asking = False
        self._yes.grid_remove()
        self._no.grid_remove()
        self._take.grid()
        if was_here:
            self._list.tree.focus_set()
        self._explain()

    def _remove(self, row: QueuedRow) -> None:
        """Delete the row. One that has been sent meanwhile stays, as the updated list shows."""
        self._stop_asking()
        if row.state is State.REJECTED:
            self._sender.discard(row)
        else:
            self._sender.withdraw(row)
