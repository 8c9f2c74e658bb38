"""One statement for many rows: ``VALUES (?, ?)`` becomes ``VALUES (?, ?), (?, ?), …``.

Each statement gives the interpreter away and comes back when another thread lets go of it,
and on a server it is a round trip: row by row, that is what a statement costs most.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

ROWS_AT_ONCE = 64
"""Of 17 values at most; SQLite takes 32,766 of them since 3.32."""

_VALUES = re.compile(r"(?<= VALUES )\([^()]*\)|(?<=\(VALUES )\([^()]*\)")


def split(sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, list[Any]]]:
    """Statements and their parameters, together for all rows in their order.

    The sizes are powers of two: few different statements, so that all of them stay prepared.
    """
    done, size = 0, ROWS_AT_ONCE
    while done < len(rows):
        while size > len(rows) - done:
            size //= 2
        yield _repeat_values(sql, size), [*chain.from_iterable(rows[done : done + size])]
        done += size


@lru_cache(maxsize=1000)
def _repeat_values(sql: str, times: int) -> str:
    """Raises ValueError where there is not one group of values."""
    groups = _VALUES.findall(sql)
    if len(groups) != 1:
        raise ValueError(f"one group of values is needed: {sql}")
    return _VALUES.sub(", ".join(groups * times), sql)
