"""The outbox: confirmed requests in a SQLite file, from before they are sent until the server has answered.

A row's idempotency key and bytes never change, so the server recognises a retry. A row is sent only while the person
who confirmed it is logged in.
The hard part is a missing response, which says nothing about whether the request arrived. So a row is marked as sent
*before* it is sent and stays so until there is a response; until then it is retried with the same key, in order.
After a crash another process retries it. ``sending_lock`` keeps two processes from sending the same row.
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

from almoxarife.clients.queue.outgoing import Kind, Outgoing, Owner, QueuedRow, State
from almoxarife.clients.queue.waiting_time import WaitingTimes
from almoxarife.files import disk_reason, try_lock
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
    """The queue's file cannot be used. The message is a sentence to show."""


class NotWritten(OutboxFailed):
    """The write failed; nothing has changed."""


class SessionSuperseded(Exception):
    """The row was not put into the queue: a newer session of the same person has begun (``begin_session``)."""


class Outbox:
    """``fila.db`` in ``folder``. Several threads and processes may use it at once.

    A damaged file, or damaged rows of it, are moved to another file, whose path is then in ``put_aside``.
    Raises OutboxFailed.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._lock_file = folder / "fila.lock"
        self._lock = threading.Lock()
        self.put_aside: Path | None = None
        self.waiting_times = WaitingTimes()
        self._db = self._open()
        with suppress(NotWritten):  # a full disk must not prevent the start
            self._prune()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # --- what the person does -----------------------------------------------------------

    def put(self, outgoing: Outgoing, owner: Owner, *, key: str | None = None, session: int | None = None) -> str:
        """Add a row and return its key once it is on disk.

        Raises NotWritten, or SessionSuperseded if a newer session than ``session`` has begun. Putting the same
        ``key`` again is harmless, as after a crash: the row is there once.
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
            raise SessionSuperseded
        return key

    def begin_session(self, owner: Owner) -> int:
        """Start a session and return its number. From now on the owner's older sessions cannot add rows,
        so what this session has shown of the queue stays true.
        """
        self._write(_SESSIONS, ())
        ((number,),) = self._read(_BEGIN_SESSION, (owner.account,))
        return int(number)

    def withdraw(self, row: QueuedRow) -> bool:
        """Delete a row that was never sent. False if it may have reached the server."""
        return self._write("DELETE FROM queue WHERE key = ? AND state = 'pending'", (row.key,)) == 1

    def discard(self, row: QueuedRow) -> None:
        """Delete a rejected row."""
        self._write("DELETE FROM queue WHERE key = ? AND state = 'rejected'", (row.key,))

    def repeat(self, row: QueuedRow) -> None:
        """Send a rejected row again, with the same key: the server does not store refused keys."""
        self._write("UPDATE queue SET state = 'pending', reason = '' WHERE key = ? AND state = 'rejected'", (row.key,))

    # --- sending ------------------------------------------------------------------------

    @contextmanager
    def sending_lock(self) -> Iterator[bool]:
        """Yields whether this process got the lock. Without it two processes would send the same row."""
        held = try_lock(self._lock_file)
        try:
            yield held is not None
        finally:
            if held is not None:
                held.close()

    def has_next(self, owner: Owner) -> bool:
        return bool(self._rows(f"WHERE {_WAITING} AND account = ? LIMIT 1", (owner.account,)))

    def take(self, owner: Owner) -> QueuedRow | None:
        """Mark the owner's oldest waiting row as sent and return it. Only with ``sending_lock``."""
        while found := self._rows(f"WHERE {_WAITING} AND account = ? ORDER BY number LIMIT 1", (owner.account,)):
            row = found[0]
            if row.state is State.SENT or self._mark_sent(row):
                return row
        return None

    def postpone(self, row: QueuedRow, reason: str) -> None:
        """Note why the row must wait; it stays first in line for its owner."""
        self._write("UPDATE queue SET reason = ? WHERE key = ? AND reason <> ?", (reason, row.key, reason))

    def acknowledge(self, row: QueuedRow, recorded_id: str | None) -> None:
        self._write(
            "UPDATE queue SET state = 'acked', reason = '', movement_id = ?, acked_at = ? WHERE key = ?",
            (recorded_id, _text(_now()), row.key),
        )
        self.waiting_times.end(row.key)
        self._prune()

    def reject(self, row: QueuedRow, reason: str) -> None:
        self._write("UPDATE queue SET state = 'rejected', reason = ? WHERE key = ?", (reason, row.key))

    # --- reading --------------------------------------------------------------------------

    def find(self, key: str) -> QueuedRow | None:
        """None once the row was withdrawn, discarded or pruned."""
        return next(iter(self._rows("WHERE key = ?", (key,))), None)

    def find_newest_sale(self, owner: Owner) -> QueuedRow | None:
        where = "WHERE kind = ? AND account = ? ORDER BY number DESC LIMIT 1"
        return next(iter(self._rows(where, (Kind.SALE, owner.account))), None)

    def find_reversal(self, row: QueuedRow) -> QueuedRow | None:
        """The row that reverses or cancels this one, unless the server rejected it."""
        return next(iter(self._rows("WHERE reverses = ? AND state <> 'rejected' LIMIT 1", (row.key,))), None)

    def sales_between(self, since: datetime, until: datetime) -> list[QueuedRow]:
        """All sales confirmed on this computer by anybody, in any state."""
        return self._rows(
            "WHERE kind = ? AND confirmed_at >= ? AND confirmed_at < ? ORDER BY number",
            (Kind.SALE, _text(since), _text(until)),
        )

    def waiting(self) -> list[QueuedRow]:
        """The waiting rows of all owners, without window events."""
        return self._rows(f"WHERE {_WAITING} AND kind <> ? ORDER BY number", (Kind.EVENT,))

    def count_waiting(self) -> Counter[Owner]:
        """``len(waiting())`` by owner, without reading the rows: a long queue is counted often."""
        groups = self._read(
            "SELECT account, person_name, server, count(*) FROM queue"
            " WHERE state IN ('pending', 'sent') AND kind <> ? GROUP BY account",
            (Kind.EVENT,),
        )
        return Counter({Owner(account, name, server): count for account, name, server, count in groups})

    def sum_up(self, owner: Owner) -> tuple[int, bool]:
        """(how many of the owner's rows wait or were rejected, whether the last attempt got no response)."""
        ((count, held),) = self._read(_SUM + _UNSETTLED, (owner.account, Kind.EVENT))
        return int(count), held > 0

    def shown_to(self, owner: Owner, *, since: datetime, limit: int = -1) -> list[QueuedRow]:
        """The owner's waiting and rejected rows, and the last ones acknowledged ``since``, in order.

        ``limit`` limits the former: rejected rows first, newest first.
        """
        acked = self._rows(
            "WHERE state = 'acked' AND acked_at >= ? AND kind <> ? AND account = ? ORDER BY acked_at DESC LIMIT ?",
            (_text(since), Kind.EVENT, owner.account, SHOWN_ACKED),
        )
        others = self._rows(
            f"WHERE number IN (SELECT number FROM queue WHERE {_UNSETTLED}"  # noqa: S608  # our own words
            " ORDER BY state = 'rejected' DESC, number DESC LIMIT ?)",
            (owner.account, Kind.EVENT, limit),
        )
        return sorted([*acked, *others], key=lambda row: row.number)

    # --- the file -------------------------------------------------------------------------

    def _mark_sent(self, row: QueuedRow) -> bool:
        """False if the row has just been withdrawn."""
        return self._write("UPDATE queue SET state = 'sent' WHERE key = ? AND state = 'pending'", (row.key,)) == 1

    def _prune(self) -> None:
        self._write("DELETE FROM queue WHERE state = 'acked' AND acked_at < ?", (_text(_now() - KEPT),))

    def _write(self, sql: str, values: tuple[Any, ...]) -> int:
        """Return how many rows were changed, once that is on disk. Raises NotWritten."""
        try:
            with self._lock:
                return self._db.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise NotWritten(_sentence(error, self._file)) from error

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[QueuedRow]:
        return [row for record in self._read(_ROW + where, values) if (row := _find_row(record)) is not None]

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise OutboxFailed(_sentence(error, self._file)) from error

    def _open(self) -> sqlite3.Connection:
        """Open the file, or start a new one if it is missing or damaged; the damaged one is kept beside it."""
        with self._opening_lock():
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
        """Move unreadable rows to a file of the same form; they are deleted here only after they are there."""
        if not numbers:
            return
        damaged = [(number,) for number in numbers]
        aside = self._aside()
        with closing(sqlite3.connect(aside, isolation_level=None)) as other:
            other.executescript(_SCHEMA)
        db.execute("ATTACH ? AS aside", (str(aside),))
        try:
            db.execute("PRAGMA aside.synchronous = FULL")
            # The rows may violate the CHECK of their table.
            db.execute("PRAGMA ignore_check_constraints = ON")
            db.executemany("INSERT INTO aside.queue SELECT * FROM main.queue WHERE number = ?", damaged)
        finally:
            db.execute("PRAGMA ignore_check_constraints = OFF")
            db.execute("DETACH aside")
        db.executemany("DELETE FROM queue WHERE number = ?", damaged)
        self.put_aside = aside

    @contextmanager
    def _opening_lock(self) -> Iterator[None]:
        """Keeps two programs that start together from both moving a damaged file away."""
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
            # A row with invalid text must be readable, to be moved to the other file.
            db.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
            damaged = [record[0] for record in db.execute(_ROW) if _find_row(record) is None]
            with suppress(sqlite3.Error):  # a full disk: the rows stay and are skipped by every query
                self._put_rows_aside(db, damaged)
            return db
        except BaseException:
            db.close()
            raise

    def _put_aside(self) -> None:
        """Move the file away, with its WAL: the last rows are in there."""
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
    """SQLite opens the file, but it is not our queue."""


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is damaged, rather than the disk full or the permission missing."""
    code = getattr(error, "sqlite_errorcode", None)
    missing_table = isinstance(error, sqlite3.OperationalError) and "no such" in str(error)
    already_there = isinstance(error, sqlite3.OperationalError) and "already exists" in str(error)
    return isinstance(error, _Unreadable) or missing_table or already_there or (code or 0) & 0xFF in _DAMAGED


def _sentence(error: BaseException, file: Path) -> str:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL:
        return f"O disco está cheio: nada foi registrado em {file.name}. Libere espaço e tente de novo."
    return f"Não foi possível usar {file} ({disk_reason(error)}). Nada foi registrado: tente de novo."


def _find_row(record: tuple[Any, ...]) -> QueuedRow | None:
    """Parse and validate a record; None for one that this program cannot have written. It is not sent or shown."""
    number, key, account, name, server, kind, path, body, label, state, reason, at, recorded_id, is_undone = record
    texts = (key, account, name, server, kind, path, label, state, reason, at, recorded_id or "")
    if not (isinstance(body, bytes) and all(isinstance(text, str) for text in texts)):
        return None
    # The path is appended to the server's address, and the request carries the token.
    if not (path.startswith("/") and f"{path}{key}".isascii() and f"{path}{key}".isprintable()):
        return None
    try:
        "".join(texts).encode()  # raises ValueError for lone surrogates
        confirmed_at = datetime.fromisoformat(at)
        row = QueuedRow(
            number=number, key=key, owner=Owner(account, name, server), kind=Kind(kind), path=path, body=body,
            label=label, state=State(state), reason=reason, confirmed_at=confirmed_at,
            recorded_id=recorded_id, is_undone=bool(is_undone),
        )  # fmt: skip
    except ValueError:
        return None
    # A clock without battery starts in 1970.
    return row if confirmed_at.tzinfo is not None and 1970 <= confirmed_at.year <= LATEST_YEAR else None


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    """UTC with a fixed length, because SQL compares these as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
