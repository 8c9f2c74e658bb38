"""One copy a night, whether or not the machine was on."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.store.columns import to_micros
from almoxarife.server.upkeep import backups
from almoxarife.server.upkeep import nightly as nightly_module
from almoxarife.server.upkeep.backups import backup
from almoxarife.server.upkeep.nightly import Nightly
from tests.log_capture import LogCapture, captured_log
from tests.unit.ledger import pieces

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.fixture
def path(first_shop: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(first_shop, tmp_path))


@pytest.fixture
def log() -> Iterator[LogCapture]:
    with captured_log() as capture:
        yield capture


class Clock:
    def __init__(self, local: str) -> None:
        self.set(local)

    def set(self, local: str) -> None:
        self.moment = datetime.fromisoformat(local).replace(tzinfo=SAO_PAULO).astimezone(UTC)

    def __call__(self) -> datetime:
        return self.moment


def nightly(path: Path, clock: Clock, *, keep: int = 14) -> Nightly:
    return Nightly(path, path.parent / "backups", keep=keep, timezone=SAO_PAULO, now=clock)


def made(path: Path) -> list[str]:
    return sorted(file.name for file in (path.parent / "backups").iterdir())


def test_one_copy_a_night_from_three_o_clock_on(path: Path) -> None:
    clock = Clock("2026-11-20 08:00")
    backups_ = nightly(path, clock)
    for moment in ("2026-11-20 08:00", "2026-11-20 23:59", "2026-11-21 02:59", "2026-11-21 03:00", "2026-11-21 09:00"):
        clock.set(moment)
        assert backups_.run_if_due()

    assert made(path) == ["almoxarife-2026-11-20.db", "almoxarife-2026-11-21.db"]
    assert pieces(path.parent / "backups" / "almoxarife-2026-11-21.db") == 0


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-21 02:59", "2026-11-20"),
        ("2026-11-21 03:00", "2026-11-21"),
        ("2026-11-21 23:59", "2026-11-21"),
        ("2026-12-01 00:00", "2026-11-30"),
    ],
)
def test_a_copy_bears_the_date_of_its_night(path: Path, now: str, night: str) -> None:
    assert nightly(path, Clock(now)).run_if_due()

    assert made(path) == [f"almoxarife-{night}.db"]


def test_the_newest_are_kept_and_what_others_put_there_is_left_alone(path: Path) -> None:
    clock = Clock("2026-11-01 08:00")
    backups_ = nightly(path, clock, keep=2)
    (path.parent / "backups").mkdir()
    (path.parent / "backups" / "minha-copia.db").touch()
    (path.parent / "backups" / ".almoxarife-2026-10-31.db.123.parcial").touch()
    for day in range(1, 6):
        clock.set(f"2026-11-{day:02} 08:00")
        assert backups_.run_if_due()

    assert made(path) == ["almoxarife-2026-11-04.db", "almoxarife-2026-11-05.db", "minha-copia.db"]


def test_a_night_that_fails_is_logged_and_the_next_one_works(path: Path, log: LogCapture) -> None:
    clock = Clock("2026-11-20 08:00")
    (path.parent / "backups").touch()

    assert not nightly(path, clock).run_if_due()
    assert [(entry["level"], entry["event"]) for entry in log.entries] == [("error", "backup_failed")]

    (path.parent / "backups").unlink()
    assert nightly(path, clock).run_if_due()


def test_the_thread_makes_the_missed_copy_and_stops_when_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = Event()
    monkeypatch.setattr(nightly_module, "SETTLE_S", 0.0)
    monkeypatch.setattr(Nightly, "run_if_due", lambda self: ran.set() or True)
    backups_ = nightly(path, Clock("2026-11-20 08:00"))

    backups_.start()
    assert ran.wait(30)
    backups_.stop()

    assert not backups_._thread.is_alive()


@pytest.mark.parametrize("asked_before", [0, 1])
def test_a_copy_under_way_is_given_up_when_the_server_stops(
    path: Path, monkeypatch: pytest.MonkeyPatch, log: LogCapture, asked_before: int
) -> None:
    monkeypatch.setattr(backups, "PAGES_A_STEP", 1)
    backups_ = nightly(path, Clock("2026-11-20 08:00"))
    steps = 0

    def stops_meanwhile() -> bool:
        nonlocal steps
        steps += 1
        if steps > asked_before:
            stop.set()
        return set_already()

    stop, set_already = backups_._stop, backups_._stop.is_set
    monkeypatch.setattr(stop, "is_set", stops_meanwhile)

    assert not backups_.run_if_due()
    assert made(path) == []
    assert log.events == []


def test_no_copies_are_made_when_none_are_kept(path: Path) -> None:
    backups_ = nightly(path, Clock("2026-11-20 08:00"), keep=0)
    backups_.start()
    backups_.stop()

    assert backups_._thread.ident is None
    assert not (path.parent / "backups").exists()


def test_a_copy_is_told_of_once(path: Path) -> None:
    told: list[str] = []
    clock = Clock("2026-11-20 08:00")
    backups_ = Nightly(
        path, path.parent / "backups", keep=14, timezone=SAO_PAULO, record=told.append, now=clock
    )  # fmt: skip

    assert backups_.run_if_due()
    assert backups_.run_if_due()

    assert told == ["almoxarife-2026-11-20.db"]


def test_a_copy_that_the_trail_does_not_take_down_is_made_all_the_same(path: Path, log: LogCapture) -> None:
    def refuse(name: str) -> None:
        raise WriteFailed

    backups_ = Nightly(
        path, path.parent / "backups", keep=14, timezone=SAO_PAULO, record=refuse, now=Clock("2026-11-20 08:00")
    )  # fmt: skip

    assert backups_.run_if_due()

    assert made(path) == ["almoxarife-2026-11-20.db"]
    assert log.events == ["backup_not_recorded", "backup_made"]


# --- the clock --------------------------------------------------------------------------


def test_no_copy_is_removed_because_it_seems_old_or_from_the_future(path: Path) -> None:
    clock = Clock("2026-11-01 08:00")
    backups_ = nightly(path, clock, keep=3)
    nights = []
    for moment in (
        *("2026-11-01 08:00", "2026-11-02 08:00", "2026-11-03 08:00"),
        *("2015-01-01 00:05", "2015-01-01 00:15", "2062-01-01 08:00", "2026-11-10 08:00", "2026-11-10 08:10"),
    ):
        before = set(made(path)) if nights else set()
        clock.set(moment)
        assert backups_.run_if_due()
        nights.append(sorted(set(made(path)) - before))

    days = ("2026-11-01", "2026-11-02", "2026-11-03", "2014-12-31", None, "2062-01-01", "2026-11-10", None)
    assert nights == [[f"almoxarife-{day}.db"] if day else [] for day in days]
    assert made(path) == [f"almoxarife-{day}.db" for day in ("2014-12-31", "2026-11-10", "2062-01-01")]


def test_a_night_that_comes_again_gets_a_copy_of_its_own(path: Path) -> None:
    clock = Clock("2026-11-02 08:00")
    backups_ = nightly(path, clock, keep=3)
    for moment in ("2026-11-02 08:00", "2036-05-05 08:00", "2026-11-02 09:00", "2026-11-02 09:10"):
        clock.set(moment)
        assert backups_.run_if_due()

    assert made(path) == ["almoxarife-2026-11-02-4.db", "almoxarife-2026-11-02.db", "almoxarife-2036-05-05.db"]


def record(path: Path, moment: datetime) -> None:
    """Leave an entry in the audit trail, as everything does that the shop changes."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO audit_entries (id, recorded_at, tag, outcome, hash)"
            " SELECT coalesce(max(id), 0) + 1, ?, 'test', 'success', x'00' FROM audit_entries",
            (to_micros(moment),),
        )


