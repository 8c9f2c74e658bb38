"""How long processes were ready to run while others had the processors: what a wait owes to a busy machine."""

from contextlib import suppress
from pathlib import Path

THREADS = "/proc/{}/task"


class Waiting:
    """Of all threads of these processes, and of those that these had started when it was made. Linux counts it."""

    def __init__(self, *pids: int | str) -> None:
        """``"self"`` is this process."""
        self._folders = [Path(THREADS.format(one)) for pid in pids for one in (pid, *_list_children(pid))]
        self._waited_ns: dict[Path, int] = {}
        """One that has ended goes on counting."""

    def so_far_s(self) -> float:
        """More than a wait of these for each other, where several were ready at the same time."""
        for folder in self._folders:
            with suppress(OSError):  # it has ended
                for thread in folder.iterdir():
                    self._look_at(thread)
        return sum(self._waited_ns.values()) / 1e9

    def _look_at(self, thread: Path) -> None:
        with suppress(OSError):
            self._waited_ns[thread] = int((thread / "schedstat").read_bytes().split()[1])


def _list_children(pid: int | str) -> list[str]:
    found = []
    for file in Path(THREADS.format(pid)).glob("*/children"):
        with suppress(OSError):
            for child in file.read_text().split():
                found += [child, *_list_children(child)]
    return found
