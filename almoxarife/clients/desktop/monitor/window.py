"""The monitor window: who registered what, and how many, as it happens."""

from collections.abc import Sequence
from datetime import UTC, datetime

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.commands import Command, Group
from almoxarife.clients.desktop.frame.connection import ConnectionState, Heartbeat, Phase
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.monitor.feed import Feed
from almoxarife.clients.desktop.monitor.filter_bar import FilterBar
from almoxarife.clients.desktop.monitor.header import Head
from almoxarife.clients.desktop.monitor.live_list import LiveList
from almoxarife.clients.desktop.monitor.log_files import Record
from almoxarife.clients.desktop.monitor.movement_filter import View
from almoxarife.clients.desktop.monitor.polling import Batch, Follower, fetch
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
        self._record = Record(self.shell.folder)
        self._follower = Follower(self._record.last_seq)
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
        self.shell.on_session_over = self._rest
        self.shell.try_now = self._heartbeat.ask_now
        self.shell.root.after(_MINUTE_MS, self._each_minute)

    def run(self) -> None:
        try:
            self.shell.run(self._commands())
        finally:
            self._record.close()

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
        self._head = Head(screen, theme)
        self._filter = FilterBar(screen, px=theme.px, find=self._find, pause=self._pause, changed=self._view_changed)
        self._list = LiveList(screen, theme, self.shell.preferences, self._feed, newest=self._newest)
        self._head.frame.grid(row=0, column=0, sticky="ew")
        self._filter.frame.grid(row=1, column=0, sticky="ew", pady=(_GAP_PX, 0))
        self._list.frame.grid(row=2, column=0, sticky="nsew", pady=(_GAP_PX, 0))
        self._show_work()

    # --- following --------------------------------------------------------------------

    def _logged_in(self) -> None:
        person = self.shell.person
        if person is not None and person.id != self._shown_to:
            self._shown_to = person.id
            self._feed.clear()
            self._follower.show_again()
            self._list.show()
        self._feed.use_zone(self.shell.zone)
        self._record.zone = self.shell.zone
        self._follower.look_again()
        self._heartbeat.ask_now()
        self._ask_shops()
        self._list.focus()

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
            self.shell.warn(f"Não foi possível gravar em {self.shell.folder} ({disk_reason(error)}).")
            batch = Batch(())
        self._heartbeat.answered()
        self._show_work()
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
            self._ask_day()
            self._learn_shops(batch.movements)
        self._list.show()

    def _not_arrived(self, error: ApiError) -> None:
        if error.is_session_over:
            self._feed.server_back(now=datetime.now(UTC))  # it answers; what was missed is fetched after the login
            self._list.show()
            self._rest()
            if not self.shell.session_over(error):
                self._heartbeat.ask_now()
            return
        if error.is_connection_fault:
            self._feed.server_lost(now=datetime.now(UTC))
            self._list.show()
        self._follower.look_again()
        self._heartbeat.failed(error)

    def _rest(self) -> None:
        """Nobody is logged in: what is under way concerns nobody any more."""
        self.shell.background.forget("movimentacoes")
        self._heartbeat.pause()

    def _connection_changed(self, state: ConnectionState) -> None:
        self.shell.status.show_connection(state)
        if state.phase is Phase.ONLINE:
            self._ask_day()

    def _show_work(self) -> None:
        """And the shop of a person who has one only; of several each row names its own."""
        shop = [*self._list.shops.values()] if len(self._list.shops) == 1 else []
        others = [] if self._record.is_writing else [_OTHER_WRITES]
        parts = [f"⇡ fila {self.shell.outbox.count_waiting().total()}", *shop, *others]
        self.shell.status.show_work(" · ".join(parts), kind="Warn" if others else "Quiet")

    # --- what is shown ----------------------------------------------------------------

    def _view_changed(self, view: View) -> None:
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
        """A shop that was made after the login has no name here yet."""
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
        """Midnight comes without a movement, too, and what was new grows old."""
        self._ask_day()
        self._list.show()
        self.shell.root.after(_MINUTE_MS, self._each_minute)

    def _ask_day(self) -> None:
        if self.shell.api.is_logged_in:
            shell, shop_id = self.shell, self._list.view.shop_id
            self._head.ask(shell.background, shell.api, shop_id, self._question_failed, zone=shell.zone)

    def _question_failed(self, error: ApiError) -> None:
        """What is known stays; that the server is away is said in the status line."""
        if error.is_session_over:
            self.shell.session_over(error)
