"""How many requests the gateway has answered, by a file in which each is a byte: what is no entry was lost.

UDP loses without a word: while nobody receives, or where too much comes at once. The file is
written by nginx itself, after the datagram, and so is complete whichever of our processes has died.
A second file says how many of them became entries, for the log forgets what is old.
"""

import os
from pathlib import Path
from typing import NamedTuple

from almoxarife import files

FILE = "pedidos.txt"
ENTRIES = "registrados.txt"
LONGEST = 64 * 1024 * 1024
"""Bytes; then it begins anew."""
_HEAD = 21


class Tally(NamedTuple):
    began_at: int
    """Microseconds since 1970."""
    requests: int


def begin(path: Path, now_micros: int) -> None:
    """From now on each request is a byte in it. nginx goes on at the new end of a file that it has open."""
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(0)
        file.write(b"%020d\n" % now_micros)


def read(path: Path) -> Tally | None:
    """None where no gateway of ours has begun it."""
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
    """Of the requests since ``began_at`` so many became entries of before ``until``."""

    began_at: int
    until: int
    number: int


def write_entries(path: Path, entries: Entries) -> None:
    files.write_atomically(path, b"%d %d %d\n" % entries)


def read_entries(path: Path) -> Entries | None:
    """None where nobody has counted yet, or the file is damaged."""
    try:
        began_at, until, number = path.read_bytes().split()
        return Entries(int(began_at), int(until), int(number))
    except (OSError, ValueError):
        return None
