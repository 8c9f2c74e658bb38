"""Counts the gateway's requests, to find out how many log lines were lost.

UDP datagrams are lost silently while nobody receives or when too many come at once. So nginx also writes one
byte for each request to a file, after sending the datagram; requests without an entry were lost. A
second file keeps the number of entries, because the log removes old ones.
"""

import os
from pathlib import Path
from typing import NamedTuple

from almoxarife import files

FILE = "pedidos.txt"
ENTRIES = "registrados.txt"
MAX_WINDOW = 64 * 1024 * 1024
"""The size at which the file is emptied and begun again."""
_HEAD = 21


class Tally(NamedTuple):
    began_at: int
    """Microseconds since 1970."""
    requests: int


def begin(path: Path, now_micros: int) -> None:
    """Empty the file, except its head. nginx has it open for appending and continues at the new end."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(0)
        file.write(b"%020d\n" % now_micros)


def read(path: Path) -> Tally | None:
    """The start and number of requests; None if there is no valid file."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return None
    if len(head) < _HEAD or not head[:-1].isdigit():
        return None
    return Tally(int(head), size - _HEAD)


class Entries(NamedTuple):
    """The number of entries, up to ``until``, for the requests since ``began_at``; both in microseconds."""

    began_at: int
    until: int
    number: int


def write_entries(path: Path, entries: Entries) -> None:
    files.write_atomically(path, b"%d %d %d\n" % entries)


def read_entries(path: Path) -> Entries | None:
    """None if the file is missing or damaged."""
    try:
        began_at, until, number = path.read_bytes().split()
        return Entries(int(began_at), int(until), int(number))
    except (OSError, ValueError):
        return None
