"""What of the disk the log leaves to the shop's data, whatever is written: entries, cleaning, pruning, forgetting."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from shutil import disk_usage

from almoxarife.server.errors import WriteFailed
from almoxarife.server.logs.entries import PIECE
from almoxarife.server.store.contract import Raw

MIN_FREE_BYTES = 32 << 20
"""Free bytes of the disk: a sale needs a few thousand."""
MIN_FREE_BYTES_FOR_SPARE_PAGES = MIN_FREE_BYTES // 2
"""The same while the file has free pages of its own: its write-ahead log still needs some megabytes."""
COST_FACTOR = 8
"""Times the bytes of an entry's texts that it may take: its row, five indexes and its words."""
FIXED_COST_BYTES = 8000
"""Bytes that any writing may take besides."""
SMALL_PIECE = PIECE // 10
"""Entries that are removed at once where little is left. Their words take pages before their rows give theirs back."""

_FREE_PAGE_BYTES = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
"""Bytes in free pages."""


def ensure_room(database: Raw, path: Path, texts: Iterable[object]) -> None:
    """Raise WriteFailed if neither the disk nor the file has room for the texts; OSError if the folder is away."""
    free = disk_usage(path.parent).free
    if free >= MIN_FREE_BYTES:
        return
    wanted = sum(len(text) for text in texts if isinstance(text, str)) * COST_FACTOR
    ((free_page_bytes,),) = database.execute(_FREE_PAGE_BYTES)
    if free < MIN_FREE_BYTES_FOR_SPARE_PAGES or wanted + FIXED_COST_BYTES >= int(free_page_bytes):
        _refuse()


def find_piece(path: Path) -> int:
    """How many entries may be removed at once. They give room back, but not before. Raises as ``ensure_room``."""
    free = disk_usage(path.parent).free
    if free < MIN_FREE_BYTES_FOR_SPARE_PAGES:
        _refuse()
    return PIECE if free >= MIN_FREE_BYTES else SMALL_PIECE


def _refuse() -> None:
    raise WriteFailed from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
