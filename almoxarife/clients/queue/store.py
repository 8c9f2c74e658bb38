"""The queue on disk: what a person confirmed is here before it is sent, and until the server has answered.

A row's key and bytes never change: whatever happens between two tries, the server can tell
that they are one. A row goes out only under the login of the person who confirmed it.

What is hard here: an answer that does not come says nothing. A row is marked as sent before it goes,
stays what it is until an answer has come, and is asked for again under its key, in its order, also by
another process, which takes a lock of the file first: after a crash nobody else knows what was on its way.
"""

import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from almoxarife.clients.queue.outgoing import Kind, Outgoing, Owner, Row, State
from almoxarife.clients.queue.waiting_time import WaitingTimes
from almoxarife.files import try_lock
from almoxarife.wire.times import LATEST_YEAR

FILE_NAME = "fila.db"
KEPT = timedelta(days=35)
SHOWN_ACKED = 30

_VERSION = 1
_PATIENCE_S = 2.0
_OPENING_S = 10.0
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA = f"""
CREATE TABLE queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    person_name TEXT NOT NULL,
    server TEXT NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    label TEXT NOT NULL,
    reverses TEXT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'acked', 'rejected')),
    reason TEXT NOT NULL DEFAULT '',
    movement_id TEXT, -- or the sale's
    confirmed_at TEXT NOT NULL,
    acked_at TEXT
);
CREATE INDEX queue_state ON queue (state, acked_at);
CREATE INDEX queue_reverses ON queue (reverses) WHERE reverses IS NOT NULL;
PRAGMA user_version = {_VERSION};
"""
_ROW = """
SELECT number, key, account, person_name, server, kind, path, body, label, state, reason, confirmed_at, movement_id,
    EXISTS (SELECT 1 FROM queue r WHERE r.reverses = queue.key AND r.state <> 'rejected')
FROM queue
"""
_PUT = """
INSERT INTO queue (key, account, person_name, server, kind, path, body, label, reverses, state, confirmed_at)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ? WHERE {condition} ON CONFLICT (key) DO NOTHING
"""
_SESSIONS = "CREATE TABLE IF NOT EXISTS sessions (account TEXT PRIMARY KEY, number INTEGER NOT NULL)"
_BEGIN_SESSION = """
INSERT INTO sessions VALUES (?, 1) ON CONFLICT (account) DO UPDATE SET number = number + 1 RETURNING number
"""
_IS_NEWEST = "? >= (SELECT number FROM sessions WHERE account = ?)"
_WAITING = "state IN ('pending', 'sent')"
_SUM = "SELECT count(*), total(state <> 'rejected' AND reason <> '') FROM queue WHERE "
_UNSETTLED = "state IN ('pending', 'sent', 'rejected') AND account = ? AND (kind <> ? OR state = 'rejected')"


class OutboxFailed(Exception):
    """The queue's file cannot be used. The sentence is fit to show."""


class NotWritten(OutboxFailed):
    """The disk did not take it: nothing has changed."""


class Overtaken(Exception):
    """A newer session of the same person was told what is in the queue: nothing was put there after that."""


