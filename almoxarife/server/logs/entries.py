"""Log entries: created from requests and from other programs, stored, filtered and read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from time import time_ns
from typing import Any, NamedTuple, Protocol

import orjson

from almoxarife.server.clock import to_moment
from almoxarife.server.logs.redaction.redact import redact, redact_cached, redact_text
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.wire.programs.logs import LogIn
from almoxarife.wire.times import to_iso

MAX_AHEAD_US = 300_000_000
"""A program's clock may be so many microseconds ahead of ours; a later time is replaced by now and marked."""


class Entry(NamedTuple):
    moment: int
    """Microseconds since 1970."""
    received_at: int
    service: str
    user_id: str
    action: str
    result: str
    cause: str | None = None
    extra: str | None = None
    """A JSON object."""


def make_entry(sent: LogIn, now: datetime, zone: tzinfo) -> Entry:
    """The redacted entry for what a program has sent."""
    extra = {name: redact(name, value) for name, value in (sent.model_extra or {}).items()}
    received_at = to_micros(now)
    moment = received_at if sent.timestamp is None else to_micros(to_moment(sent.timestamp, zone))
    if moment > received_at + MAX_AHEAD_US:
        moment, extra = received_at, {**extra, "relogio_corrigido": True}
    return Entry(
        moment,
        received_at,
        sent.service,
        redact_cached(sent.user_id),
        redact_cached(sent.action),
        redact_cached(sent.result),
        None if sent.cause is None else redact_text(sent.cause),
        orjson.dumps(extra).decode() if extra else None,
    )


def redacted(entry: Entry) -> Entry:
    """Redact an entry again, which was redacted by earlier rules."""
    extra: dict[str, Any] = orjson.loads(entry.extra) if entry.extra else {}
    clean = {name: redact(name, value) for name, value in extra.items()}
    return entry._replace(
        user_id=redact_text(entry.user_id),
        action=redact_text(entry.action),
        cause=None if entry.cause is None else redact_text(entry.cause),
        extra=entry.extra if clean == extra else orjson.dumps(clean).decode(),
    )


