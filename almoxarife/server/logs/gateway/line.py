"""Parses a line of the gateway's log: a syslog datagram (RFC 3164, as nginx writes it) with a JSON object.

Any program on this machine may send one, so nothing in it is trusted. Personal data and secrets, such as the values of
a query, are never stored.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import orjson

from almoxarife.server.logs.entries import GATEWAY, MAX_AHEAD_US, Entry
from almoxarife.server.logs.redaction.redact import REMOVED, is_key, redact_text

TAG = "almoxarife"
MAX_DATAGRAM = 65_536
"""Bytes of a datagram."""
NAMES = (
    *("msec", "remote_addr", "remote_user", "time_local", "request", "status", "body_bytes_sent", "http_referer"),
    *("http_user_agent", "http_x_forwarded_for", "request_time", "upstream_status", "request_id", "user"),
)
HIDDEN = "***"
MAX_PARAMETERS = 20

_FRAME = re.compile(rb"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^\s:]{1,255} )?" + TAG.encode() + rb": ")
_REQUEST = re.compile(r"([A-Z]{1,20}) (\S+)(?: (HTTP/[\d.]{1,5}))?")
_ABSOLUTE = re.compile(r"[a-z]{2,8}://[^/?]*", re.IGNORECASE)
_SOMEBODY = re.compile(r"(?<=^/usuarios/)(?!u\d+(?:/|$))[^/]+")
_ID = re.compile("[0-9a-f]{32}")
_PLAIN_NAME = re.compile(r"[\w.\[\]-]{1,40}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]")


class GatewayLine(NamedTuple):
    """A request and its response as they were received, converted to an entry later."""

    received_at: int
    """Microseconds since 1970."""
    fields: dict[str, str]

    def to_entry(self) -> Entry:
        fields = self.fields
        action, request = _read_request(fields["request"])
        status = _count(fields["status"]) or 0
        user, request_id = fields["user"], fields["request_id"]
        extra = {
            "remote_addr": _text(fields["remote_addr"], 60),
            "remote_user": _text(fields["remote_user"], 100),
            "time_local": _text(fields["time_local"], 40),
            "request": request,
            "status": status,
            "body_bytes_sent": _count(fields["body_bytes_sent"]),
            "http_referer": _read_address(fields["http_referer"]),
            "http_user_agent": _text(fields["http_user_agent"], 300),
            "http_x_forwarded_for": _text(fields["http_x_forwarded_for"], 200),
            "request_time": _seconds(fields["request_time"]),
            "upstream_status": _text(fields["upstream_status"], 60),
            "request_id": request_id if _ID.fullmatch(request_id) else _text(request_id, 64),
        }
        return Entry(
            moment=self._find_moment(),
            received_at=self.received_at,
            service=GATEWAY,
            user_id=user if user[:1] == "u" and user[1:].isdecimal() and len(user) < 20 else "N/A",
            action=action,
            result="success" if 0 < status < 400 else "failure",
            extra=orjson.dumps(extra).decode(),
        )

    def _find_moment(self) -> int:
        seconds = _seconds(self.fields["msec"])
        moment = self.received_at if seconds is None else round(seconds * 1_000_000)
        return moment if abs(moment - self.received_at) <= MAX_AHEAD_US else self.received_at


def read(datagram: bytes, received_at: int) -> GatewayLine | None:
    """Parse a datagram; None if it is not a line of the gateway's log."""
    frame = _FRAME.match(datagram)
    if frame is None:
        return None
    raw = datagram[frame.end() :]
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            # nginx passes on bytes that are not UTF-8, and may cut a character in two.
            found = orjson.loads(raw.decode(errors="replace"))
        except orjson.JSONDecodeError:
            return None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in NAMES):
        return None
    return GatewayLine(received_at, found)


def _read_request(text: str) -> tuple[str, str]:
    """Method and path, and the whole request line, without personal data and secrets."""
    found = _REQUEST.fullmatch(text)
    if found is None:
        # The text may be anything, even a password.
        return "(ilegível)", "(ilegível)" if text else ""
    method, target, protocol = found.groups()
    path, _, query = _ABSOLUTE.sub("", target, count=1).partition("?")
    shown = _hide_path(path)
    line = f"{method} {shown}{_hide_query(query)} {protocol or '…'}"
    return f"{method} {shown}"[:200], line


def _read_address(text: str) -> str:
    """The Referer header, without personal data and secrets."""
    if not text:
        return ""
    address, _, query = text.partition("?")
    site = _ABSOLUTE.match(address)
    path = _hide_path(address[site.end() :] if site else address)
    return f"{_text(site[0] if site else '', 200)}{path}{_hide_query(query)}"


@lru_cache(maxsize=4096)
def _hide_path(path: str) -> str:
    """A decoded path without user names and without what looks like a key."""
    meant = _SOMEBODY.sub("(alguém)", unquote(path, errors="replace"))
    if is_key(meant):
        meant = "/".join(REMOVED if is_key(part) else part for part in meant.split("/"))
    return _text(meant, 200)


def _hide_query(query: str) -> str:
    """The names of the query's parameters, where they are plain names; never a value."""
    if not query:
        return ""
    parts = query.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]
    names = [name for name, equals, _ in (part.partition("=") for part in parts) if equals]
    shown = [f"{name}={HIDDEN}" for name in names if _PLAIN_NAME.fullmatch(name) and not is_key(name)]
    return "?" + "&".join(shown if len(shown) == len(parts) else [*shown, HIDDEN])


@lru_cache(maxsize=4096)
def _text(text: str, max_length: int) -> str:
    """A printable, redacted text. Cached, because addresses, programs and times are repeated."""
    # Cut after redacting: half of a token would not be recognised.
    return redact_text(_UNPRINTABLE.sub(" ", text))[:max_length]


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None


def _seconds(text: str) -> float | None:
    try:
        return float(text) if text and len(text) < 20 and text[0].isdecimal() else None
    except ValueError:
        return None
