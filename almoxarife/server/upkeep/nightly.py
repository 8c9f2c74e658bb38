"""The nightly backup of a SQLite database."""

import logging
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from almoxarife import files
from almoxarife.server.errors import AlmoxarifeError, StartupError
from almoxarife.server.upkeep import replacement
from almoxarife.server.upkeep.backups import backup, record_nothing

log = logging.getLogger(__name__)

HOUR = time(3)
"""Local time of the nightly backup."""
SETTLE_S = 60.0
"""How long after a start a missed backup is made."""
POLL_S = 600.0
"""How often to look at the clock: a single long wait would not count the time that the machine sleeps."""
RETRY_S = 3600.0
CLOCK_S = 1200.0
"""How long a clock that starts behind what was recorded may take to be set right by the network."""
SLACK = timedelta(minutes=10)
"""By how much a clock that runs fast may be set back, each hour for example, without a backup of its own each time."""

_NAME = re.compile(r"almoxarife-(\d{4}-\d{2}-\d{2})(?:-\d+)?\.db")
_NUMBER_AT = 60
"""The offset of ``user_version`` in a SQLite file's header; nightly backups keep their number in it."""


class LastBackup(NamedTuple):
    made_at: datetime
    """By the clock at that time."""
    number: int
    night: date
    path: Path


class NightlyBackup(NamedTuple):
    path: Path
    made_at: datetime
    size: int


class Nightly:
    """Makes one backup a day in the background, and keeps the newest ``keep``.

    It is made at 03:00 local time, or a minute after the next start if the machine was off then. A failure is logged
    and tried again after an hour; it never stops the server.

    The newest backups are found by a number in each, one more than the largest before, because the clock may have been
    set years ahead or back. A clock that was set back since the newest one shows the same night again, as where each
    boot begins at the same date: then what was recorded since is due.
    """

    def __init__(
        self,
        source: Path,
        folder: Path,
        *,
        keep: int,
        timezone: tzinfo,
        record: Callable[[str], None] = record_nothing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._folder = folder
        self._keep = keep
        self._timezone = timezone
        self._record = record
        self._now = now
        self.last: LastBackup | None = None
        """The newest backup, as of the last look."""
        self.has_failed = False
        """Whether the last try failed."""
        self._stop = Event()
        self._thread = Thread(target=self._run, name="nightly-backup", daemon=True)

    def start(self) -> None:
        if self._keep:
            with suppress(OSError):  # reported when the backup is due
                self.last = self._find_last()
            self._thread.start()

    def stop(self) -> None:
        """End the thread; a running backup is given up."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _find_last(self) -> LastBackup | None:
        made = self._list_made()
        if not made:
            return None
        number, path = made[-1]
        found = _NAME.fullmatch(path.name)
        made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return LastBackup(made_at, number, date.fromisoformat(found[1]), path) if found else None

    def list_backups(self) -> list[NightlyBackup]:
        """The backups, newest first; none if the folder cannot be read."""
        try:
            found = [(path, path.stat()) for _, path in reversed(self._list_made())]
        except OSError:
            return []
        return [NightlyBackup(path, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size) for path, stat in found]

    def run_if_due(self) -> bool:
        """Make the backup of the last night unless it exists; False if that failed."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self.last, night = self._find_last(), self._last_night()
            if self.last is None or self.last.night != night or self._is_set_back():
                self._make(night, max(self.last.number if self.last else 0, 1) + 1)
                self.last = self._find_last()
                self._prune()
        except (StartupError, OSError) as error:
            if not self._stop.is_set():
                self.has_failed = True
                log.error("backup_failed", {"reason": str(error)})
            return False
        self.has_failed = False
        return True

    def _make(self, night: date, number: int) -> None:
        destination = self._folder / f"almoxarife-{night}.db"
        if destination.exists():  # made on the same date by the clock, which has been set back since
            destination = self._folder / f"almoxarife-{night}-{number}.db"
        backup(self._source, destination, number=number, given_up=self._stop.is_set, record=self._tell)
        log.info("backup_made", {"file": destination.name})

    def _tell(self, name: str) -> None:
        """Record the backup. It is kept even if that fails: it may be the last one before the disk fails."""
        try:
            self._record(name)
        except AlmoxarifeError as error:
            log.error("backup_not_recorded", {"file": name, "reason": str(error)})

    def _run(self) -> None:
        wait_s, patience_s = SETTLE_S, CLOCK_S
        while not self._stop.wait(wait_s):
            if patience_s > 0 and self._is_set_back():
                wait_s = POLL_S
                patience_s -= POLL_S
                continue
            patience_s = 0
            wait_s = POLL_S if self.run_if_due() else RETRY_S

    def _is_set_back(self) -> bool:
        """Whether something was recorded since the newest backup at a time that is yet to come."""
        if self.last is None:
            return False
        try:
            newest = replacement.find_newest_entry(self.last.path, "&immutable=1")
            return replacement.has_entry_later_than(self._source, self._now() + SLACK, after=newest)
        except sqlite3.Error:  # told when the backup is due
            return False

    def _last_night(self) -> date:
        """The date of the latest 03:00 that has passed."""
        local = self._now().astimezone(self._timezone)
        return local.date() if local.time() >= HOUR else local.date() - timedelta(days=1)

    def _list_made(self) -> list[tuple[int, Path]]:
        """The backups with their numbers, oldest first; older ones without a number come first, by name.

        Files that are no databases are left alone and not counted.
        """
        found = [path for path in self._folder.glob("*.db") if _NAME.fullmatch(path.name)]
        made = [(number, path) for path in found if (number := _read_number(path)) is not None]
        return sorted(made, key=lambda numbered: (numbered[0], numbered[1].name))

    def _prune(self) -> None:
        for _, path in self._list_made()[: -self._keep]:
            files.remove(path)
        for left_over in self._folder.glob(".almoxarife-*.parcial*"):
            files.remove(left_over)


def _read_number(path: Path) -> int | None:
    """The backup's number, 0 if it has none; None if the file is not a database, or only a part of one."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(replacement.MAGIC) or len(head) < 100 or replacement.is_cut_short(path):
        return None
    number = int.from_bytes(head[_NUMBER_AT : _NUMBER_AT + 4])
    return number if number > 1 else 0  # older versions set 0 or 1 to test the disk
