"""Several processes run the tests; one that measures time has the machine to itself.

Each test of a parallel run holds a share of one lock, a test marked ``alone`` all of it. Those
come last, so that nobody waits for them for long. Runs that the launcher starts beside each
other share the lock of its folder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

FOLDER = "ALMOXARIFE_TESTES_TRAVA"
"""Names the variable that holds a folder for the locks."""


def put_last(items: list[pytest.Item]) -> None:
    items.sort(key=_is_alone)


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@contextmanager
def with_room_for(item: pytest.Item) -> Iterator[None]:
    """Wait until the others leave this test the room it needs."""
    folder = _find_folder(item.config)
    if folder is None or os.name != "posix":
        yield
        return
    import fcntl

    with (folder / "next.lock").open("a") as next_one, (folder / "alone.lock").open("a") as room:
        # Who waits for all of the room is passed by nobody.
        fcntl.flock(next_one, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if _is_alone(item) else fcntl.LOCK_SH)
        fcntl.flock(next_one, fcntl.LOCK_UN)
        yield


@cache
def _find_folder(config: pytest.Config) -> Path | None:
    # Taken away, because a run that a test starts would wait for that test.
    if folder := os.environ.pop(FOLDER, ""):
        return Path(folder)
    # xdist makes one folder for a run, and in it one for each worker.
    return Path(config.option.basetemp).parent if hasattr(config, "workerinput") else None
