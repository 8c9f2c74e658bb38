"""What of the disk the log leaves to the shop's data, whatever is written: entries, cleaning, pruning, forgetting."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from shutil import disk_usage

from almoxarife.server.errors import WriteFailed
from almoxarife.server.logs.entries import PIECE
from almoxarife.server.store.contract import Raw

LEFT_TO_THE_SHOP = 32 << 20
"""Free bytes of the disk: a sale needs a few thousand."""
LEFT_IN_ANY_CASE = LEFT_TO_THE_SHOP // 2
"""The same while the file has free pages of its own: its write-ahead log still needs some megabytes."""
PAGES_FOR_A_TEXT = 8
"""Times the bytes of an entry's texts that it may take: its row, five indexes and its words."""
AT_LEAST = 8000
"""Bytes that any writing may take besides."""
PIECE_OF_THE_LAST = PIECE // 10
"""Entries that are removed at once where little is left. Their words take pages before their rows give theirs back."""

_SPARE = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"
"""Bytes in free pages."""


def ensure_room(database: Raw, path: Path, texts: Iterable[object]) -> None:
    """Raise WriteFailed if neither the disk nor the file has room for the texts; OSError if the folder is away."""
    free = disk_usage(path.parent).free
    if free >= LEFT_TO_THE_SHOP:
        return
    wanted = sum(len(text) for text in texts if isinstance(text, str)) * PAGES_FOR_A_TEXT
    ((spare,),) = database.execute(_SPARE)
    if free < LEFT_IN_ANY_CASE or wanted + AT_LEAST >= int(spare):
        _refuse()


def find_piece(path: Path) -> int:
    """How many entries may be removed at once. They give room back, but not before. Raises as ``ensure_room``."""
    free = disk_usage(path.parent).free
    if free < LEFT_IN_ANY_CASE:
        _refuse()
    return PIECE if free >= LEFT_TO_THE_SHOP else PIECE_OF_THE_LAST


def _refuse() -> None:
    raise WriteFailed from OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
