"""The monitor window: who registered what, and how many, as it happens."""

from datetime import UTC, datetime

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.commands import Command, Group
from almoxarife.clients.desktop.connection import ConnectionState, Heartbeat, Phase
from almoxarife.clients.desktop.monitor.feed import Feed
from almoxarife.clients.desktop.monitor.follow import Batch, Follower, fetch
from almoxarife.clients.desktop.monitor.record import Record
from almoxarife.clients.desktop.settings import poll_seconds
from almoxarife.clients.desktop.shell import Shell
from almoxarife.clients.desktop.theme import ROW_HEIGHT_PX
from almoxarife.clients.desktop.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.widgets import Button, Frame, Label
from almoxarife.clients.errors import ApiError
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import Movement, Summary

TITLE = "Almoxarife - Monitor"
_LIST_NAME = "movimentacoes"
_SUMMARY_EVERY_MS = 60_000
_COLUMNS = (
    Column("hora", "Hora", 100, gives_way=4),
    Column("tipo", "Movimento", 124, gives_way=3),
    Column("quem", "Quem", 130),
    Column("quantidade", "Quantidade", 116, anchor="e"),
    Column("produto", "Produto", 240, stretches=True),
    Column("saldo", "Saldo", 92, anchor="e", gives_way=1),
    Column("novo", "", 64, gives_way=2),
)


def open_monitor() -> None:
    """Open the window and stay until it closes."""
    Monitor().run()


