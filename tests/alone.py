"""Several processes run the tests; those that type as fast as a scanner have the machine to themselves.

Each test of a parallel run holds a share of one lock. Tests marked ``timed`` take little of the machine, and wait for
most of their time: they run beside each other, and beside none of the others. They come last, and begin when no
process has any of the others left. Runs that the launcher starts beside each other share the locks of its folder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TextIO

import pytest

FOLDER = "ALMOXARIFE_TESTES_TRAVA"
"""Names the variable that holds a folder for the locks."""


def put_last(items: list[pytest.Item]) -> None:
    """Those that are timed, which need the machine least: no worker has nothing to do until then."""
    items.sort(key=_is_timed)


def _is_timed(item: pytest.Item) -> bool:
    return item.get_closest_marker("timed") is not None


_HELD = pytest.StashKey[TextIO]()
_LEFT = "rest-left.lock"
"""Held by each process that has tests left that are not timed."""


def let_others_end(item: pytest.Item) -> None:
    """Wait until no process has tests left that come before this one: they would take turns, one by one."""
    folder = _find_folder(item.config)
    if folder is None or os.name != "posix":
        return
    import fcntl

    if _is_timed(item):
        leave(item.config)
        with (folder / _LEFT).open("a") as left:
            fcntl.flock(left, fcntl.LOCK_EX)
    elif _HELD not in item.config.stash:
        item.config.stash[_HELD] = own = (folder / _LEFT).open("a")
        fcntl.flock(own, fcntl.LOCK_SH)


def leave(config: pytest.Config) -> None:
    """This process has none left that anybody waits for."""
    if _HELD in config.stash:
        config.stash[_HELD].close()
        del config.stash[_HELD]


@contextmanager
def with_room_for(item: pytest.Item) -> Iterator[None]:
    """Wait until the others leave this test the room it needs."""
    folder = _find_folder(item.config)
    if folder is None or os.name != "posix":
        yield
        return
    import fcntl

    with (
        (folder / "next.lock").open("a") as next_one,
        (folder / "alone.lock").open("a") as room,
        (folder / "timed.lock").open("a") as timed,
    ):
        # Who waits for all of the room is passed by nobody.
        fcntl.flock(next_one, fcntl.LOCK_EX)
        if _is_timed(item):
            fcntl.flock(room, fcntl.LOCK_EX)  # the others have left it
            fcntl.flock(timed, fcntl.LOCK_SH)
            fcntl.flock(room, fcntl.LOCK_UN)
        else:
            fcntl.flock(timed, fcntl.LOCK_EX)  # those have left it
            fcntl.flock(room, fcntl.LOCK_SH)
            fcntl.flock(timed, fcntl.LOCK_UN)
        fcntl.flock(next_one, fcntl.LOCK_UN)
        yield


@cache
def _find_folder(config: pytest.Config) -> Path | None:
    # Taken away, because a run that a test starts would wait for that test.
    if folder := os.environ.pop(FOLDER, ""):
        return Path(folder)
    # xdist makes one folder for a run, and in it one for each worker.
    return Path(config.option.basetemp).parent if hasattr(config, "workerinput") else None
