"""What stands on the monitor's screen, newest first. No widget here.

History (what was there when the monitor began) lies below a line; above it is what came
while it ran. An outage is one line, growing while it lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from almoxarife.brazil import format_datetime, format_number, format_time
from almoxarife.clients.desktop.monitor.wording import kind_word, sign, signed
from almoxarife.clients.desktop.virtual_list import Row
from almoxarife.wire.stock import Movement

LONGEST = 2000


@dataclass
class _Outage:
    began: datetime
    row: Row


class Feed:
    """``rows`` is what to show; ``added`` counts the rows put on top since ``take_added``."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._live: list[Row] = []
        self._history: list[Row] = []
        self._boundary: Row | None = None
        self._outage: _Outage | None = None
        self._seen: set[int] = set()
        self._added = 0

    @property
    def rows(self) -> Sequence[Row]:
        boundary = [self._boundary] if self._boundary else []
        return [*self._live, *boundary, *self._history]

    def take_added(self) -> int:
        """How many rows came on top since the last call."""
        added, self._added = self._added, 0
        return added

    def add_history(self, movements: Sequence[Movement], *, now: datetime) -> None:
        """Oldest first, as they arrive."""
        fresh = self._unseen(movements)
        rows = [row_of(m, today=_day(now), is_new=False) for m in reversed(fresh)]
        self._history = [*rows, *self._history][: self._longest]
        if self._boundary is None and self._history:
            text = f"── histórico até {format_time(now)[:5]} ──"
            self._boundary = _line("historico", text, "Quiet")

    def add_live(self, movements: Sequence[Movement], *, now: datetime) -> int:
        """The number of rows that were not on the screen yet."""
        fresh = self._unseen(movements)
        for movement in fresh:
            self._push(row_of(movement, today=_day(now), is_new=True))
        return len(fresh)

    def server_lost(self, *, now: datetime) -> None:
        if self._outage is None:
            key = f"outage-{now.timestamp()}"
            self._outage = _Outage(now, _line(key, f"◐ Sem servidor desde {format_time(now)[:5]}", "Warn"))
            self._push(self._outage.row)

    def server_back(self, *, now: datetime) -> None:
        """After the rows of the outage were added: they stand above its line."""
        if self._outage is None:
            return
        old, self._outage = self._outage, None
        span = f"{format_time(old.began)[:5]}-{format_time(now)[:5]}"
        ended = _line(old.row.key, f"● Sem servidor {span}, nada perdido", "Warn")
        self._live = [ended if row.key == old.row.key else row for row in self._live]

    def say(self, text: str, *, now: datetime) -> None:
        self._push(_line(f"aviso-{now.timestamp()}", text, "Warn"))

    def forget_numbers(self) -> None:
        """The server counts anew: an equal number is another movement."""
        self._seen.clear()

    def _unseen(self, movements: Sequence[Movement]) -> list[Movement]:
        fresh = [m for m in movements if m.seq not in self._seen]
        self._seen.update(m.seq for m in fresh)
        return fresh

    def _push(self, row: Row) -> None:
        self._live.insert(0, row)
        self._added += 1
        excess = len(self._live) + len(self._history) - self._longest
        if excess > 0:
            kept = max(0, len(self._history) - excess)
            self._live = self._live[: self._longest]
            self._history = self._history[:kept]


def row_of(movement: Movement, *, today: date, is_new: bool) -> Row:
    at = movement.recorded_at
    day = format_datetime(at)[:5]
    is_today = day == today.strftime("%d/%m")
    cells = (
        format_time(at) if is_today else f"{day} {format_time(at)[:5]}",
        f"{sign(movement)} {kind_word(movement.kind)}",
        movement.recorded_by,
        signed(movement.effect),
        movement.product_name,
        format_number(movement.balance),
        "novo" if is_new else "",
    )
    tags = ("up" if movement.effect >= 0 else "down", "new") if is_new else ("old",)
    # The number alone is no key: after a restore the server gives it out again.
    return Row(f"{movement.seq}-{movement.id}-{at.timestamp()}", cells, tags)


def _line(key: str, text: str, kind: str) -> Row:
    return Row(key, sentence=text, kind=kind)


def _day(now: datetime) -> date:
    day, month, year = format_datetime(now)[:10].split("/")
    return date(int(year), int(month), int(day))
