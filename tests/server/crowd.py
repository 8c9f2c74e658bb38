"""Many people at once: threads whose outcome a test can judge, writers with keys, a poller by ``seq``."""

import http.client
import itertools
import time
import uuid
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

from tests.server.processes import BOLTS, PATIENCE_S, Answer, Client, Server

GONE = (OSError, http.client.HTTPException)
"""What a client meets when the server goes away under it."""


class Doing(Thread):
    """A thread that keeps what its work returned or raised."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001  # raised again in the test's own thread
            self._error = error

    def outcome(self, patience_s: float = PATIENCE_S) -> Any:
        self.join(patience_s)
        assert not self.is_alive(), "the thread still waits"
        if self._error is not None:
            raise self._error
        return self._result


def at_once(number: int, work: Callable[[int], Any], *, patience_s: float = PATIENCE_S) -> list[Any]:
    """What ``work(0)``, ``work(1)`` … returned, all of them begun together."""
    everybody_is_there, ready = Event(), itertools.count(1)

    def begin(index: int) -> Any:
        if next(ready) == number:
            everybody_is_there.set()
        assert everybody_is_there.wait(PATIENCE_S)
        return work(index)

    doings = [Doing(lambda index=index: begin(index)) for index in range(number)]
    return [doing.outcome(patience_s) for doing in doings]


def receive_one(writer: Client, key: str) -> Answer:
    return writer.receive(BOLTS, 1, Idempotency_Key=key)


class Writers:
    """Threads that write one thing after another, each with a key of its own, until the server goes away.

    What a server has refused is sent again before anything new, as a client's outbox does: a server that is away
    for long leaves no more to be sent than there are writers.
    """

    def __init__(
        self, server: Server, number: int = 16, *, write: Callable[[Client, str], Answer] = receive_one
    ) -> None:
        self.acknowledged: dict[str, str] = {}
        """Key to the id of what was made."""
        self._write_one = write
        self.unanswered: set[str] = set()
        self.refused: list[int] = []
        self._server = server
        self._number = number
        self._lock = Lock()
        self._stopping = Event()
        self._doings: list[Doing] = []

    def start(self) -> None:
        self._stopping.clear()
        self._doings = [Doing(self._write) for _ in range(self._number)]

    def stop(self) -> None:
        self._stopping.set()
        self.wait()

    def wait(self) -> None:
        for doing in self._doings:
            doing.outcome()

    def retry(self) -> None:
        """Send every entry that got no answer once more, as a client's outbox does."""
        with self._server.client() as writer:
            while self.unanswered:
                self._send(writer, self.unanswered.pop())

    def _write(self) -> None:
        with self._server.client() as writer:
            key = ""
            while not self._stopping.is_set():
                with self._lock:
                    if key in self.unanswered:
                        self.unanswered.remove(key)
                    else:
                        key = str(uuid.uuid4())
                if not self._send(writer, key):
                    return

    def _send(self, writer: Client, key: str) -> bool:
        try:
            answer = self._write_one(writer, key)
        except GONE:
            with self._lock:
                self.unanswered.add(key)
            return False
        with self._lock:
            if answer.status == 201:
                self.acknowledged[key] = answer.body["id"]
                return True
            self.unanswered.add(key)
            self.refused.append(answer.status)
        time.sleep(0.1)  # it was told to come again later
        return True


class Poller:
    """A monitor: asks for what came after the last ``seq`` it saw, again and again, also of a server that is away.

    It sends back the ETag it was given, and ``more`` with its query: without, the server
    answers from memory. While there are news it never rests.
    """

    def __init__(self, server: Server, *, more: str = "") -> None:
        self.seen: list[dict[str, Any]] = []
        self._more = more
        self._server = server
        self._finishing = Event()
        self._doing = Doing(self._poll)

    @property
    def numbers(self) -> list[int]:
        return [movement["seq"] for movement in self.seen]

    def finish(self) -> list[dict[str, Any]]:
        """All it saw, up to now."""
        self._finishing.set()
        self._doing.outcome()
        return self.seen

    def _poll(self) -> None:
        tag = ""
        with self._server.client() as monitor:
            while True:
                is_last = self._finishing.is_set()
                after = self.seen[-1]["seq"] if self.seen else 0
                try:
                    answer = monitor.get(f"/inventario?depois={after}{self._more}", If_None_Match=tag)
                except GONE:
                    answer = None
                if answer is None or answer.status == 503:
                    assert not is_last, "the server is away at the end"
                    time.sleep(0.02)
                    continue
                assert answer.status in {200, 304}, answer.raw
                tag = answer.headers["ETag"]
                news = answer.body if answer.status == 200 else []
                self.seen += news
                if is_last and not news:
                    return
                if not news:
                    time.sleep(0.005)
