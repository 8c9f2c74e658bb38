"""``Contender``, the base of everything that is compared: how to start it, what to send, how to verify its work.

A contender's data are prepared once; each round starts it on a copy of them.
"""

import http.client
import os
import shutil
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from benchmarks import process_tree
from benchmarks.loader import REFUSALS
from benchmarks.operations import Answer, Request, WrongAnswer

PATIENCE_S = 90.0
"""A machine with much else to do takes a minute to start a server."""
REFUSED_TIMES, REFUSED_PAUSE_S = 20, 0.25


class Server:
    """A running contender. Leaving the block ends it."""

    def __init__(
        self,
        command: list[str],
        variables: Mapping[str, str],
        port: int,
        log: Path,
        health: str,
        companions: Sequence[int] = (),
    ) -> None:
        self.port = port
        self.token = ""
        self._companions = companions
        self._log = log
        # Not with the user's settings: the load must not reach their own data. And with bytecode that is kept, or each
        # start would compile what has changed since some other start.
        left_out = ("ALMOXARIFE_", "PYTHONDONTWRITEBYTECODE")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        began = time.perf_counter()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, env={**inherited, **variables}, cwd=log.parent, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            self._wait(began, health)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.start_s = time.perf_counter() - began

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Request, key: str = "") -> Answer:
        """One request on a connection of its own."""
        headers = {name: value.replace("{key}", key) for name, value in request.headers.items()}
        if request.bodies[0]:
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(request.method, request.path, request.bodies[0] or None, headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def verify(self, request: Request, key: str = "") -> Answer:
        """Raises WrongAnswer when status or content are not what was asked for."""
        answer = self.ask(request, key)
        patience = REFUSED_TIMES
        # Requests of the last window may still be running, so a refusal (429, 503) is retried.
        while answer.status in REFUSALS and patience:
            time.sleep(REFUSED_PAUSE_S)
            answer, patience = self.ask(request, key), patience - 1
        try:
            is_right = request.check(answer)
        except (ValueError, KeyError, TypeError, IndexError):
            is_right = False
        if not is_right:
            shown = answer.body[:300].decode("utf-8", "replace")
            raise WrongAnswer(f"{request.method} {request.path} was answered {answer.status}: {shown}")
        return answer

    def peak_mib(self) -> float | None:
        return process_tree.peak_mib(self.pid) if process_tree.is_measurable() else None

    def cpu_seconds(self) -> float | None:
        if not process_tree.is_measurable():
            return None
        return sum(process_tree.cpu_seconds(pid) for pid in (self.pid, *self._companions))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self, began: float, path: str) -> None:
        while not self._answers(path):
            if self._process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                output = self._log.read_text(errors="replace")[-2000:]
                raise WrongAnswer(f"it did not come up and said: {output}")
            time.sleep(0.002)

    def _answers(self, path: str) -> bool:
        try:
            return self.ask(Request("GET", path, check=bool)).status == 200
        except (OSError, http.client.HTTPException):
            return False


class Contender(ABC):
    name: ClassVar[str]
    title: ClassVar[str]
    operations: ClassVar[tuple[str, ...]]
    """The operations it takes part in."""
    is_slowed: ClassVar[bool] = False
    """Whether a preloaded library can slow down its fsync; not PocketBase's, which makes system calls directly."""
    health: ClassVar[str]
    """The path that answers 200 once the contender is ready."""

    def find_obstacle(self) -> str | None:
        """Why it cannot take part here, in one sentence; None when it can."""
        return None

    def version(self) -> str:
        return ""

    @abstractmethod
    def prepare(self, folder: Path) -> None:
        """Create the data for all rounds: people, products, history."""

    @abstractmethod
    def command(self, folder: Path, port: int) -> list[str]: ...

    def variables(self, folder: Path, port: int) -> dict[str, str]:
        return {}

    def enter(self, server: Server) -> None:
        """Log in and keep the token."""
        server.token = ""

    @abstractmethod
    def request(self, operation: str, server: Server) -> Request:
        """The request for an operation."""

    def check_store(self, folder: Path, acknowledged: int) -> str | None:
        """After the end: a sentence if the data lack what was acknowledged; None if all is there."""
        return None

    def facts(self, folder: Path) -> dict[str, float]:
        """Figures about the prepared data."""
        return {}

    def companions(self) -> list[int]:
        """Further processes, such as a database server, whose CPU time counts as the contender's."""
        return []

    def release(self) -> None:  # noqa: B027  # optional
        """Free what ``prepare`` has allocated besides its folder, also if it failed."""

    @contextmanager
    def running(self, folder: Path) -> Iterator[Server]:
        port = free_port()
        with Server(
            self.command(folder, port),
            self.variables(folder, port),
            port,
            folder / "log.txt",
            self.health,
            self.companions(),
        ) as server:
            yield server


def fresh_copy(template: Path, folder: Path) -> None:
    """Copy the data and flush them to disk, so that this does not disturb the measurement."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    if hasattr(os, "sync"):
        os.sync()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
