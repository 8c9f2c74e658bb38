"""One log entry, as it is stored, and where it stands among the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from time import time_ns
from typing import Any, NamedTuple, Protocol

import orjson

from almoxarife.server.clock import to_moment
from almoxarife.server.logs.redaction.redact import often_redacted, redact, redact_text
from almoxarife.server.store.columns import from_micros, to_micros
from almoxarife.wire.programs.logs import LogIn
from almoxarife.wire.times import to_iso

AHEAD = 300_000_000
"""Microseconds. A clock may be that much ahead of ours; what is later is stored as now, and marked."""


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


def make_entry(asked: LogIn, now: datetime, zone: tzinfo) -> Entry:
    """What a program sent, without its secrets."""
    extra = {name: redact(name, value) for name, value in (asked.model_extra or {}).items()}
    received_at = to_micros(now)
    moment = received_at if asked.timestamp is None else to_micros(to_moment(asked.timestamp, zone))
    if moment > received_at + AHEAD:
        moment, extra = received_at, {**extra, "relogio_corrigido": True}
    return Entry(
        moment,
        received_at,
        asked.service,
        often_redacted(asked.user_id),
        often_redacted(asked.action),
        often_redacted(asked.result),
        None if asked.cause is None else redact_text(asked.cause),
        orjson.dumps(extra).decode() if extra else None,
    )


def redacted(entry: Entry) -> Entry:
    """An entry that was stored by other rules, as today's would have it."""
    extra: dict[str, Any] = orjson.loads(entry.extra) if entry.extra else {}
    clean = {name: redact(name, value) for name, value in extra.items()}
    return entry._replace(
        user_id=redact_text(entry.user_id),
        action=redact_text(entry.action),
        cause=None if entry.cause is None else redact_text(entry.cause),
        extra=entry.extra if clean == extra else orjson.dumps(clean).decode(),
    )


class Stored(NamedTuple):
    """An entry as it is read back."""

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
        """With the fields of the older log service alone."""
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


class Quarter(NamedTuple):
    """A quarter of an hour."""

    start: int
    """Microseconds since 1970."""
    entries: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; the newest come first."""

    service: str | None = None
    user_id: str | None = None
    action: str | None = None
    result: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    text: str | None = None
    """Words, "phrases", -not and prefix*; accents and case do not count."""
    not_service: str | None = None
    older_than: int | None = None
    """The id a page begins after."""
    limit: int = 100
    most: int | None = None
    """No more than the newest so many are counted, where each must be looked at."""

    @property
    def fields(self) -> dict[str, str]:
        """The columns that must hold exactly this."""
        asked = {"service": self.service, "user_id": self.user_id, "action": self.action, "result": self.result}
        return {name: value for name, value in asked.items() if value is not None}


class EntryStore(Protocol):
    """Where the entries are: ``store.LogStore`` or ``server_store.ServerLogStore``. Safe for threads."""

    def append(self, entries: Sequence[Entry]) -> list[int]:
        """Store the entries, on disk when it returns; their ids. Raises StoreUnavailable, WriteFailed."""

    def search(self, wanted: Wanted) -> list[Stored]:
        """The newest entries that are wanted. Raises StoreUnavailable."""

    def count(self, wanted: Wanted) -> list["Quarter"]:
        """The quarters of an hour that hold entries, oldest first. Raises StoreUnavailable."""

    def list_common(self, wanted: Wanted, field: str, limit: int) -> list[tuple[str, int]]:
        """The commonest values of one of ``FIELDS`` and how often each is there. Raises StoreUnavailable."""

    def measure(self) -> tuple[int, int | None]:
        """The bytes in use, and the moment of the oldest entry. Raises StoreUnavailable."""

    def prune(self, before: datetime) -> int:
        """Remove a piece of what happened earlier; how many, 0 when nothing is left of it.

        Who has all of it removed leaves others their turn in between. Raises StoreUnavailable, WriteFailed.
        """

    def shrink(self, most: int) -> int:
        """Remove a piece of the oldest where the log takes more than ``most`` bytes; how many. Raises as ``prune``."""

    def count_older(self) -> bool:
        """Count a piece of what an older version has left uncounted; whether there may be more. Raises as ``prune``."""

    def clean(self) -> bool:
        """Redact a piece of what earlier rules let through; whether there may be more. Raises as ``prune``."""

    def forget(self, traces: "Traces") -> int:
        """Take what is personal out of the entries of a person; how many. Raises StoreUnavailable, WriteFailed."""

    def close(self) -> None:
        """May be called twice."""


class Traces(NamedTuple):
    """What the server's own entries know a person by."""

    user_id: str
    """As it is written there: ``u7``."""
    requests: Sequence[str]
    """Ids of requests of theirs that came without a token: registrations and logins."""

    def parts(self) -> Iterator[list[str]]:
        """The requests, as many at once as a search takes."""
        for start in range(0, len(self.requests), REQUESTS_AT_ONCE):
            yield list(self.requests[start : start + REQUESTS_AT_ONCE])


FIELDS = ("service", "user_id", "action", "result")
"""Columns of single values, by which entries are found and counted."""
REDACTION = 5
"""Number of the rules that texts are redacted by. What was stored by a lower one is looked through again."""
PIECE = 200
"""Entries that are removed or looked through at once: others have their turn in between."""
REQUESTS_AT_ONCE = 100
FAILURE = "failure"
"""The result of what went wrong; other programs may have words of their own."""
API = "api"
"""The service that the server's own entries are of."""
GATEWAY = "gateway"
"""The service of what went through the gateway."""
MARK = "addr"
"""In the extra fields of every entry of these two, until it is forgotten: it has an address."""
_PERSONAL = frozenset(
    {"address", "path", "remote_addr", "remote_user", "request"}
    | {"http_referer", "http_user_agent", "http_x_forwarded_for"}
)


def without_personal(extra: str) -> str:
    """What an entry of ours may keep when its person has been erased."""
    kept = {name: value for name, value in orjson.loads(extra).items() if name not in _PERSONAL}
    return orjson.dumps(kept).decode()


class RequestLine(NamedTuple):
    """A request to our own API, noted while it is answered and made an entry later."""

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
            extra["path"] = often_redacted(self.path[:200])
        moment = to_micros(self.moment)
        return Entry(
            moment=moment,
            received_at=moment,
            service=API,
            user_id=f"u{self.user_id}" if self.user_id else "N/A",
            action=self.action,
            result="success" if self.status < 400 else FAILURE,
            cause=self.problem,
            extra=orjson.dumps(extra).decode(),
        )

    @property
    def action(self) -> str:
        return f"{self.method} {self.rule or '(desconhecida)'}"

    def _names_somebody(self) -> bool:
        """Whether a person's name is in the path, in one that misses the route by a slash too."""
        return "<username>" in self.rule or (not self.rule and self.path.startswith("/usuarios/"))


def now_micros() -> int:
    return time_ns() // 1000