def cut_piece(rows: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
    """The first rows, at least one, whose texts together are short enough to be redacted in one piece."""
    length = 0
    for number, row in enumerate(rows):
        length += sum(len(value) for value in row if isinstance(value, str))
        if length > MAX_PIECE_LENGTH and number:
            return rows[:number]
    return rows


class StoredEntry(NamedTuple):
    """An entry with its id."""

    id: int
    entry: Entry

    def to_wire(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "log_id": str(self.id),
            "timestamp": to_iso(from_micros(entry.moment)),
            "recebido_em": to_iso(from_micros(entry.received_at)),
            "service": entry.service,
            "user_id": entry.user_id,
            "action": entry.action,
            "result": entry.result,
            "cause": entry.cause,
            "extra": orjson.loads(entry.extra) if entry.extra else {},
        }

    def to_old_wire(self) -> dict[str, Any]:
        """With the fields of the older log service."""
        entry = self.entry
        index = orjson.loads(entry.extra).get("index_name") if entry.extra else None
        return {
            "service": entry.service,
            "user_id": entry.user_id,
            "action": entry.action,
            "result": entry.result,
            "cause": entry.cause,
            "timestamp": to_iso(from_micros(entry.moment)),
            "index_name": index if isinstance(index, str) else "log",
        }

    @property
    def is_of_request(self) -> bool:
        """Whether our API made it of a request, and no program sent it."""
        extra = self.entry.extra or ""
        return self.entry.service == API_SERVICE and any(mark in extra for mark in _MARKS_OF_REQUESTS)


class Quarter(NamedTuple):
    """A quarter of an hour and how many entries it has."""

    start: int
    """Microseconds since 1970."""
    entries: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries to read; the newest come first."""

    service: str | None = None
    user_id: str | None = None
    action: str | None = None
    result: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    text: str | None = None
    """Words, "phrases", -excluded and prefix*; accents and case do not count."""
    not_service: str | None = None
    older_than: int | None = None
    """Only entries with a smaller id: those of the next page."""
    limit: int = 100
    max_entries: int | None = None
    """Count only so many of the newest entries, where each must be looked at."""

    @property
    def fields(self) -> dict[str, str]:
        """The columns that must have exactly these values."""
        values = {"service": self.service, "user_id": self.user_id, "action": self.action, "result": self.result}
        return {name: value for name, value in values.items() if value is not None}


class EntryStore(Protocol):
    """Stores entries: ``storage.sqlite.SqliteLogStore`` or ``storage.postgres.PostgresLogStore``. Safe for threads."""

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Store entries durably; returns their ids. Raises StoreUnavailable, WriteFailed."""

    def search(self, chosen: EntryFilter) -> list[StoredEntry]:
        """The newest entries that match. Raises StoreUnavailable."""

    def count(self, chosen: EntryFilter) -> list["Quarter"]:
        """The quarters of an hour that hold entries, oldest first. Raises StoreUnavailable."""

    def list_common(self, chosen: EntryFilter, field: str, limit: int) -> list[tuple[str, int]]:
        """The commonest values of one of ``FIELDS``, and how often each occurs. Raises StoreUnavailable."""

    def measure(self) -> tuple[int, int | None]:
        """(bytes in use, moment of the oldest entry in microseconds or None). Raises StoreUnavailable."""

    def prune(self, before: datetime) -> int:
        """Remove a piece of the entries before that moment; returns how many, 0 if none is left.

        Call it again until it returns 0; others can write in between. Raises StoreUnavailable, WriteFailed.
        """

    def shrink(self, max_bytes: int) -> int:
        """Remove a piece of the oldest entries if more than ``max_bytes`` are in use; returns how many.

        Raises as ``prune``.
        """

    def count_older(self) -> bool:
        """Count a piece of the entries that an older version did not count; returns whether there may be more.

        Raises as ``prune``.
        """

    def clean(self) -> bool:
        """Redact a piece of the entries from before today's rules; returns whether there may be more.

        Raises as ``prune``.
        """

    def forget(self, traces: "Traces") -> int:
        """Remove personal data from a person's entries; returns how many. Raises StoreUnavailable, WriteFailed."""

    def close(self) -> None:
        """May be called twice."""


class Traces(NamedTuple):
    """What identifies a person in the server's own entries."""

    user_id: str
    """Their wire id, ``u7``."""
    requests: Sequence[str]
    """The ids of their requests without a token: registrations and logins."""

    def parts(self) -> Iterator[list[str]]:
        """The ids of the requests, in parts that one search can take."""
        for start in range(0, len(self.requests), REQUESTS_AT_ONCE):
            yield list(self.requests[start : start + REQUESTS_AT_ONCE])


FIELDS = ("service", "user_id", "action", "result")
"""Columns that entries can be filtered and counted by."""
REDACTION = 6
"""The version of the redaction rules. Entries that were stored under a lower one are redacted again."""
PIECE = 200
"""Entries that are removed or redacted in one transaction, so that others can write in between."""
MAX_PIECE_LENGTH = 64 << 10
"""Characters of entries that are redacted at once: as much as a single entry may have."""
REQUESTS_AT_ONCE = 100
FAILURE = "failure"
"""The result of what failed. Other programs may use other words."""
API_SERVICE = "api"
"""The service of the server's own entries."""
GATEWAY = "gateway"
"""The service of requests through the gateway."""
ADDRESS_MARK = "addr"
"""A part of the name of a field that every entry of these two services has while it has personal data: an address."""
_MARKS_OF_REQUESTS = ('"duration_ms":', '"repetidos":')
"""A part of every entry that our API makes of a request, and one of the sums of those that were not kept each."""
_PERSONAL = frozenset(
    {"address", "path", "remote_addr", "remote_user", "request"}
    | {"http_referer", "http_user_agent", "http_x_forwarded_for"}
)


def without_personal(extra: str) -> str:
    """The extra fields of an entry by the server, without personal data."""
    kept = {name: value for name, value in orjson.loads(extra).items() if name not in _PERSONAL}
    return orjson.dumps(kept).decode()


class RequestLine(NamedTuple):
    """A request to our own API, noted while it is answered and converted to an entry later."""

    moment: datetime
    method: str
    rule: str
    path: str
    status: int
    problem: str | None
    user_id: int | None
    address: str
    request_id: str
    duration_ms: float

    def to_entry(self) -> Entry:
        extra: dict[str, Any] = {
            "status": self.status,
            "duration_ms": self.duration_ms,
            "address": self.address,
            "request_id": self.request_id,
        }
        if not self._names_somebody():
            extra["path"] = redact_cached(self.path[:200])
        moment = to_micros(self.moment)
        return Entry(
            moment=moment,
            received_at=moment,
            service=API_SERVICE,
            user_id=f"u{self.user_id}" if self.user_id else "N/A",
            action=self.action,
            result="success" if self.status < 400 else FAILURE,
            cause=self.problem,
            extra=orjson.dumps(extra).decode(),
        )

    @property
    def action(self) -> str:
        # So the names of parameters in paths are data: entries and saved views have "PATCH /usuarios/<person_id>".
        return f"{self.method} {self.rule or '(desconhecida)'}"

    def _names_somebody(self) -> bool:
        """Whether the path has a person's name, also one that misses the route by a slash."""
        return "<username>" in self.rule or (not self.rule and self.path.startswith("/usuarios/"))


def now_micros() -> int:
    return time_ns() // 1000
