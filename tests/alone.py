"""Several processes run the tests; one that measures time has the machine to itself.

Each test of a parallel run holds a share of one lock, a test marked ``alone`` all of it. Those
come last, so that nobody waits for them for long.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def put_last(items: list[pytest.Item]) -> None:
    items.sort(key=_is_alone)


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@contextmanager
def with_room_for(item: pytest.Item) -> Iterator[None]:
    """Wait until the others leave this test the room it needs."""
    if not hasattr(item.config, "workerinput") or os.name != "posix":
        yield
        return
    import fcntl

    # xdist makes one folder for a run, and in it one for each worker.
    with (Path(item.config.option.basetemp).parent / "alone.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if _is_alone(item) else fcntl.LOCK_SH)
        yield
