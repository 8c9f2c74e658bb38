"""Nothing of the demo outlives it, however it ends: a process waits for that and kills what is left.

An orderly end is not enough where all ends at once. etcd waits for the answer of a neighbour whose
network is gone, what is frozen hears nothing, and PostgreSQL has no parent once its Patroni was killed.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import NoReturn


def start_cleanup(folders: Sequence[Path], programs: set[str]) -> None:
    """``programs`` that run in one of ``folders`` or below it are killed when this process is gone.

    Their files, or the folders of these: somebody else's shell may stand there too. This process has one thread.
    """
    its_end, own_end = os.pipe()  # which closes with this process: no program that it starts gets a copy
    if os.fork() == 0:
        os.close(own_end)
        _wait_and_kill(
            [folder.resolve() for folder in folders], {os.path.realpath(program) for program in programs}, its_end
        )
    os.close(its_end)


def _wait_and_kill(folders: Sequence[Path], programs: set[str], demo: int) -> NoReturn:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(demo, 1)
    while left := list(_find(folders, programs)):  # again: they start others
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        sleep(0.05)
    os._exit(0)


def _find(folders: Sequence[Path], programs: set[str]) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            program = path.joinpath("exe").readlink()
            is_one = str(program) in programs or str(program.parent) in programs
            where = path.joinpath("cwd").readlink()
            if is_one and any(where.is_relative_to(folder) for folder in folders):
                yield int(path.name)
