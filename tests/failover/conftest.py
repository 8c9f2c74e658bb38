from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import mkdtemp

import pytest

from tests.failover.demo import MISSING, Demo, start_run

ROOM_BYTES = 2 << 30


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed")
    pytest.importorskip("patroni")
    folder = Path(mkdtemp(prefix="alx-", dir=find_place()))
    try:
        for node in ("n1", "n2", "n3"):
            leave_behind(folder / "d" / node)
        with start_run(folder) as demo:
            yield demo
    finally:
        rmtree(folder)


def find_place() -> Path:
    """In memory where there is room: each copy of a database is a thousand files, and whoever is killed loses none."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and disk_usage(memory).free > ROOM_BYTES else Path("/tmp")


def leave_behind(folder: Path) -> None:
    """Of another demo in the same place: nobody could begin with it."""
    for name in ("etcd/member", "postgresql/PG_VERSION", "api/almoxarife.db"):
        file = folder / name
        file.parent.mkdir(parents=True)
        file.write_text("left behind")
