"""What stands on the monitor's screen, newest first. No widget here.

History (what was there when the monitor began) lies below a line; above it is what came
while it ran. An outage is one line, growing while it lasts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo

from almoxarife.brazil import format_datetime, format_number, format_time
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.clients.desktop.kit.wording import kind_word, sign, signed
from almoxarife.clients.desktop.monitor.movement_filter import EVERYTHING, View
from almoxarife.wire.stock import Movement

LONGEST = 2000
NEW_FOR = timedelta(seconds=60)


@dataclass(frozen=True)
class _Entry:
    """A movement, or a sentence in its place."""

    number: int
    """Growing in the order of arrival; what is held back by a pause is told by it."""
    key: str
    arrived: datetime
    movement: Movement | None = None
    is_live: bool = False
    sentence: str = ""
    kind: str = "Quiet"


@dataclass
class _Outage:
    began: datetime
    key: str


@dataclass
class _Drawn:
    """Rows that need not be written again while the day and the names of the shops are the same."""

    today: date | None = None
    shops: Mapping[str, str] = field(default_factory=dict)
    rows: dict[tuple[str, bool], Row] = field(default_factory=dict)


class Feed:
    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._live: list[_Entry] = []
        self._history: list[_Entry] = []
        self._boundary: _Entry | None = None
        self._outage: _Outage | None = None
        self._seen: set[int] = set()
        self._count = 0
        self._drawn = _Drawn()
        self._zone: tzinfo | None = None
        """The shop's; None: São Paulo's."""

    def use_zone(self, zone: tzinfo) -> None:
        """Sentences that stand there already keep the time they tell."""
        if zone != self._zone:
            self._zone, self._drawn = zone, _Drawn()

    @property
    def newest(self) -> int:
        """The number of what came last; a pause shows nothing above it."""
        return self._count

    def rows(
        self,
        view: View = EVERYTHING,
        *,
        now: datetime,
        shops: Mapping[str, str] | None = None,
        up_to: int | None = None,
    ) -> list[Row]:
        """What ``view`` lets through, with the names of ``shops`` by id; ``up_to``: nothing newer than that."""
        self._keep_drawn(self._day(now), shops or {})
        return [self._draw(entry, now) for entry in self._entries(view, up_to)]

    def count_held_back(self, view: View, up_to: int) -> int:
        """The movements that a pause does not show."""
        return sum(e.number > up_to and e.movement is not None and view.takes(e.movement) for e in self._live)

    def add_history(self, movements: Sequence[Movement], *, now: datetime) -> None:
        """Oldest first, as they arrive."""
        older = [self._entry(movement, now, is_live=False) for movement in self._unseen(movements)]
        self._history = [*reversed(older), *self._history][: self._longest]
        if self._boundary is None and self._history:
            self._boundary = self._sentence("historico", f"── histórico até {self._clock(now)} ──", "Quiet", now)

    def add_live(self, movements: Sequence[Movement], *, now: datetime) -> None:
        for movement in self._unseen(movements):
            self._push(self._entry(movement, now, is_live=True))

    def server_lost(self, *, now: datetime) -> None:
        if self._outage is None:
            self._outage = _Outage(now, f"outage-{now.timestamp()}")
            sentence = f"◐ Sem servidor desde {self._clock(now)}"
            self._push(self._sentence(self._outage.key, sentence, "Warn", now))

    def server_back(self, *, now: datetime) -> None:
        """After the rows of the outage were added: they stand above its line."""
        if self._outage is None:
            return
        old, self._outage = self._outage, None
        sentence = f"● Sem servidor {self._span(old.began, now)}, nada perdido"
        self._live = [replace(e, sentence=sentence) if e.key == old.key else e for e in self._live]
        self._drawn = _Drawn()

    def say(self, text: str, *, now: datetime) -> None:
        self._push(self._sentence(f"aviso-{now.timestamp()}", text, "Warn", now))

    def clear(self) -> None:
        """Another person looks at this screen, who may see other shops."""
        self._live, self._history = [], []
        self._boundary = self._outage = None
        self._seen.clear()

    def forget_numbers(self) -> None:
        """The server counts anew: an equal number is another movement."""
        self._seen.clear()

    # --- entries ----------------------------------------------------------------------

    def _unseen(self, movements: Sequence[Movement]) -> list[Movement]:
        fresh = [m for m in movements if m.seq not in self._seen]
        self._seen.update(m.seq for m in fresh)
        return fresh

    def _entry(self, movement: Movement, now: datetime, *, is_live: bool) -> _Entry:
        self._count += 1
        # The number alone is no key: after a restore the server gives it out again.
        key = f"{movement.seq}-{movement.id}-{movement.recorded_at.timestamp()}"
        return _Entry(self._count, key, now, movement, is_live)

    def _sentence(self, key: str, text: str, kind: str, now: datetime) -> _Entry:
        self._count += 1
        return _Entry(self._count, key, now, sentence=text, kind=kind)

    def _push(self, entry: _Entry) -> None:
        self._live.insert(0, entry)
        excess = len(self._live) + len(self._history) - self._longest
        if excess > 0:
            kept = max(0, len(self._history) - excess)
            self._live = self._live[: self._longest]
            self._history = self._history[:kept]

    def _entries(self, view: View, up_to: int | None) -> list[_Entry]:
        boundary = [self._boundary] if self._boundary else []
        return [
            entry
            for entry in (*self._live, *boundary, *self._history)
            if (up_to is None or entry.number <= up_to) and (entry.movement is None or view.takes(entry.movement))
        ]

    # --- rows -------------------------------------------------------------------------

    def _keep_drawn(self, today: date, shops: Mapping[str, str]) -> None:
        if (self._drawn.today, self._drawn.shops) != (today, shops):
            self._drawn = _Drawn(today, dict(shops))

    def _draw(self, entry: _Entry, now: datetime) -> Row:
        is_new = entry.is_live and now - entry.arrived < NEW_FOR
        drawn = self._drawn.rows.get((entry.key, is_new))
        if drawn is None:
            drawn = self._drawn.rows[entry.key, is_new] = self._row_of(entry, is_new=is_new)
        return drawn

    def _row_of(self, entry: _Entry, *, is_new: bool) -> Row:
        movement = entry.movement
        if movement is None:
            return Row(entry.key, sentence=entry.sentence, kind=entry.kind)
        at = movement.recorded_at
        cells = (
            self._when(at),
            f"{sign(movement)} {kind_word(movement.kind)}",
            movement.recorded_by,
            signed(movement.effect),
            movement.product_name,
            format_number(movement.balance),
            self._drawn.shops.get(movement.shop_id, ""),
            "novo" if is_new else "",
        )
        direction = ("up" if movement.effect >= 0 else "down",) if entry.is_live else ()
        return Row(entry.key, cells, (*direction, "new") if is_new else direction)

    # --- times, as the shop's clock has them ------------------------------------------------

    def _when(self, at: datetime) -> str:
        if self._day(at) == self._drawn.today:
            return format_time(at, self._zone)
        return self._day_and_clock(at)

    def _span(self, began: datetime, ended: datetime) -> str:
        """ "14:03-14:05", with the days where they are two."""
        if self._day(began) == self._day(ended):
            return f"{self._clock(began)}-{self._clock(ended)}"
        return f"{self._day_and_clock(began)} - {self._day_and_clock(ended)}"

    def _clock(self, moment: datetime) -> str:
        return format_time(moment, self._zone)[:5]

    def _day_and_clock(self, moment: datetime) -> str:
        return f"{format_datetime(moment, self._zone)[:5]} {self._clock(moment)}"

    def _day(self, moment: datetime) -> date:
        day, month, year = format_datetime(moment, self._zone)[:10].split("/")
        return date(int(year), int(month), int(day))
