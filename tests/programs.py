"""Programs as processes of their own, started on a free port and waited for.

Importing what a program needs takes a second of the processor. ``start`` forks it from a process
that has done so already, which makes it no less a process: it has the environment, the folder and
the session that it is given, and can be killed. On Linux it ends with the process that started it.
"""

import contextlib
import ctypes
import locale
import multiprocessing
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from tests import cheap_setup

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 90 if os.name == "posix" else 600
"""Every wait is for something that can be seen; this tells a hang from a slow machine, which one under Wine is."""
LOOK_S = 0.01 if os.name == "posix" else 0.2
"""Under Wine a look at a port that nobody serves yet costs as much as the server that starts."""
IN_A_GROUP_OF_ITS_OWN: dict[str, Any]
if sys.platform == "win32":
    IN_A_GROUP_OF_ITS_OWN = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    IN_A_GROUP_OF_ITS_OWN = {"start_new_session": True}
HELD: deque[int] = deque()
HELD_AT_MOST = 200

T = TypeVar("T")


def wait_for(what: str, found: Callable[[], T | None], *, within_s: float = PATIENCE_S, every_s: float = 0.03) -> T:
    """The first answer that is true. Fails with ``what`` when the time is over."""
    deadline = time.monotonic() + within_s
    while not (answer := found()):
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s in vain for: {what}"
        time.sleep(every_s)
    return answer


def wait_until(condition: Callable[[], object], what: str) -> None:
    wait_for(what, condition, every_s=LOOK_S)


def free_port() -> int:
    """Nobody listens there, and neither another process that looks for one nor an outgoing connection gets it.

    A socket of ours stays bound to it without listening, which hinders no server that sets ``SO_REUSEADDR``.
    """
    with socket.socket() as holder:
        if os.name == "posix":  # elsewhere it would let two servers listen
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if os.name == "posix":
            HELD.append(holder.detach())
    if len(HELD) > HELD_AT_MOST:
        os.close(HELD.popleft())
    return port


def pause(pid: int) -> None:
    """Returns when the process does nothing more: until its first thread gets the processor, the others go on."""
    import psutil  # which Windows has no need of

    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "the process has stopped")


def start(
    script: Path,
    *arguments: str,
    env: Mapping[str, str],
    folder: Path,
    out: Path,
    err: Path | None = None,
    weak_passwords: bool = False,
) -> "Forked | subprocess.Popen[bytes]":
    """``python script arguments`` in ``folder``; what it prints goes to the end of ``out``, and of ``err``.

    ``weak_passwords``: where it can be had, hashing costs next to nothing.
    """
    if os.name == "posix":
        for file in (out, err or out):
            file.touch()
        return Forked(str(script), arguments, dict(env), folder, out, err or out, weak_passwords)
    return start_anew(script, *arguments, env=env, folder=folder, out=out, err=err)


def start_anew(
    script: Path, *arguments: str, env: Mapping[str, str], folder: Path, out: Path, err: Path | None = None
) -> "subprocess.Popen[bytes]":
    """``start`` as a person does it, by a Python that has imported nothing."""
    with out.open("ab") as stdout, (err or out).open("ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-X", "utf8", str(script), *arguments],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            **IN_A_GROUP_OF_ITS_OWN,
        )


class Forked:
    """What ``subprocess.Popen`` offers of a process."""

    def __init__(self, *program: Any) -> None:
        ours, its = multiprocessing.Pipe(duplex=False)
        with ours, its:
            self._process: BaseProcess = fork_server().Process(target=_become, args=(its, *program), daemon=True)
            self._process.start()
            its.close()
            with contextlib.suppress(EOFError):
                ours.recv()  # until it is in a session of its own
        pid = self._process.pid
        assert pid is not None
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def send_signal(self, sent: signal.Signals) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sent)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def fork_server() -> Any:
    """Makes processes of those that have the programs' modules already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    with contextlib.chdir(ROOT):  # from where it imports
        forkserver.ensure_running()
    return context


def end_with_starter() -> None:
    """For a process made by ``fork_server``, on Linux: no longer to live than the one that asked for it."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
    # The process that it is forked from ends when nobody holds this any more.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]


def _become(
    ready: Connection,
    script: str,
    arguments: tuple[str, ...],
    env: dict[str, str],
    folder: Path,
    out: Path,
    err: Path,
    weak_passwords: bool,
) -> None:
    end_with_starter()
    os.setsid()
    ready.close()
    sys.stdout = _print_to(out, 1)
    sys.stderr = _print_to(err, 2)
    os.environ.clear()
    os.environ.update(env)
    locale.setlocale(locale.LC_CTYPE, "")
    time.tzset()
    os.chdir(folder)
    sys.argv = [script, *arguments]
    _customize(env)
    with cheap_setup.weak_passwords() if weak_passwords else contextlib.nullcontext():
        runpy.run_path(script, run_name="__main__")


def _customize(env: Mapping[str, str]) -> None:
    """What ``site`` does as a Python starts. What a module took as it was imported stays as it was."""
    for folder in filter(None, env.get("PYTHONPATH", "").split(os.pathsep)):
        if (customize := Path(folder, "sitecustomize.py")).is_file():
            runpy.run_path(str(customize), run_name="sitecustomize")
            return


def _print_to(file: Path, number: int) -> Any:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(opened, number)
    os.close(opened)
    return open(number, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
