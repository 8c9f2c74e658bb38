"""The contents of the monitor's list, newest first. No widget here.

A separator line divides live movements (above) from history, which was there when the monitor started
(below). An outage is a single line, which is completed when the server is back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from almoxarife.brazil import SAO_PAULO, format_number, format_time
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.clients.desktop.kit.wording import kind_word, sign, signed
from almoxarife.clients.desktop.monitor.movement_filter import EVERYTHING, MovementFilter
from almoxarife.wire.stock import Movement

MAX_LINES = 2000
NEW_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class _Entry:
    """A movement, or a sentence between the movements."""

    number: int
    """Ascending in order of arrival. While paused, entries above a number are not shown."""
    key: str
    arrived: datetime
    movement: Movement | None = None
    is_live: bool = False
    sentence: str = ""
    """Its "{}" is the place of ``span``."""
    span: tuple[datetime, ...] = ()
    kind: str = "Quiet"


@dataclass
class _Outage:
    began: datetime
    key: str


@dataclass
class _Rendered:
    """Cache of rows, valid as long as the day and the names of the shops are the same."""

    today: date | None = None
    shops: Mapping[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, bool], Row] = field(default_factory=dict)


class Feed:
    """``max_entries``: how many entries are kept; the oldest are dropped."""

    def __init__(self, max_entries: int = MAX_LINES) -> None:
        self._max_entries = max_entries
        self._live: list[_Entry] = []
        self._history: list[_Entry] = []
        self._boundary: _Entry | None = None
        self._outage: _Outage | None = None
        self._seen: set[int] = set()
        self._count = 0
        self._rendered = _Rendered()
        self._zone: tzinfo = ZoneInfo(SAO_PAULO)
        """The shop's time zone."""

    def use_zone(self, zone: tzinfo) -> None:
        if zone != self._zone:
            self._zone, self._rendered = zone, _Rendered()

    @property
    def newest(self) -> int:
        """The number of the newest entry."""
        return self._count

    def rows(
        self,
        view: MovementFilter = EVERYTHING,
        *,
        now: datetime,
        shops: Mapping[str, str] | None = None,
        up_to: int | None = None,
    ) -> list[Row]:
        """The entries that match ``view``, up to the number ``up_to``. ``shops``: names by id, to be shown."""
        self._keep_drawn(self._day(now), shops or {})
        return [self._draw(entry, now) for entry in self._entries(view, up_to)]

    def count_held_back(self, view: MovementFilter, up_to: int) -> int:
        """How many matching movements are newer than ``up_to``."""
        return sum(e.number > up_to and e.movement is not None and view.matches(e.movement) for e in self._live)

    def add_history(self, movements: Sequence[Movement], *, now: datetime) -> None:
        """``movements``: oldest first."""
        older = [self._entry(movement, now, is_live=False) for movement in self._unseen(movements)]
        self._history = [*reversed(older), *self._history][: self._max_entries]
        if self._boundary is None and self._history:
            self._boundary = self._sentence("historico", "── histórico até {} ──", "Quiet", now, span=(now,))

    def add_live(self, movements: Sequence[Movement], *, now: datetime) -> None:
        for movement in self._unseen(movements):
            self._push(self._entry(movement, now, is_live=True))

    def server_lost(self, *, now: datetime) -> None:
        if self._outage is None:
            self._outage = _Outage(now, f"outage-{now.timestamp()}")
            self._push(self._sentence(self._outage.key, "◐ Sem servidor desde {}", "Warn", now, span=(now,)))

    def server_back(self, *, now: datetime) -> None:
        """Call it after adding the movements of the outage, which are shown above its line."""
        if self._outage is None:
            return
        old, self._outage = self._outage, None
        sentence, span = "● Sem servidor {}, nada perdido", (old.began, now)
        self._live = [replace(e, sentence=sentence, span=span) if e.key == old.key else e for e in self._live]
        self._rendered = _Rendered()

    def say(self, text: str, *, now: datetime) -> None:
        self._push(self._sentence(f"aviso-{now.timestamp()}", text, "Warn", now))

    def clear(self) -> None:
        """Remove everything: another person logs in, who may see other shops."""
        self._live, self._history = [], []
        self._boundary = self._outage = None
        self._seen.clear()

    def forget_numbers(self) -> None:
        """The server's data were replaced: the same ``seq`` is another movement now."""
        self._seen.clear()

    # --- entries ----------------------------------------------------------------------

    def _unseen(self, movements: Sequence[Movement]) -> list[Movement]:
        fresh = [m for m in movements if m.seq not in self._seen]
        self._seen.update(m.seq for m in fresh)
        return fresh

    def _entry(self, movement: Movement, now: datetime, *, is_live: bool) -> _Entry:
        self._count += 1
        # ``seq`` alone is not unique: after a restore the server assigns it again.
        key = f"{movement.seq}-{movement.id}-{movement.recorded_at.timestamp()}"
        return _Entry(self._count, key, now, movement, is_live)

    def _sentence(self, key: str, text: str, kind: str, now: datetime, *, span: tuple[datetime, ...] = ()) -> _Entry:
        self._count += 1
        return _Entry(self._count, key, now, sentence=text, span=span, kind=kind)

    def _push(self, entry: _Entry) -> None:
        self._live.insert(0, entry)
        excess = len(self._live) + len(self._history) - self._max_entries
        if excess > 0:
            kept = max(0, len(self._history) - excess)
            self._live = self._live[: self._max_entries]
            self._history = self._history[:kept]

    def _entries(self, view: MovementFilter, up_to: int | None) -> list[_Entry]:
        boundary = [self._boundary] if self._boundary else []
        return [
            entry
            for entry in (*self._live, *boundary, *self._history)
            if (up_to is None or entry.number <= up_to) and (entry.movement is None or view.matches(entry.movement))
        ]

    # --- rows -------------------------------------------------------------------------

    def _keep_drawn(self, today: date, shops: Mapping[str, str]) -> None:
        if (self._rendered.today, self._rendered.shops) != (today, shops):
            self._rendered = _Rendered(today, dict(shops))

    def _draw(self, entry: _Entry, now: datetime) -> Row:
        is_new = entry.is_live and now - entry.arrived < NEW_FOR
        rendered = self._rendered.rows.get((entry.key, is_new))
        if rendered is None:
            rendered = self._rendered.rows[entry.key, is_new] = self._row_of(entry, is_new=is_new)
        return rendered

    def _row_of(self, entry: _Entry, *, is_new: bool) -> Row:
        movement = entry.movement
        if movement is None:
            sentence = entry.sentence.format(self._span(*entry.span)) if entry.span else entry.sentence
            return Row(entry.key, sentence=sentence, kind=entry.kind)
        at = movement.recorded_at
        cells = (
            self._when(at),
            f"{sign(movement)} {kind_word(movement.kind)}",
            movement.recorded_by,
            signed(movement.effect),
            movement.product_name,
            format_number(movement.balance),
            self._rendered.shops.get(movement.shop_id, ""),
            "novo" if is_new else "",
        )
        direction = ("up" if movement.effect >= 0 else "down",) if entry.is_live else ()
        return Row(entry.key, cells, (*direction, "new") if is_new else direction)

    # --- times in the shop's zone ----------------------------------------------------------

    def _when(self, at: datetime) -> str:
        if self._day(at) == self._rendered.today:
            return format_time(at, self._zone)
        return self._day_and_clock(at)

    def _span(self, began: datetime, ended: datetime | None = None) -> str:
        """ "14:03", "14:03-14:05", "às 14:03" if both are the same minute; with the dates if not all of it is today."""
        first = self._clock(began) if self._day(began) == self._rendered.today else self._day_and_clock(began)
        if ended is None:
            return first
        if self._day(began) != self._day(ended):
            return f"{self._day_and_clock(began)} - {self._day_and_clock(ended)}"
        last = self._clock(ended)
        return f"às {first}" if self._clock(began) == last else f"{first}-{last}"

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%H:%M}"

    def _day_and_clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%d/%m %H:%M}"

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()
