"""Names that stand twice in one object of JSON: two programs may read two things of it, so we read neither."""

import json

LONGEST = 60
"""Characters of a name that is told."""


def find_repeated_name(raw: bytes, value: object) -> str | None:
    """A name that stands twice in one object of the JSON in ``raw``; ``value`` is what was read, the last one of each.

    Counting finds out: of each name there is one colon, all others are in texts.
    """
    is_written_otherwise = b"\\u003" in raw
    if not is_written_otherwise and raw.count(b":") == _count_colons(value):
        return None
    try:
        json.loads(raw, object_pairs_hook=_refuse_repeated)
    except _Repeated as found:
        return str(found)
    except RecursionError:
        return "corpo"  # within what the second one has replaced
    return None


def _count_colons(value: object) -> int:
    """Of names and within texts."""
    total, left = 0, [value]
    while left:
        item = left.pop()
        if type(item) is str:
            total += item.count(":")
        elif type(item) is dict:
            total += len(item) + "".join(item).count(":")
            left += item.values()
        elif type(item) is list:
            left += item
    return total


class _Repeated(Exception):
    """The name."""


def _refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise _Repeated(name[:LONGEST])
        seen.add(name)
