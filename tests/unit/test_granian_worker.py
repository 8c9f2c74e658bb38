"""What is different about granian on Windows and macOS, with stand-ins for its builds there."""

import gc
import socket
import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import granian.http  # noqa: F401  # for real, before its native half is exchanged
import pytest

from almoxarife.server.intake import granian_worker
from almoxarife.server.intake.asgi import Intake

ROOT = Path(__file__).resolve().parents[2]


class WindowsGranian:
    """It listens on a copy of the socket, and the original is closed by whoever drops the holder last."""

    def __init__(self) -> None:
        self.holder: weakref.ref[Any] | None = None
        self.copies: list[socket.socket] = []
        outer = self

        class SocketHolder:
            def __init__(self, number: int, /) -> None:
                self.original = socket.socket(fileno=number)
                outer.holder = weakref.ref(self)
                weakref.finalize(self, self.original.close)

        class ASGIWorker:
            def __init__(self, number: int, sockets: tuple[object, SocketHolder], *rest: object) -> None:
                self.sockets = sockets

            def serve_mtr(self, scheduler: object, loop: object, signal: "WorkerSignal") -> None:
                copy = self.sockets[1].original.dup()
                outer.copies.append(copy)
                signal.when_set = copy.close

        class WorkerSignal:
            def __init__(self) -> None:
                self.ended: Any = None
                self.when_set: Any = None

            def add_cb(self, callback: Any) -> None:
                self.ended = callback

            def set(self) -> None:
                self.when_set()
                self.ended()

        self.native = SimpleNamespace(
            SocketHolder=SocketHolder,
            ASGIWorker=ASGIWorker,
            WorkerSignal=WorkerSignal,
            CallbackScheduler=lambda *arguments: SimpleNamespace(arguments=arguments),
        )


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> WindowsGranian:
    stand_in = WindowsGranian()
    monkeypatch.setitem(sys.modules, "granian._granian", stand_in.native)
    monkeypatch.setattr(sys, "platform", "win32")
    return stand_in


def test_on_windows_nothing_listens_any_more_once_a_stop_is_asked_for(windows: WindowsGranian) -> None:
    front = object.__new__(Intake)  # no request comes
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        worker = granian_worker.start(front, listener, certificate=None, key=None, most_connections=100)
        with socket.create_connection(address):
            pass

        worker.stop(grace_s=10)
        gc.collect()

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address).close()
        assert windows.holder is not None
        assert windows.holder() is None


def test_on_macos_a_socket_is_handed_over_as_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = WindowsGranian()
    taken_on_windows = stand_in.native.SocketHolder

    def take(number: int, is_unix_socket: bool, /) -> object:  # no more than that: it listens already
        assert not is_unix_socket
        return taken_on_windows(number)

    stand_in.native.SocketHolder = take
    monkeypatch.setitem(sys.modules, "granian._granian", stand_in.native)
    monkeypatch.setattr(sys, "platform", "darwin")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        worker = granian_worker.start(
            object.__new__(Intake), listener, certificate=None, key=None, most_connections=100
        )
        with socket.create_connection(address):
            pass
        worker.stop(grace_s=10)


def test_of_granian_only_what_is_used_is_loaded() -> None:
    code = (
        "import sys\n"
        "from almoxarife.server.intake import granian_worker\n"
        "granian_worker.load()\n"
        "print(*(name for name in sys.modules if name.startswith('granian')))"
    )

    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(loaded.stdout.split()) == {"granian", "granian._granian", "granian.http"}


def test_where_there_is_no_granian_loading_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.delitem(sys.modules, "granian._granian")

    with pytest.raises(ImportError):
        granian_worker.load()
