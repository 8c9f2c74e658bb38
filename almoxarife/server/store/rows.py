"""One statement for many rows: ``VALUES (?, ?)`` becomes ``VALUES (?, ?), (?, ?), …``.

Each statement gives the interpreter away and comes back when another thread lets go of it,
and on a server it is a round trip: row by row, that is what a statement costs most.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

SIZES = (64, 56, 48, 40, 32, 28, 24, 20, *range(16, 0, -1))
"""Rows of one statement. Few sizes, so that all statements stay prepared; enough of them that two
statements do for up to 64 rows. Of 17 values at most: SQLite takes 32,766 of them since 3.32."""
PREPARED = 200
"""Statements that a connection keeps: those of a day's entries in all sizes are some 150."""

_VALUES = re.compile(r"(?<= VALUES )\([^()]*\)|(?<=\(VALUES )\([^()]*\)")


def split(sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Statements and their parameters, together for all rows in their order."""
    done = 0
    while done < len(rows):
        size = next(size for size in SIZES if size <= len(rows) - done)
        yield _repeat_values(sql, size), [*chain.from_iterable(rows[done : done + size])]
        done += size


@lru_cache(maxsize=1000)
def _repeat_values(sql: str, times: int) -> str:
    """Raises ValueError where there is not one group of values."""
    groups = _VALUES.findall(sql)
    if len(groups) != 1:
        raise ValueError(f"one group of values is needed: {sql}")
    return _VALUES.sub(", ".join(groups * times), sql)
