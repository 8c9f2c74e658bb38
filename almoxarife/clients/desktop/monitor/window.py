"""The monitor window: shows each movement as it is recorded, and logs it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.commands import Command, Group
from almoxarife.clients.desktop.frame.connection import ConnectionState, Heartbeat, Phase
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.monitor.feed import Feed
from almoxarife.clients.desktop.monitor.filter_bar import FilterBar
from almoxarife.clients.desktop.monitor.header import Header
from almoxarife.clients.desktop.monitor.live_list import LiveList
from almoxarife.clients.desktop.monitor.log_files import MovementLog
from almoxarife.clients.desktop.monitor.movement_filter import MovementFilter
from almoxarife.clients.desktop.monitor.polling import PollCursor, PolledMovements, fetch
from almoxarife.files import disk_reason
from almoxarife.wire.accounts import Role
from almoxarife.wire.stock import Movement
from almoxarife.wire.stores import Shop

_MINUTE_MS = 60_000
_GAP_PX = 10
_OTHER_WRITES = "Outro monitor deste computador já grava o inventario.log"


class Monitor:
    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self._log = MovementLog(self.shell.folder)
        self._cursor = PollCursor(self._log.last_seq)
        self._feed = Feed()
        self._shown_to: str | None = None
        self._heartbeat = Heartbeat(
            self.shell.root,
            ask=self._ask,
            show=self._connection_changed,
            interval_s=self.shell.interval_s,
            reserve=lambda: self.shell.api.reserve,
        )
        self._find = Command("Filtrar", ("Control-f",), self._focus_filter, self._at_work)
        self._pause = Command("Pausar", ("space",), self._toggle_pause, self._at_work, is_outside_text_only=True)
        self._newest = Command("Ir ao mais novo", ("Control-Home",), self._go_to_newest, self._at_work)
        self._lay_out()
        self.shell.on_login = self._logged_in
        self.shell.on_session_over = self._stop
        self.shell.try_now = self._heartbeat.ask_now
        self.shell.root.after(_MINUTE_MS, self._each_minute)

    def run(self) -> None:
        try:
            self.shell.run(self._commands())
        finally:
            self._log.close()

    def _commands(self) -> list[Command]:
        return [
            self._pause,
            self._newest,
            self._find,
            Command("Mostrar tudo", ("Escape",), self._show_everything, self._at_work),
            Command("Atualizar", ("F5",), self._heartbeat.ask_now, self._at_work, group=Group.VIEW),
        ]

    def _at_work(self) -> bool:
        return self.shell.is_at_work

    def _lay_out(self) -> None:
        screen, theme = self.shell.screen, self.shell.theme
        screen.columnconfigure(0, weight=1)
        screen.rowconfigure(2, weight=1)
        # Tab goes in the order in which the widgets are made.
        self._head = Header(screen, theme)
        self._filter = FilterBar(screen, px=theme.px, find=self._find, pause=self._pause, changed=self._view_changed)
        self._list = LiveList(screen, theme, self.shell.preferences, self._feed, newest=self._newest)
        self._head.frame.grid(row=0, column=0, sticky="ew")
        self._filter.frame.grid(row=1, column=0, sticky="ew", pady=(_GAP_PX, 0))
        self._list.frame.grid(row=2, column=0, sticky="nsew", pady=(_GAP_PX, 0))
        self._show_work()

    # --- polling ----------------------------------------------------------------------

    def _logged_in(self) -> None:
        user = self.shell.user
        if user is not None and user.id != self._shown_to:
            self._shown_to = user.id
            self._feed.clear()
            self._cursor.show_again()
            self._list.show()
        self._feed.use_zone(self.shell.zone)
        self._log.zone = self.shell.zone
        self._cursor.verify_next()
        self._heartbeat.ask_now()
        self._ask_shops()
        self._list.focus()

    def _ask(self) -> None:
        api, request = self.shell.api, self._cursor.next_request(self._landmark())
        self.shell.background.run(
            lambda: fetch(api, request), then=self._arrived, failed=self._not_arrived, key="movimentacoes"
        )

    def _landmark(self) -> Movement | None:
        """A logged movement that this person may see, who may not see all shops."""
        user = self.shell.user
        if user is None:
            return None
        return self._log.landmark(None if user.role is Role.ADMIN else user.shops)

    def _arrived(self, batch: PolledMovements) -> None:
        try:
            self._take(batch)
        except OSError as error:
            # The cursor has not moved, so the next poll returns the same movements again.
            self.shell.warn(f"Não foi possível gravar em {self.shell.folder} ({disk_reason(error)}).")
            batch = PolledMovements(())
        self._heartbeat.answered()
        self._show_work()
        if batch.is_full:
            self._heartbeat.ask_now()

    def _take(self, batch: PolledMovements) -> None:
        now = datetime.now(UTC)
        if batch.is_other_history:
            self._log.start_over()
            self._feed.forget_numbers()
            self._feed.say("⚠ O servidor voltou com outro histórico: o registro recomeçou num arquivo novo.", now=now)
        self._log.append(batch.movements)
        self._feed.add_history(batch.known, now=now)
        if self._cursor.is_catching_up:
            self._feed.add_history(batch.movements, now=now)
        else:
            self._feed.add_live(batch.movements, now=now)
        self._cursor.took(batch)
        if not batch.is_full:
            self._feed.server_back(now=now)
        if batch.movements:
            self._ask_day()
            self._learn_shops(batch.movements)
        self._list.show()

    def _not_arrived(self, error: ApiError) -> None:
        if error.is_session_over:
            self._feed.server_back(now=datetime.now(UTC))  # it answers; the rest is fetched after the login
            self._list.show()
            self._stop()
            if not self.shell.session_over(error):
                self._heartbeat.ask_now()
            return
        if error.is_connection_fault:
            self._feed.server_lost(now=datetime.now(UTC))
            self._list.show()
        self._cursor.verify_next()
        self._heartbeat.failed(error)

    def _stop(self) -> None:
        """Nobody is logged in: stop polling and drop a running request."""
        self.shell.background.forget("movimentacoes")
        self._heartbeat.pause()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if state.phase is Phase.ONLINE:
            self._ask_day()

    def _show_work(self) -> None:
        """Show the queue, and the shop if the person has only one; otherwise each row names its shop."""
        shop = [*self._list.shops.values()] if len(self._list.shops) == 1 else []
        others = [] if self._log.is_writing else [_OTHER_WRITES]
        parts = [f"⇡ fila {self.shell.outbox.count_waiting().total()}", *shop, *others]
        self.shell.status.show_work(" · ".join(parts), kind="Warn" if others else "Quiet")

    # --- filter and pause -------------------------------------------------------------

    def _view_changed(self, view: MovementFilter) -> None:
        is_other_shop = view.shop_id != self._list.view.shop_id
        self._list.narrow(view)
        if is_other_shop:
            self._ask_day()

    def _toggle_pause(self) -> None:
        self._list.pause(is_paused=not self._list.is_paused)
        self._filter.show_pause(is_paused=self._list.is_paused)

    def _go_to_newest(self) -> None:
        if self._list.is_paused:
            self._toggle_pause()
        self._list.go_to_newest()

    def _focus_filter(self) -> None:
        self._filter.focus_text()

    def _show_everything(self) -> None:
        self._filter.clear()
        self._list.focus()

    # --- shops and the day ------------------------------------------------------------

    def _learn_shops(self, movements: Sequence[Movement]) -> None:
        """Ask for the shops again if one is unknown: it was created after the login."""
        if any(movement.shop_id not in self._list.shops for movement in movements):
            self._ask_shops()

    def _ask_shops(self) -> None:
        self.shell.background.run(
            self.shell.api.shops, then=self._shops_came, failed=self._question_failed, key="lojas-do-monitor"
        )

    def _shops_came(self, shops: list[Shop]) -> None:
        self._filter.show_shops(shops)
        self._list.name_shops({shop.id: shop.name for shop in shops})
        self._list.narrow(self._filter.view)
        self._show_work()

    def _each_minute(self) -> None:
        """At midnight the totals change without a movement, and after a minute a row is no longer "novo"."""
        self._ask_day()
        self._list.show()
        self.shell.root.after(_MINUTE_MS, self._each_minute)

    def _ask_day(self) -> None:
        if self.shell.api.is_logged_in:
            shell, shop_id = self.shell, self._list.view.shop_id
            self._head.ask(shell.background, shell.api, shop_id, self._question_failed, zone=shell.zone)

    def _question_failed(self, error: ApiError) -> None:
        """Keep what is shown; the status bar tells that the server is away."""
        if error.is_session_over:
            self.shell.session_over(error)
