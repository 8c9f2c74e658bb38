"""Whether the server answers, and which one. Updated by every session, reported in all of them."""

import threading
from collections import deque
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from almoxarife.brazil import format_recent, format_time
from almoxarife.clients.api.address import host_and_port
from almoxarife.clients.api.errors import ApiError

KEPT = 50
_AWAY = {None, 502, 504}
"""Not 503: then the server is there, and only this request has to wait."""


class Event(NamedTuple):
    number: int
    at: datetime
    sentence: str

    def describe(self, zone: tzinfo) -> str:
        return f"[{format_time(self.at, zone)}] {self.sentence}"


class ServerStatus:
    """Usable from several threads."""

    def __init__(self, main_url: str) -> None:
        self._lock = threading.Lock()
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._count = 0
        self.main_url = main_url
        self._url = main_url
        self._lost_at: datetime | None = None

    @property
    def is_away(self) -> bool:
        return self._lost_at is not None

    def describe(self, zone: tzinfo) -> str:
        where, lost_at = host_and_port(self._url), self._lost_at
        reserve = "" if self._url == self.main_url else " (reserva)"
        return f"Servidor {where}{reserve}" + (
            f", sem resposta desde {format_recent(lost_at, zone)}." if lost_at else "."
        )

    def answered(self, url: str) -> None:
        with self._lock:
            where = host_and_port(url)
            if self._lost_at:
                self._tell(f"Servidor de volta: {where}.")
            elif url != self._url and url == self.main_url:
                self._tell(f"Servidor principal de volta: {where}.")
            elif url != self._url:
                self._tell(f"Servidor principal sem resposta; atende a reserva {where}.")
            self._url, self._lost_at = url, None

    def failed(self, error: ApiError) -> None:
        """Report a failed request; the server counts as away only for some of the errors."""
        if error.status not in _AWAY:
            return
        with self._lock:
            if not self._lost_at:
                self._lost_at = datetime.now(UTC)
                self._tell(f"Servidor sem resposta: {host_and_port(self._url)}.")

    @property
    def newest(self) -> int:
        return self._count

    def events_after(self, number: int) -> list[Event]:
        with self._lock:
            return [event for event in self._events if event.number > number]

    def _tell(self, sentence: str) -> None:
        self._count += 1
        self._events.append(Event(self._count, datetime.now(UTC), sentence))
