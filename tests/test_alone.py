"""Timed tests have the machine to themselves, whichever run beside them the others belong to."""

import sys
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from tests import alone
from tests.programs import PATIENCE_S, wait_until
from tests.server.crowd import Doing

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there the tests run one after the other")


class Running(Doing):
    """A test that runs from when it may until it is told to end."""

    def __init__(self, folder: Path, mark: str = "") -> None:
        self.began, self.ending = Event(), Event()
        config = SimpleNamespace(workerinput={}, option=SimpleNamespace(basetemp=folder / "gw0"))
        item: Any = SimpleNamespace(config=config, get_closest_marker=lambda name: name == mark or None)
        super().__init__(lambda: self.run_test(item))

    def run_test(self, item: pytest.Item) -> None:
        with alone.with_room_for(item):
            self.began.set()
            assert self.ending.wait(PATIENCE_S)

    def end(self) -> None:
        self.ending.set()
        self.outcome()


@pytest.fixture(autouse=True)
def _not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run has found out is not for the runs of these tests."""
    monkeypatch.setattr(alone, "_find_folder", alone._find_folder.__wrapped__)


def test_it_waits_for_the_others_and_is_passed_by_nobody(tmp_path: Path) -> None:
    others = [Running(tmp_path) for _ in range(3)]
    for other in others:
        assert other.began.wait(PATIENCE_S)
    timed = Running(tmp_path, "timed")
    wait_until(lambda: is_taken(tmp_path / "next.lock"), "it stands before whoever comes later")
    late = Running(tmp_path)

    for other in others:
        assert not timed.began.is_set()
        other.end()
    assert timed.began.wait(PATIENCE_S)
    assert not late.began.is_set()
    timed.end()
    assert late.began.wait(PATIENCE_S)
    late.end()


def test_those_that_are_timed_run_beside_each_other_and_nobody_else(tmp_path: Path) -> None:
    other = Running(tmp_path)
    assert other.began.wait(PATIENCE_S)
    first = Running(tmp_path, "timed")
    wait_until(lambda: is_taken(tmp_path / "next.lock"), "it waits for the other one")
    assert not first.began.is_set()
    other.end()
    assert first.began.wait(PATIENCE_S)

    second = Running(tmp_path, "timed")
    assert second.began.wait(PATIENCE_S)
    late = Running(tmp_path)
    wait_until(lambda: is_taken(tmp_path / "next.lock"), "it waits for both")
    first.end()
    assert not late.began.is_set()
    second.end()
    assert late.began.wait(PATIENCE_S)
    first = Running(tmp_path, "timed")
    wait_until(lambda: is_taken(tmp_path / "next.lock"), "it waits in turn")
    assert not first.began.is_set()
    late.end()
    assert first.began.wait(PATIENCE_S)
    first.end()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells who waits for a lock")
def test_they_begin_when_no_process_has_any_of_the_others_left(tmp_path: Path) -> None:
    first, second = (
        SimpleNamespace(workerinput={}, option=SimpleNamespace(basetemp=tmp_path / "gw0"), stash=pytest.Stash())
        for _ in range(2)
    )

    def come_to(mark: str, config: Any) -> Doing:
        item: Any = SimpleNamespace(config=config, get_closest_marker=lambda name: name == mark or None)
        return Doing(lambda: alone.let_others_end(item))

    for config in (first, second, first):
        come_to("", config).outcome()
    timed = come_to("timed", first)
    wait_until(lambda: is_waited_for(tmp_path / "rest-left.lock"), "it waits for the process with others left")
    come_to("timed", second).outcome()
    timed.outcome()


def is_waited_for(lock: Path) -> bool:
    waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(f":{lock.stat().st_ino} " in line for line in waiting)


def test_runs_beside_each_other_share_the_locks_and_hand_them_to_no_run_of_a_test(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for name in ("one", "other"):
        monkeypatch.setenv(alone.FOLDER, str(tmp_path))
        config: Any = SimpleNamespace(option=SimpleNamespace(basetemp=tmp_path / name / "gw0"), workerinput={})
        folders += [alone._find_folder(config), alone._find_folder(config)]

    assert folders == [tmp_path, tmp_path / "one", tmp_path, tmp_path / "other"]


def is_taken(lock: Path) -> bool:
    import fcntl

    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
