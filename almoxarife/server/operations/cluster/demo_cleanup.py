"""Nothing of the demo outlives it, however it ends: a process waits for that, kills what is left and removes the data.

An orderly end is not enough where all ends at once. etcd waits for the answer of a neighbour whose
network is gone, what is frozen hears nothing, and PostgreSQL has no parent once its Patroni was killed.
"""

import ctypes
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import NoReturn

QUIT_S = 5.0
"""For PostgreSQL to give its shared memory back, which would stay with the machine."""

_REMOVE = 0  # IPC_RMID


def start_cleanup(folders: Sequence[Path], programs: set[str], *, remove: Path | None = None) -> Callable[[], None]:
    """``programs`` in one of ``folders`` or below it are killed when this process is gone; then ``remove`` goes.

    Their files, or the folders of these: somebody else's shell may stand there too. This process has one thread.
    Returns what to call so that nothing is removed.
    """
    its_end, own_end = os.pipe()  # which closes with this process: no program that it starts gets a copy
    if os.fork() == 0:
        os.close(own_end)
        _wait_and_kill(
            [folder.resolve() for folder in folders],
            {os.path.realpath(program) for program in programs},
            its_end,
            remove,
        )
    os.close(its_end)

    def keep() -> None:
        os.write(own_end, b"k")

    return keep


def _wait_and_kill(folders: Sequence[Path], programs: set[str], demo: int, remove: Path | None) -> NoReturn:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(demo, 1):
        remove = None
    deadline = monotonic() + QUIT_S
    while left := list(_find(folders, programs)):  # again: they start others
        for pid, program in left:
            with suppress(ProcessLookupError):
                if program == "postgres" and monotonic() < deadline:
                    os.kill(pid, signal.SIGQUIT)
                    os.kill(pid, signal.SIGCONT)
                else:
                    os.kill(pid, signal.SIGKILL)
        sleep(0.05)
    for folder in folders:
        _remove_segment(folder / "postgresql" / "postmaster.pid")
    if remove is not None:
        shutil.rmtree(remove, ignore_errors=True)
    os._exit(0)


def _remove_segment(pid_file: Path) -> None:
    """The shared memory of a PostgreSQL that was killed: its file has the number in the seventh line."""
    with suppress(OSError, IndexError, ValueError):
        number = int(pid_file.read_text().split("\n")[6].split()[1])
        ctypes.CDLL(None).shmctl(number, _REMOVE, None)


def _find(folders: Sequence[Path], programs: set[str]) -> Iterator[tuple[int, str]]:
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            program = path.joinpath("exe").readlink()
            is_one = str(program) in programs or str(program.parent) in programs
            where = Path(str(path.joinpath("cwd").readlink()).removesuffix(" (deleted)"))
            if is_one and any(where.is_relative_to(folder) for folder in folders):
                yield int(path.name), program.name