def test_a_clock_that_begins_at_the_same_date_at_each_boot_gets_a_copy_of_each(path: Path) -> None:
    clock = Clock("2015-01-01 00:01")
    for _ in range(3):
        backups_ = nightly(path, clock)
        for moment in ("2015-01-01 00:01", "2015-01-01 00:11", "2015-01-01 02:21"):
            clock.set(moment)
            assert backups_.run_if_due()
            record(path, clock())

    assert made(path) == [f"almoxarife-2014-12-31{number}.db" for number in ("-3", "-4", "")]


def test_a_server_that_starts_again_in_the_same_night_makes_no_second_copy(path: Path) -> None:
    clock = Clock("2026-11-20 08:00")
    for moment in ("2026-11-20 08:00", "2026-11-20 09:00", "2026-11-20 23:00"):
        clock.set(moment)
        assert nightly(path, clock).run_if_due()
        record(path, clock())
        clock.moment -= timedelta(minutes=5)  # by the network's time
        assert nightly(path, clock).run_if_due()

    assert made(path) == ["almoxarife-2026-11-20.db"]


@pytest.mark.parametrize(
    ("moments", "night"),
    [
        (["2015-01-01 00:01", "2026-11-20 18:11", "2026-11-20 18:21"], None),
        (["2015-01-01 00:01", "2026-11-21 08:11", "2026-11-21 08:21"], "2026-11-21"),
        (["2015-01-01 00:01", "2015-01-01 00:11", "2015-01-01 00:21", "2015-01-01 00:31"], "2014-12-31"),
    ],
)
def test_a_clock_that_is_behind_at_the_start_may_be_set_right_before_a_copy_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch, moments: list[str], night: str | None
) -> None:
    clock, times = Clock("2026-11-20 08:00"), list(moments)
    assert nightly(path, clock).run_if_due()
    record(path, Clock("2026-11-20 18:00")())
    backups_ = nightly(path, clock)

    def wait(_: float) -> bool:
        if times:
            clock.set(times.pop(0))
            return False
        return True

    monkeypatch.setattr(backups_._stop, "wait", wait)
    backups_.start()
    backups_._thread.join()

    assert set(made(path)) - {"almoxarife-2026-11-20.db"} == ({f"almoxarife-{night}.db"} if night else set())


