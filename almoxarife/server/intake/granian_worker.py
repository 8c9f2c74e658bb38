"""Runs granian's ASGI worker on our socket, in this process. All uses of granian's private API are here.

Its Windows build differs in two ways: its socket holder takes only the
socket, and the worker listens on a duplicate of it, so the original
goes on listening while anything refers to the holder or the worker.
"""

import socket
import sys
import threading
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Any, NamedTuple

from almoxarife.server.intake.asgi import Intake, Loop
from almoxarife.server.intake.listening import BACKLOG, TLS_BACKLOG

HEAD_S = 20
"""How long the head of a request may take, and how long an idle connection is kept."""


class RunningWorker(NamedTuple):
    signal: Any
    ended: threading.Event
    kept: tuple[object, ...]
    """References that must live as long as it serves."""

    def stop(self, grace_s: float) -> None:
        """Refuse new clients, and return when the requests under way are answered."""
        self.signal.set()
        self.ended.wait(grace_s)


def load() -> None:
    """Load the parts of granian that are used. Raises ImportError where there is no wheel of it.

    The package itself is left empty: it would load granian's own server of processes, and whatever that could use, for
    a thirtieth of a start and of its memory.
    """
    if "granian" not in sys.modules and (found := find_spec("granian")) is not None:
        sys.modules["granian"] = module_from_spec(found)
    for part in ("granian._granian", "granian.http"):
        import_module(part)


def _more_of_a_socket(backlog: int) -> tuple[Any, ...]:
    """Further arguments of the socket holder of granian's build for this system."""
    if sys.platform == "win32":
        return ()
    is_unix_socket = False
    # Elsewhere, on macOS too, it leaves a socket that listens as it is.
    return (is_unix_socket, backlog) if sys.platform.startswith(("linux", "freebsd")) else (is_unix_socket,)


def start(
    intake: Intake, listener: socket.socket, *, certificate: Path | None, key: Path | None, most_connections: int
) -> RunningWorker:
    """Serve on ``listener``, which granian owns from now on. It accepts at most ``most_connections``."""
    # granian's own types for these are out of step with what they take.
    native: Any = import_module("granian._granian")
    http1: Any = import_module("granian.http").HTTP1Settings(header_read_timeout=HEAD_S * 1000)

    pem = (str(certificate), str(key)) if certificate else (None, None)
    tls: tuple[Any, ...] = (certificate is not None, *pem, None, "tls1.2", None, [], False)
    ended = threading.Event()
    signal = native.WorkerSignal()
    signal.add_cb(ended.set)
    # detach: granian closes it when it stops. Closed twice, the number may be another file's by then.
    number = listener.detach()
    holder = native.SocketHolder(number, *_more_of_a_socket(TLS_BACKLOG if certificate else BACKLOG))
    # One thread of its own and one in which it calls us.
    worker = native.ASGIWorker(
        1, (None, holder), None, 1, 1, 1, 30, most_connections, "1", http1, None, False, None, *tls, (None, None)
    )
    loop = Loop()
    scheduler = native.CallbackScheduler(loop, None, None, None, None)
    scheduler._schedule_fn = intake.take  # noqa: SLF001
    worker.serve_mtr(scheduler, loop, signal)
    kept = (scheduler, loop) if sys.platform == "win32" else (scheduler, loop, worker, holder)
    return RunningWorker(signal, ended, kept)
