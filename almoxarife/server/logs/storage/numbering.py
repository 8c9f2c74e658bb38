"""Ids of entries, which grow with their moments: the microsecond shifted by ten bits.

So sorting by time, selecting a span of time and continuing a page are all done by ranges of ids.
"""

from collections.abc import Callable, Sequence

from almoxarife.server.logs.entries import Entry

MOMENT_BITS = 10
SPREAD = 2**24
"""How far an id may be behind the first id of its moment, when many entries have the same: 16 ms worth of ids."""
NEVER = 2**63 - 1


def first_id(moment: int) -> int:
    """The first id of a moment in microseconds; after the year 2255, the last id there is."""
    return min(moment << MOMENT_BITS, NEVER - SPREAD)


def give_ids(entries: Sequence[Entry], find_gap: Callable[[int], tuple[int, int]]) -> list[int]:
    """Free ids in the order of the moments, and of arrival for the same moment.

    ``find_gap`` returns the first free id from a number on, and the next one that is taken. Call it in the
    transaction that inserts the entries, so that no other process uses the same ids.
    """
    numbers = [0] * len(entries)
    number = taken = 0
    for place in sorted(range(len(entries)), key=lambda place: entries[place].moment):
        number = max(first_id(entries[place].moment), number + 1)
        if number >= taken:
            number, taken = find_gap(number)
        numbers[place] = number
    return numbers