def test_copies_from_before_there_were_numbers_are_older_than_any_that_has_one(path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir()
    for day in range(1, 15):
        backup(path, folder / f"almoxarife-2036-01-{day:02}.db")
    clock = Clock("2026-11-20 08:00")
    backups_ = nightly(path, clock)
    for day in (20, 21, 22):
        clock.set(f"2026-11-{day} 08:00")
        assert backups_.run_if_due()

    assert made(path)[:3] == [f"almoxarife-2026-11-{day}.db" for day in (20, 21, 22)]
    assert len(made(path)) == 14


def test_what_is_no_database_pushes_no_copy_out(path: Path) -> None:
    clock = Clock("2026-11-20 08:00")
    backups_ = nightly(path, clock, keep=2)
    (path.parent / "backups").mkdir()
    (path.parent / "backups" / "almoxarife-2026-11-30.db").write_bytes(b"")
    for day in (20, 21):
        clock.set(f"2026-11-{day} 08:00")
        assert backups_.run_if_due()

    assert len(made(path)) == 3
    assert backups_.last is not None
    assert (backups_.last.number, str(backups_.last.night)) == (3, "2026-11-21")


def test_a_part_of_a_copy_is_none_and_the_night_gets_another(path: Path) -> None:
    clock = Clock("2026-11-20 08:00")
    backups_ = nightly(path, clock, keep=2)
    for day in (20, 21):
        clock.set(f"2026-11-{day} 08:00")
        assert backups_.run_if_due()
    last = path.parent / "backups" / "almoxarife-2026-11-21.db"
    last.write_bytes(last.read_bytes()[:-4096])  # as a program that synchronises folders leaves it

    assert backups_.run_if_due()

    assert made(path) == [f"almoxarife-2026-11-{name}.db" for name in ("20", "21-3", "21")]
