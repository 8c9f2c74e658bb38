"""Whether the server answers, and which one: found out by any session, told in all of them."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from almoxarife.clients.api.address import host_and_port
from almoxarife.clients.api.errors import ApiError

KEPT = 50
_AWAY = {None, 502, 504}
"""A 503 is an answer: this very request has to wait, the server is there."""


class Event(NamedTuple):
    number: int
    sentence: str


def _local_time() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")


class Link:
    """Usable from several threads."""

    def __init__(self, main_url: str, *, now: Callable[[], str] = _local_time) -> None:
        self._lock = threading.Lock()
        self._now = now
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._count = 0
        self.main_url = main_url
        self._url = main_url
        self._lost_at = ""

    @property
    def is_away(self) -> bool:
        return bool(self._lost_at)

    def describe(self) -> str:
        where = host_and_port(self._url)
        reserve = "" if self._url == self.main_url else " (reserva)"
        return f"Servidor {where}{reserve}" + (f", sem resposta desde {self._lost_at}." if self._lost_at else ".")

    def answered(self, url: str) -> None:
        with self._lock:
            where = host_and_port(url)
            if self._lost_at:
                self._tell(f"servidor de volta: {where}.")
            elif url != self._url and url == self.main_url:
                self._tell(f"servidor principal de volta: {where}.")
            elif url != self._url:
                self._tell(f"servidor principal sem resposta; atende a reserva {where}.")
            self._url, self._lost_at = url, ""

    def failed(self, error: ApiError) -> None:
        """Whether that means that the server is away is for the error to say."""
        if error.status not in _AWAY:
            return
        with self._lock:
            if not self._lost_at:
                self._lost_at = self._now()
                self._tell(f"servidor sem resposta: {host_and_port(self._url)}.")

    @property
    def newest(self) -> int:
        return self._count

    def events_after(self, number: int) -> list[Event]:
        with self._lock:
            return [event for event in self._events if event.number > number]

    def _tell(self, sentence: str) -> None:
        self._count += 1
        self._events.append(Event(self._count, f"[{self._now()}] {sentence[0].upper()}{sentence[1:]}"))
