"""Polls the server at intervals and reports the state of the connection.

One request runs at a time: the next is scheduled when the response has arrived, so a hanging server
is not asked twice.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.frame.background import BackOff, Scheduler


class Phase(Enum):
    CONNECTING = "conectando"
    ONLINE = "conectado"
    SLOW = "demorando"
    WAITING = "esperando"
    STOPPED = "parado"


@dataclass(frozen=True)
class ConnectionState:
    phase: Phase
    attempt: int = 0
    seconds_left: int = 0
    reason: str = ""
    """Why the last request failed, as a sentence to show."""
    reserve: str = ""
    """The server in use if it is not the main one."""

    @property
    def is_away(self) -> bool:
        """Also true while the next attempt is running."""
        return self.phase is Phase.WAITING or (self.phase is Phase.CONNECTING and self.attempt > 0)

    @property
    def sentence(self) -> str:
        tries = f" (tentativa {self.attempt})" if self.attempt > 1 else ""
        match self.phase:
            case Phase.ONLINE:
                return f"Conectado à reserva {self.reserve}" if self.reserve else "Conectado"
            case Phase.SLOW:
                return "O servidor está demorando…"
            case Phase.STOPPED:
                return "Sessão encerrada"
            case Phase.CONNECTING:
                return f"Reconectando…{tries}" if self.attempt else "Conectando…"
            case Phase.WAITING:
                return f"Reconectando em {self.seconds_left} s{tries}"


SLOW_AFTER_MS = 1500
_SECOND_MS = 1000


class Heartbeat:
    """Calls ``ask`` every ``interval_s`` after a success, and after a back-off following a failure.

    For each call of ``ask`` the owner must call ``answered``, ``failed`` or ``pause``. ``show`` is called with
    every new state. ``reserve`` returns the server in use if it is not the main one.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        *,
        ask: Callable[[], None],
        show: Callable[[ConnectionState], None],
        interval_s: float,
        back_off: BackOff | None = None,
        reserve: Callable[[], str] = str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._scheduler = scheduler
        self._ask = ask
        self._show = show
        self._interval_s = interval_s
        self._back_off = back_off or BackOff()
        self._reserve = reserve
        self._clock = clock
        self._timer: str | None = None
        self._is_asking = False
        self._is_again = False
        self._retry_at = 0.0
        self._reason = ""
        self.state = ConnectionState(Phase.CONNECTING)

    @property
    def is_online(self) -> bool:
        return self.state.phase in {Phase.ONLINE, Phase.SLOW}

    def ask_now(self) -> None:
        """Ask without waiting for the timer; if a request is running, ask once more right after it."""
        if self._is_asking:
            self._is_again = True
            return
        self._cancel()
        self._is_asking = True
        if self.is_online:
            self._timer = self._scheduler.after(SLOW_AFTER_MS, self._say_slow)
        else:
            self._tell(ConnectionState(Phase.CONNECTING, self._back_off.attempt, reason=self._reason))
        self._ask()

    def answered(self) -> None:
        self._end_question()
        self._back_off.reset()
        self._reason = ""
        self._tell(ConnectionState(Phase.ONLINE, reserve=self._reserve()))
        if self._is_again:
            self._is_again = False
            self.ask_now()
        else:
            self._timer = self._scheduler.after(int(self._interval_s * 1000), self.ask_now)

    def failed(self, error: ApiError) -> None:
        self._end_question()
        self._is_again = False
        delay_s = self._back_off.next_s(error.retry_after_s)
        self._retry_at = self._clock() + delay_s
        self._reason = error.message
        self._count_down()

    def pause(self) -> None:
        """Stop until ``ask_now`` is called: nobody is logged in."""
        self._end_question()
        self._is_again = False
        self._back_off.reset()
        self._tell(ConnectionState(Phase.STOPPED))

    def _end_question(self) -> None:
        self._is_asking = False
        self._cancel()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._scheduler.after_cancel(self._timer)
            self._timer = None

    def _say_slow(self) -> None:
        self._timer = None
        self._tell(ConnectionState(Phase.SLOW))

    def _count_down(self) -> None:
        left_s = self._retry_at - self._clock()
        if left_s <= 0:
            self._timer = None
            self.ask_now()
            return
        self._tell(ConnectionState(Phase.WAITING, self._back_off.attempt, math.ceil(left_s), self._reason))
        self._timer = self._scheduler.after(min(_SECOND_MS, max(1, int(left_s * 1000))), self._count_down)

    def _tell(self, state: ConnectionState) -> None:
        if state != self.state:
            self.state = state
            self._show(state)
