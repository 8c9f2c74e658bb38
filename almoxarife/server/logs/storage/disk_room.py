"""Keeps the log from filling the disk, whose last megabytes are for the shop's data.

It applies to everything that is written: entries, redacting, pruning and forgetting.
"""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from shutil import disk_usage

from almoxarife.server.errors import WriteFailed
from almoxarife.server.logs.entries import PIECE
from almoxarife.server.store.contract import Raw

MIN_FREE_BYTES = 32 << 20
"""The free space below which only free pages of the log's file are used. A sale needs a few thousand bytes."""
MIN_FREE_BYTES_FOR_SPARE_PAGES = MIN_FREE_BYTES // 2
"""The free space below which nothing is written: the write-ahead log needs some megabytes even for free pages."""
COST_FACTOR = 8
"""How many times the bytes of its texts an entry may take: a row, five indexes and its words."""
FIXED_COST_BYTES = 8000
"""Bytes that every write may take in addition."""
SMALL_PIECE = PIECE // 10
"""How many entries are removed at once on a nearly full disk: their words take pages before their rows free some."""

_FREE_PAGE_BYTES = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
"""Bytes in free pages."""


def require_room(database: Raw, path: Path, texts: Iterable[object]) -> None:
    """Raise WriteFailed if neither the disk nor the file has room for the texts; OSError if the folder is away."""
    free = disk_usage(path.parent).free
    if free >= MIN_FREE_BYTES:
        return
    needed = sum(len(text) for text in texts if isinstance(text, str)) * COST_FACTOR
    ((free_page_bytes,),) = database.execute(_FREE_PAGE_BYTES)
    if free < MIN_FREE_BYTES_FOR_SPARE_PAGES or needed + FIXED_COST_BYTES >= int(free_page_bytes):
        _refuse()


def find_piece(path: Path) -> int:
    """How many entries may be removed at once: removing needs space before it frees any. Raises as ``require_room``."""
    free = disk_usage(path.parent).free
    if free < MIN_FREE_BYTES_FOR_SPARE_PAGES:
        _refuse()
    return PIECE if free >= MIN_FREE_BYTES else SMALL_PIECE


def _refuse() -> None:
    raise WriteFailed from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