class Monitor:
    def __init__(self) -> None:
        interval_s = poll_seconds()
        self.shell = Shell(program="monitor", title=TITLE, invitation="Entre para acompanhar o estoque ao vivo.")
        self._record = Record(self.shell.folder)
        self._follower = Follower(self._record.last_seq)
        self._feed = Feed()
        self._unseen_count = 0
        self._heartbeat = Heartbeat(
            self.shell.root, ask=self._ask, show=self._connection_changed, interval_s=interval_s
        )
        self._lay_out()
        self.shell.on_login = self._logged_in
        self.shell.on_session_over = self._rest
        self.shell.try_now = self._heartbeat.ask_now
        self.shell.root.after(_SUMMARY_EVERY_MS, self._keep_summary)

    def run(self) -> None:
        try:
            self.shell.run(self._commands())
        finally:
            self._record.close()

    def _commands(self) -> list[Command]:
        def at_work() -> bool:
            return self.shell.is_at_work

        return [
            Command("Atualizar", ("F5",), self._heartbeat.ask_now, at_work, group=Group.VIEW),
            Command("Ir ao mais novo", ("Control-Home",), self._to_top, at_work, group=Group.VIEW),
        ]

    # --- building ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        screen, theme, preferences = self.shell.screen, self.shell.theme, self.shell.preferences
        screen.columnconfigure(0, weight=1)
        screen.rowconfigure(1, weight=1)
        head = Frame(screen)
        head.columnconfigure(0, weight=1)
        self._counters = Label(head, text="Hoje", style="Title.TLabel")
        self._unseen = Button(head, style="Main.TButton", command=self._to_top)
        self._counters.grid(row=0, column=0, sticky="w")
        self._unseen.grid(row=0, column=1, sticky="e")
        head.rowconfigure(0, minsize=self._unseen.winfo_reqheight())
        self._unseen.grid_remove()
        head.grid(row=0, column=0, sticky="ew")
        self._list = VirtualList(
            screen,
            _COLUMNS,
            px=theme.px,
            row_height=lambda: theme.px(ROW_HEIGHT_PX),
            widths=preferences.values.columns.get(_LIST_NAME, {}),
            resized=lambda widths: preferences.remember_columns(_LIST_NAME, widths),
            scrolled=self._scrolled,
        )
        self._list.frame.grid(row=1, column=0, sticky="nsew", pady=(10, 0))
        self._empty = Label(screen, style="Quiet.TLabel", text="Nenhuma movimentação ainda.")
        self._restyle()
        theme.on_change(self._restyle)
        if not self._record.is_writing:
            self.shell.status.show_work("Outro monitor deste computador já grava o inventario.log", kind="Warn")

    def _restyle(self) -> None:
        tokens = self.shell.theme.tokens
        self._list.restyle()
        self._empty.configure(background=tokens.field)
        for tag, colour in (
            ("up", tokens.success),
            ("down", tokens.danger),
        ):
            self._list.tree.tag_configure(tag, foreground=colour)
        self._list.tree.tag_configure("new", background=tokens.fresh)

    # --- following --------------------------------------------------------------------

    def _logged_in(self) -> None:
        self._follower.look_again()
        self._heartbeat.ask_now()
        self._ask_summary()
        self._list.tree.focus_set()

    def _ask(self) -> None:
        api, question = self.shell.api, self._follower.question(self._landmark())
        self.shell.background.run(
            lambda: fetch(api, question), then=self._arrived, failed=self._not_arrived, key="movimentacoes"
        )

    def _landmark(self) -> Movement | None:
        """One that this person may see; another person may see fewer shops."""
        person = self.shell.person
        if person is None:
            return None
        return self._record.landmark(None if person.role is Role.ADMIN else person.shops)

    def _arrived(self, batch: Batch) -> None:
        try:
            self._take(batch)
        except OSError as error:
            # Not recorded, so not passed over: the next answer brings the same rows again.
            self.shell.notice.show(
                f"Não foi possível gravar em {self.shell.folder} ({error.strerror}).", {"Fechar": lambda: None}
            )
            batch = Batch(())
        self._heartbeat.answered()
        if batch.is_full:
            self._heartbeat.ask_now()

    def _take(self, batch: Batch) -> None:
        now = datetime.now(UTC)
        if batch.is_other_history:
            self._record.start_over()
            self._feed.forget_numbers()
            self._feed.say("⚠ O servidor voltou com outro histórico: o registro recomeçou num arquivo novo.", now=now)
        self._record.append(batch.movements)
        self._feed.add_history(batch.known, now=now)
        if self._follower.is_catching_up:
            self._feed.add_history(batch.movements, now=now)
        else:
            self._feed.add_live(batch.movements, now=now)
        self._follower.took(batch)
        if not batch.is_full:
            self._feed.server_back(now=now)
        if batch.movements:
            self._ask_summary()
        self._show()

    def _not_arrived(self, error: ApiError) -> None:
        if error.is_session_over:
            self._rest()
            if not self.shell.session_over(error):
                self._heartbeat.ask_now()
            return
        if error.is_connection_fault:
            self._feed.server_lost(now=datetime.now(UTC))
            self._show()
        self._follower.look_again()
        self._heartbeat.failed(error)

    def _rest(self) -> None:
        """Nobody is logged in: what is under way concerns nobody any more."""
        self.shell.background.forget("movimentacoes")
        self._heartbeat.pause()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if state.phase is Phase.ONLINE:
            self._ask_summary()

    # --- the screen -------------------------------------------------------------------

    def _show(self) -> None:
        """On top it follows; scrolled into the past it stays where it is and counts."""
        added = self._feed.take_added()
        rows = self._feed.rows
        at = self._list.first_visible
        self._list.show(rows, first=at + added if at else 0)
        if at and added:
            self._count_unseen(added)
        if rows:
            self._empty.place_forget()
        else:
            self._empty.place(in_=self._list.frame, relx=0.5, rely=0.4, anchor="center")

    def _count_unseen(self, added: int) -> None:
        self._unseen_count = self._unseen_count + added
        count = self._unseen_count
        self._unseen.configure(text=f"↑ {count} {'nova' if count == 1 else 'novas'}  Ctrl+Home")
        self._unseen.grid()

    def _scrolled(self) -> None:
        if self._list.first_visible == 0:
            self._unseen_count = 0
            self._unseen.grid_remove()

    def _to_top(self) -> None:
        self._list.show(self._feed.rows, first=0)
        self._scrolled()
        self._list.tree.focus_set()

    # --- the counters -----------------------------------------------------------------

    def _keep_summary(self) -> None:
        """Midnight comes without a movement, too."""
        self._ask_summary()
        self.shell.root.after(_SUMMARY_EVERY_MS, self._keep_summary)

    def _ask_summary(self) -> None:
        if self.shell.api.is_logged_in:
            self.shell.background.run(
                self.shell.api.summary, then=self._show_summary, failed=self._no_summary, key="resumo"
            )

    def _show_summary(self, day: Summary) -> None:
        entries = "1 entrada" if day.entries == 1 else f"{format_number(day.entries)} entradas"
        people = "1 pessoa" if day.people == 1 else f"{format_number(day.people)} pessoas"
        self._counters.configure(text=f"Hoje  {entries} · {format_number(day.quantity)} un. · {people}")

    def _no_summary(self, error: ApiError) -> None:
        """The last numbers stay; that the server is away is said in the status line."""
        if error.is_session_over:
            self.shell.session_over(error)
