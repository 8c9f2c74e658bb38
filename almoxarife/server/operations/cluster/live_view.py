"""The demo's output: a table that is redrawn in place, or one line for each change if it is not on a terminal."""

import shutil
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from almoxarife.server.coordination.members import ClusterView, Member
from almoxarife.wire.health import STATES_IN_WORDS

EVENTS_SHOWN = 8
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"


class ChangeLines:
    """Prints a line for each event and each change of the nodes."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._shown = ""

    def tell(self, event: str) -> None:
        self._write(f"{_now()}  {event}")

    def show(self, view: ClusterView | None, rate: float | None) -> None:
        if (line := describe(view)) != self._shown:
            self._shown = line
            self.tell(line)


class Screen:
    """A table of nodes, roles and lag, the rate of recording, and the last events, below the lines of ``head``."""

    def __init__(
        self,
        write: Callable[[str], None],
        head: list[str],
        *,
        size: Callable[[], tuple[int, int]] = shutil.get_terminal_size,
    ) -> None:
        """``size`` returns the current columns and rows of the window, which may be resized."""
        self._write = write
        self._head = head
        self._size = size
        self._events: deque[str] = deque(maxlen=EVENTS_SHOWN)
        self._last_event, self._times = "", 0
        self._led_by: str | None = None

    def tell(self, event: str) -> None:
        """Add an event. A repetition of the last event is counted in its line."""
        self._times = self._times + 1 if event == self._last_event else 1
        self._last_event = event
        if self._times > 1:
            self._events.pop()
            event += f" ({self._times} vezes)"
        self._events.append(f"{_now()}  {event}")

    def show(self, view: ClusterView | None, rate: float | None) -> None:
        leader = view.leader.name if view and view.leader else None
        if leader != self._led_by:
            self.tell(f"{leader} coordena" if leader else f"{self._led_by} se perdeu: ninguém coordena")
            self._led_by = leader
        columns, rows = self._size()
        lines = fit(self.draw(view, rate), len(self._events), columns, rows)
        # Drawn over the previous lines: clearing the screen first would flicker.
        cleared = [f"{line}{_CLEAR_LINE if not line or len(line) % columns else ''}" for line in lines]
        self._write(_HOME + "\n".join(cleared) + _CLEAR_BELOW)

    def draw(self, view: ClusterView | None, rate: float | None) -> list[str]:
        recorded = "sem resposta do banco" if rate is None else f"{rate:.0f} vendas e movimentações por segundo"
        rows = [f"{'nó':<6}{'papel':<20}{'atraso':>14}"]
        rows += [f"{member.name:<6}{_role(member):<20}{_lag(member):>14}" for member in view.members] if view else []
        return [*self._head, "", *(rows if view else ["nenhum nó responde"]), "", recorded, "", *self._events]


def fit(lines: list[str], events: int, columns: int, rows: int) -> list[str]:
    """Drop lines until the rest fits the window: first the oldest of the last ``events`` lines, then the lines above.

    Too many lines would scroll the window at each drawing.
    """
    left = list(lines)
    while len(left) > 1 and sum(max(1, -(-len(line) // columns)) for line in left) >= rows:
        del left[-events if events else 0]
        events = max(0, events - 1)
    return left


def describe(view: ClusterView | None) -> str:
    """One line about the nodes."""
    if view is None:
        return "nenhum nó responde"
    words = []
    for member in view.members:
        lag = f", atraso {member.lag_bytes} bytes" if member.lag_bytes else ""
        words.append(f"{member.name} {_role(member)}{lag}")
    return " · ".join(words)


def _role(member: Member) -> str:
    if not member.is_up:
        return STATES_IN_WORDS.get(member.state, "parado")
    return "coordena" if member.leads else "reserva síncrona" if member.is_synchronous else "reserva"


def _lag(member: Member) -> str:
    return "?" if member.lag_bytes is None else "" if member.leads else f"{member.lag_bytes} bytes"


def _now() -> str:
    return f"{datetime.now(UTC).astimezone():%H:%M:%S}"
