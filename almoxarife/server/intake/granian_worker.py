"""granian's ASGI worker on our socket, in this process: all that is built on its private side.

Its Windows build differs there in two ways, and both are decided here. Its holder of the
socket takes nothing but the socket. And the worker listens on a copy of it: the original
goes on listening for as long as anybody keeps the holder, or the worker that refers to it.
"""

import socket
import sys
import threading
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from almoxarife.server.intake.asgi import Intake, Loop
from almoxarife.server.intake.listening import BACKLOG, TLS_BACKLOG

HEAD_S = 20
"""How long a head may take, and how long a connection is kept on which nobody asks for anything."""


@dataclass(frozen=True)
class RunningWorker:
    signal: Any
    ended: threading.Event
    kept: tuple[object, ...]
    """What must live for as long as it serves."""

    def stop(self, grace_s: float) -> None:
        """Refuse new clients from now on, and return when what was under way is answered."""
        self.signal.set()
        self.ended.wait(grace_s)


def _more_of_a_socket(backlog: int) -> tuple[Any, ...]:
    """What granian's build for this system takes besides the socket's number."""
    if sys.platform == "win32":
        return ()
    is_unix_socket = False
    # Elsewhere, on macOS too, it leaves a socket that listens as it is.
    return (is_unix_socket, backlog) if sys.platform.startswith(("linux", "freebsd")) else (is_unix_socket,)


def start(
    intake: Intake, listener: socket.socket, *, certificate: Path | None, key: Path | None, most_connections: int
) -> RunningWorker:
    """Serve on ``listener``, which is granian's from here on. Beyond ``most_connections`` none is accepted."""
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
