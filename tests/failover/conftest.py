"""Three nodes on this machine for all tests of a module; the first failure keeps the logs of all."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import mkdtemp

import pytest

from tests.failover import evidence
from tests.failover.demo import MISSING, Demo, start_run
from tests.failover.load import ANA

KEPT = pytest.StashKey[Path]()
"""Where the logs of all nodes are, once a test has failed."""
ROOM_BYTES = 2 << 30


@pytest.fixture(scope="module")  # three idle nodes take a third of a processor, from all tests that come later
def demo() -> Iterator[Demo]:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed")
    pytest.importorskip("patroni")
    folder = Path(mkdtemp(prefix="alx-", dir=find_place()))
    try:
        for node in ("n1", "n2", "n3"):
            leave_behind(folder / "d" / node)
        (folder / "d" / "demonstracao.lock").touch()
        with ExitStack() as stack:
            try:
                demo = stack.enter_context(start_run(folder))
            except AssertionError as error:
                raise AssertionError(f"{error} {_where(evidence.keep_logs(folder / 'd'))}") from None
            yield demo
    finally:
        rmtree(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The first failure keeps what the nodes say, as they do then: the tests are one story, and their folder goes."""
    report = yield
    demo = getattr(item, "funcargs", {}).get("demo")
    if report.failed and isinstance(demo, Demo):
        if KEPT not in item.session.stash:
            item.session.stash[KEPT] = evidence.keep(demo, ANA)
        report.sections.append(("cluster", _where(item.session.stash[KEPT])))
    return report


def _where(kept: Path) -> str:
    return f"The logs of all nodes are in {kept}"


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
