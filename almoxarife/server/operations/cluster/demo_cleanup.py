"""The demo's clean-up process: once the demo has ended, it kills all programs left over and removes their data.

The demo may be killed, so it cannot do this itself. Some programs would stay: an etcd waits for a node whose network
is gone, a frozen program ignores SIGTERM, and a PostgreSQL whose Patroni was killed has no parent any more.
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
"""How long PostgreSQL may take to release its shared memory before it is killed."""

_REMOVE = 0  # IPC_RMID


def start_cleanup(folders: Sequence[Path], programs: set[str], *, remove: Path | None = None) -> Callable[[], None]:
    """Start the clean-up process. Call it while this process has one thread, because it forks.

    When this process has ended, all ``programs`` (executables, or folders of executables) whose working directory is
    in ``folders`` are killed, and the folder ``remove`` is deleted. Other programs there, such as a shell, are left
    alone. Call the returned function to keep the folder.
    """
    its_end, own_end = os.pipe()  # closed by the system when this process ends: no child inherits it
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
    """``demo``: a pipe from the demo; a byte in it means to keep the folder, its end that the demo has ended."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(demo, 1):
        remove = None
    deadline = monotonic() + QUIT_S
    while left := list(_find(folders, programs)):  # repeatedly, because they may start others
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
    """Remove the shared memory of a PostgreSQL that was killed; line 7 of ``postmaster.pid`` has its id."""
    with suppress(OSError, IndexError, ValueError):
        number = int(pid_file.read_text().split("\n")[6].split()[1])
        ctypes.CDLL(None).shmctl(number, _REMOVE, None)


def _find(folders: Sequence[Path], programs: set[str]) -> Iterator[tuple[int, str]]:
    """Process id and name of each of the programs that runs in one of the folders."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            program = path.joinpath("exe").readlink()
            is_one = str(program) in programs or str(program.parent) in programs
            where = Path(str(path.joinpath("cwd").readlink()).removesuffix(" (deleted)"))
            if is_one and any(where.is_relative_to(folder) for folder in folders):
                yield int(path.name), program.name
