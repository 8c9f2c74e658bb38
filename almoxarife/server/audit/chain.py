"""The trail as a chain: the hash of an entry covers what it says and the hash of the one before.

Changing, removing or slipping in an entry breaks the chain at that place; writing it anew
from there on ends at another head than the one somebody kept elsewhere.
How an entry is turned into bytes is fixed for ever (``docs/audit.md``): entries of ten
years ago must verify. A later version may add elements at the end, for its own entries.
"""

import re
from functools import lru_cache
from hashlib import sha256
from secrets import token_bytes
from typing import NamedTuple, Self

import orjson

from almoxarife.server.errors import StartupError

SALT_SIZE = SEAL_SIZE = 16
"""Bytes: to put another address under a seal one has 2**128 salts to try."""


class Link(NamedTuple):
    """What the next entry follows; the last one is the head."""

    id: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.id}-{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises StartupError for what ``audit head`` never prints."""
        number, _, hashed = text.strip().partition("-")
        if not re.fullmatch("[1-9][0-9]{0,17}", number) or not re.fullmatch("[0-9a-f]{64}", hashed):
            raise StartupError(
                f"“{text}” não é uma cabeça da trilha. Copie inteira a que almoxarife audit head mostrou."
            )
        return cls(int(number), bytes.fromhex(hashed))


BEFORE_ALL = Link(0, bytes(32))
"""What the first entry follows."""


def link(
    before: Link,
    recorded_at: int,
    tag: str,
    outcome: str,
    actor_id: int | None,
    subject: str | None,
    cause: str | None,
    seal: bytes | None,
    request_id: str | None,
    row_hash: bytes | None = None,
) -> Link:
    """The link of the entry that follows ``before``; ``recorded_at`` in microseconds since 1970.

    ``row_hash``: of the row that the entry speaks of, where there is one.
    """
    number = before.id + 1
    shown = None if seal is None else seal.hex()
    # Of integers, texts and null, orjson writes what RFC 8785 asks for.
    said = (number, recorded_at, tag, outcome, actor_id, subject, cause, shown, request_id)
    content = orjson.dumps(said if row_hash is None else (*said, row_hash.hex()))
    return Link(number, sha256(before.hash + content).digest())


class Sealed(NamedTuple):
    """An address as the chain holds it, and the salt that shows whose it is until both are forgotten."""

    salt: bytes | None
    seal: bytes | None


NO_ADDRESS = Sealed(None, None)


@lru_cache(maxsize=4096)
def seal_address(address: str, actor_id: int | None) -> Sealed:
    """A salt of its own for each person and address: what is forgotten of one is not told by another's entries."""
    salt = token_bytes(SALT_SIZE)
    return Sealed(salt, make_seal(salt, address))


def make_seal(salt: bytes, address: str) -> bytes:
    return sha256(salt + address.encode()).digest()[:SEAL_SIZE]
