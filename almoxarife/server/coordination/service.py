"""Watches which node of the cluster coordinates, every second. Without a cluster it is always this machine."""

import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from threading import Thread
from time import monotonic

from almoxarife.server.coordination import events, members, models
from almoxarife.server.coordination.events import Event
from almoxarife.server.coordination.members import ClusterView, Leader, Member, NobodyAnswers
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.logs.service import Entry, LogQueue, now_micros
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.wire.health import CoordinationEventKind as Kind

EVERY_S = 1.0
MISSED_AFTER = timedelta(seconds=8)
"""A change that takes longer is recorded as a lost coordinator; a planned one takes five seconds."""
AWAY_AFTER_S = 3.0
"""After so long without an answer, requests no longer wait for the database: it may be frozen."""

log = logging.getLogger(__name__)


class CoordinatorWatch:
    """Follows the coordinator in a thread. ``view`` and ``events`` may be read from any thread.

    ``view`` is None while no node answers.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        logs: LogQueue,
        *,
        read_view: Callable[[Sequence[str]], ClusterView] = members.read_view,
        read_newest_view: Callable[[Sequence[str]], ClusterView] = members.read_newest_view,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._urls = settings.cluster
        self._database = database
        self._logs = logs
        self._read_view = read_view
        self._read_newest_view = read_newest_view
        self._clock = clock
        self._has_read_leader = False
        self._known: Leader | None = None
        self._lost_at: datetime | None = None
        self._waiting: list[Event] = []
        self._names: set[str] = {settings.main_node} if settings.main_node else set()
        """The names of all nodes seen so far."""
        self._database_answered_at_s = monotonic()
        self.events: list[Event] = []
        """The newest events, as last read from the database."""
        self._closing = Signal()
        self._thread = Thread(target=self._run, name="coordination", daemon=True)
        self.started_at = clock()
        self.is_single_machine = not settings.cluster
        self.own_name = socket.gethostname() or "servidor"
        self.main = settings.main_node or self.own_name
        self.view: ClusterView | None = (
            ClusterView((_single_member(self.own_name),)) if self.is_single_machine else None
        )
        self.knows_nothing_since: datetime | None = None
        """Since when neither the database nor most nodes have answered. One node is not enough: it may be cut off."""

    def start(self) -> None:
        if not self.is_single_machine:
            self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def coordinator(self) -> str | None:
        leader = self.view.leader if self.view else None
        return leader.name if leader else None

    @property
    def without_coordinator_since(self) -> datetime | None:
        return self._lost_at if self.coordinator is None else None

    @property
    def is_database_away(self) -> bool:
        """Whether a request should not wait for the database."""
        return not self.is_single_machine and (
            self.coordinator is None or monotonic() - self._database_answered_at_s > AWAY_AFTER_S
        )

    def step(self) -> None:
        """Read the view once, and store new events, now or as soon as the database accepts them."""
        now = self._clock()
        view = self._find_view()
        self.knows_nothing_since = None if view is not None else self.knows_nothing_since or now
        if view is not None:
            view = members.with_absent(view, self._names)
            self._names = {member.name for member in view.members}
        self.view = view
        self._follow(view.leader if view else None, now)
        # Also without a view: once the database answers, ``_find_view`` accepts the view of a single node.
        self._read_events()

    def _follow(self, leader: Leader | None, now: datetime) -> None:
        if leader is None:
            self._lost_at = self._lost_at or now
        if not self._read_known_leader():
            return
        if leader is not None and self._known is not None and leader != self._known:
            # Right after its promotion a node still reports the timeline of its predecessor.
            leader = leader if leader.timeline > self._known.timeline else None
        if leader is None:
            self._lost_at = self._lost_at or now
            return
        is_missed = self._lost_at is not None and now - self._lost_at >= MISSED_AFTER
        is_planned = leader.name == self.main and not is_missed
        lost_at = None if is_planned else self._lost_at
        self._waiting += events.derive_events(self._known, leader, main=self.main, at=now, lost_at=lost_at)
        self._known, self._lost_at = leader, None
        self._store_waiting()

    def _find_view(self) -> ClusterView | None:
        """The first node's view; while the database is away, the newest of most nodes. None if too few answer."""
        has_answered = monotonic() - self._database_answered_at_s <= AWAY_AFTER_S
        try:
            return self._read_view(self._urls) if has_answered else self._read_newest_view(self._urls)
        except NobodyAnswers:
            return None

    def _read_known_leader(self) -> bool:
        """Read the last recorded leader, once; False while the database is away."""
        if not self._has_read_leader:
            try:
                with self._database.reading() as session:
                    self._known = models.find_leader(session)
            except StoreUnavailable:
                return False
            self._has_read_leader = True
        return True

    def _store_waiting(self) -> None:
        if not self._waiting:
            return
        try:
            with self._database.transaction() as session:
                new = models.record(session, self._waiting)
        except (StoreUnavailable, WriteFailed):
            return  # the next look tries again
        self._waiting = []
        for event in new:
            self._log_event(event)

    def _read_events(self) -> None:
        with suppress(StoreUnavailable), self._database.reading() as session:
            self.events = models.list_newest(session)
            self._database_answered_at_s = monotonic()

    def _log_event(self, event: Event) -> None:
        at = now_micros()
        result = "failure" if event.kind is Kind.LOST else "success"
        self._logs.put(Entry(at, at, "coordinator", "N/A", event.kind.value, result, event.leader.name))

    def _run(self) -> None:
        while not self._closing.wait(EVERY_S):
            try:
                self.step()
            except Exception:  # the thread must go on
                log.exception("coordination")


def _single_member(name: str) -> Member:
    return Member(name, leads=True, is_synchronous=False, is_up=True, state="running", timeline=1, lag_bytes=0)