class Outbox:
    """``fila.db`` in ``folder``, usable from several threads and by several processes.

    ``put_aside`` is where a damaged file went when this one began anew, or the rows of this
    one that nothing can be made of. Raises OutboxFailed.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._turns = folder / "fila.lock"
        self._lock = threading.Lock()
        self.put_aside: Path | None = None
        self.waiting_times = WaitingTimes()
        self._db = self._open()
        with suppress(NotWritten):  # A full disk must not keep the program from opening.
            self._prune()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # --- what the person does -----------------------------------------------------------

    def put(self, outgoing: Outgoing, owner: Owner, *, key: str | None = None, session: int | None = None) -> str:
        """Its key; it is on disk. Raises NotWritten, and then it is not; and Overtaken for an older ``session``.

        A caller that made the ``key`` beforehand may put it twice, unsure after a crash: it is there once.
        """
        key = key or str(uuid.uuid4())
        values = (
            key, owner.account, owner.name, owner.server, outgoing.kind, outgoing.path, outgoing.body,
            outgoing.label, outgoing.reverses, _text(_now()),
        )  # fmt: skip
        condition, more = ("TRUE", ()) if session is None else (_IS_NEWEST, (session, owner.account))
        if self._write(_PUT.format(condition=condition), (*values, *more)):
            self.waiting_times.begin(key)
        elif session is not None:
            raise Overtaken
        return key

    def begin_session(self, owner: Owner) -> int:
        """Its number. What the owner's older sessions have not put by now, they are not to put unknown to this one."""
        self._write(_SESSIONS, ())
        ((number,),) = self._read(_BEGIN_SESSION, (owner.account,))
        return int(number)

    def withdraw(self, row: Row) -> bool:
        """Take back what was never sent. False when it may have reached the server."""
        return self._write("DELETE FROM queue WHERE key = ? AND state = 'pending'", (row.key,)) == 1

    def discard(self, row: Row) -> None:
        """Take a refused one out: its person has read why."""
        self._write("DELETE FROM queue WHERE key = ? AND state = 'rejected'", (row.key,))

    def repeat(self, row: Row) -> None:
        """What the server refused waits again, under its key: its cause is gone, and refusals are not remembered."""
        self._write("UPDATE queue SET state = 'pending', reason = '' WHERE key = ? AND state = 'rejected'", (row.key,))

    # --- sending ------------------------------------------------------------------------

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Whether it is this process's turn to send; one at a time, or two would send the same row."""
        held = try_lock(self._turns)
        try:
            yield held is not None
        finally:
            if held is not None:
                held.close()

    def has_next(self, owner: Owner) -> bool:
        return bool(self._rows(f"WHERE {_WAITING} AND account = ? LIMIT 1", (owner.account,)))

    def take(self, owner: Owner) -> Row | None:
        """The owner's oldest waiting row, from now on marked as sent. Only in one's turn."""
        while found := self._rows(f"WHERE {_WAITING} AND account = ? ORDER BY number LIMIT 1", (owner.account,)):
            row = found[0]
            if row.state is State.SENT or self._mark_sent(row):
                return row
        return None

    def postpone(self, row: Row, reason: str) -> None:
        """No answer that settles it: it stays the next one of its owner."""
        self._write("UPDATE queue SET reason = ? WHERE key = ? AND reason <> ?", (reason, row.key, reason))

    def acknowledge(self, row: Row, recorded_id: str | None) -> None:
        self._write(
            "UPDATE queue SET state = 'acked', reason = '', movement_id = ?, acked_at = ? WHERE key = ?",
            (recorded_id, _text(_now()), row.key),
        )
        self.waiting_times.end(row.key)
        self._prune()

    def reject(self, row: Row, reason: str) -> None:
        self._write("UPDATE queue SET state = 'rejected', reason = ? WHERE key = ?", (reason, row.key))

    # --- what there is to see -------------------------------------------------------------

    def find(self, key: str) -> Row | None:
        """How far it got; None once it was withdrawn, discarded or pruned."""
        return next(iter(self._rows("WHERE key = ?", (key,))), None)

    def find_newest_sale(self, owner: Owner) -> Row | None:
        where = "WHERE kind = ? AND account = ? ORDER BY number DESC LIMIT 1"
        return next(iter(self._rows(where, (Kind.SALE, owner.account))), None)

    def find_reversal(self, row: Row) -> Row | None:
        """The row that takes this one back, unless the server has refused it."""
        return next(iter(self._rows("WHERE reverses = ? AND state <> 'rejected' LIMIT 1", (row.key,))), None)

    def sales_between(self, since: datetime, until: datetime) -> list[Row]:
        """Everybody's that were confirmed on this computer, in whatever state."""
        return self._rows(
            "WHERE kind = ? AND confirmed_at >= ? AND confirmed_at < ? ORDER BY number",
            (Kind.SALE, _text(since), _text(until)),
        )

    def waiting(self) -> list[Row]:
        """Everybody's stock rows; a closing window is nobody's worry."""
        return self._rows(f"WHERE {_WAITING} AND kind <> ? ORDER BY number", (Kind.EVENT,))

    def count_waiting(self) -> Counter[Owner]:
        """How many those are, by owner: a long queue is counted often and read seldom."""
        groups = self._read(
            "SELECT account, person_name, server, count(*) FROM queue"
            " WHERE state IN ('pending', 'sent') AND kind <> ? GROUP BY account",
            (Kind.EVENT,),
        )
        return Counter({Owner(account, name, server): count for account, name, server, count in groups})

    def sum_up(self, owner: Owner) -> tuple[int, bool]:
        """How many of the owner's wait or were refused, and whether the last try of one that waits got no answer."""
        ((count, held),) = self._read(_SUM + _UNSETTLED, (owner.account, Kind.EVENT))
        return int(count), held > 0

    def shown_to(self, owner: Owner, *, since: datetime, most: int = -1) -> list[Row]:
        """The owner's waiting and refused ones, and the last that were acknowledged ``since``.

        ``most`` bounds the former: first the refused, of both the newest.
        """
        acked = self._rows(
            "WHERE state = 'acked' AND acked_at >= ? AND kind <> ? AND account = ? ORDER BY acked_at DESC LIMIT ?",
            (_text(since), Kind.EVENT, owner.account, SHOWN_ACKED),
        )
        others = self._rows(
            f"WHERE number IN (SELECT number FROM queue WHERE {_UNSETTLED}"  # noqa: S608  # our own words
            " ORDER BY state = 'rejected' DESC, number DESC LIMIT ?)",
            (owner.account, Kind.EVENT, most),
        )
        return sorted([*acked, *others], key=lambda row: row.number)

    # --- the file -------------------------------------------------------------------------

    def _mark_sent(self, row: Row) -> bool:
        """False when the person has just withdrawn it."""
        return self._write("UPDATE queue SET state = 'sent' WHERE key = ? AND state = 'pending'", (row.key,)) == 1

    def _prune(self) -> None:
        self._write("DELETE FROM queue WHERE state = 'acked' AND acked_at < ?", (_text(_now() - KEPT),))

    def _write(self, sql: str, values: tuple[Any, ...]) -> int:
        """How many rows it changed, on disk. Raises NotWritten."""
        try:
            with self._lock:
                return self._db.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise NotWritten(_sentence(error, self._file)) from error

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        return [row for record in self._read(_ROW + where, values) if (row := _find_row(record)) is not None]

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxFailed(_sentence(error, self._file)) from error

    def _open(self) -> sqlite3.Connection:
        """The whole file, the whole rows of it, a new one, or a new one beside the damaged one that was put aside."""
        with self._alone():
            try:
                return self._connect()
            except sqlite3.Error as error:
                if not _is_damage(error):
                    raise OutboxFailed(_sentence(error, self._file)) from error
            try:
                self._put_aside()
                return self._connect()
            except (OSError, sqlite3.Error) as error:
                raise OutboxFailed(_sentence(error, self._file)) from error

    def _put_rows_aside(self, db: sqlite3.Connection, numbers: list[int]) -> None:
        """Those that nothing can be made of go to a file like this one; then, and only then, they go from here."""
        if not numbers:
            return
        damaged = [(number,) for number in numbers]
        aside = self._aside()
        with closing(sqlite3.connect(aside, isolation_level=None)) as other:
            other.executescript(_SCHEMA)
        db.execute("ATTACH ? AS aside", (str(aside),))
        try:
            db.execute("PRAGMA aside.synchronous = FULL")
            # They may break the rules of the table they were in.
            db.execute("PRAGMA ignore_check_constraints = ON")
            db.executemany("INSERT INTO aside.queue SELECT * FROM main.queue WHERE number = ?", damaged)
        finally:
            db.execute("PRAGMA ignore_check_constraints = OFF")
            db.execute("DETACH aside")
        db.executemany("DELETE FROM queue WHERE number = ?", damaged)
        self.put_aside = aside

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two programs that start together must not both put the same file aside."""
        deadline = time.monotonic() + _OPENING_S
        path = self._file.with_name("fila.abrindo.lock")
        while (held := try_lock(path)) is None:
            if time.monotonic() > deadline:
                raise OutboxFailed(f"Outro programa não solta {self._file}. Feche-o e tente de novo.")
            time.sleep(0.02)
        with held:
            yield

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._file, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version not in {0, _VERSION}:
                raise _Unreadable(f"version {version}")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if version == 0:
                db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise _Unreadable(verdict)
            # Any bytes: a row that holds what is no text must be read to be put aside.
            db.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
            damaged = [record[0] for record in db.execute(_ROW) if _find_row(record) is None]
            with suppress(sqlite3.Error):  # A full disk: they stay, and are passed over.
                self._put_rows_aside(db, damaged)
            return db
        except BaseException:
            db.close()
            raise

    def _put_aside(self) -> None:
        """With its companions, without which its last rows could not be recovered."""
        aside = self._aside()
        for ending in ("-wal", "-shm"):
            companion = self._file.with_name(self._file.name + ending)
            if companion.exists():
                companion.replace(aside.with_name(aside.name + ending))
        self._file.replace(aside)
        self.put_aside = aside

    def _aside(self) -> Path:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
        return self._file.with_name(f"fila.danificada-{stamp}.db")


class _Unreadable(sqlite3.DatabaseError):
    """It opens, but it is not our queue."""


def _is_damage(error: sqlite3.Error) -> bool:
    """A full disk or a missing permission says nothing about the file itself."""
    code = getattr(error, "sqlite_errorcode", None)
    missing_table = isinstance(error, sqlite3.OperationalError) and "no such" in str(error)
    already_there = isinstance(error, sqlite3.OperationalError) and "already exists" in str(error)
    return isinstance(error, _Unreadable) or missing_table or already_there or (code or 0) & 0xFF in _DAMAGED


def _sentence(error: BaseException, file: Path) -> str:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return f"O disco está cheio: nada foi registrado em {file.name}. Libere espaço e tente de novo."
    return f"Não foi possível usar {file} ({error}). Nada foi registrado: tente de novo."


def _find_row(record: tuple[Any, ...]) -> Row | None:
    """None for one that this program has not written, or not so: nothing of it is sent or shown."""
    number, key, account, name, server, kind, path, body, label, state, reason, at, recorded_id, is_undone = record
    texts = (key, account, name, server, kind, path, label, state, reason, at, recorded_id or "")
    if not (isinstance(body, bytes) and all(isinstance(text, str) for text in texts)):
        return None
    # The path follows the server's address, and both go out with the token.
    if not (path.startswith("/") and f"{path}{key}".isascii() and f"{path}{key}".isprintable()):
        return None
    try:
        "".join(texts).encode()  # nothing that could not be sent or shown
        confirmed_at = datetime.fromisoformat(at)
        row = Row(
            number=number, key=key, owner=Owner(account, name, server), kind=Kind(kind), path=path, body=body,
            label=label, state=State(state), reason=reason, confirmed_at=confirmed_at,
            recorded_id=recorded_id, is_undone=bool(is_undone),
        )  # fmt: skip
    except ValueError:
        return None
    # Without a battery a clock begins in 1970.
    return row if confirmed_at.tzinfo is not None and 1970 <= confirmed_at.year <= LATEST_YEAR else None


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    """All of one length and in UTC: the file compares them as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
