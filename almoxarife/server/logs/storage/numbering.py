"""Where an entry stands among the others: its id grows with its moment.

So the newest first, a span of time and the place where a page ends are all a range of ids.
"""

from collections.abc import Callable, Sequence

from almoxarife.server.logs.entries import Entry

MOMENT_BITS = 10
SPREAD = 2**24
"""How far behind its moment an entry may stand, when many have the same: 16 ms worth of ids."""
NEVER = 2**63 - 1


def first_id(moment: int) -> int:
    """The first id of a moment in microseconds; after the year 2255, the last there is."""
    return min(moment << MOMENT_BITS, NEVER - SPREAD)


def give_ids(entries: Sequence[Entry], find_gap: Callable[[int], tuple[int, int]]) -> list[int]:
    """Free ids in the order of the moments, and of arrival where the moment is the same.

    ``find_gap`` tells the first free id from a number on, and the next one that is taken.
    Inside the transaction that uses them, so that no other process is given them too.
    """
    given = [0] * len(entries)
    number = taken = 0
    for place in sorted(range(len(entries)), key=lambda place: entries[place].moment):
        number = max(first_id(entries[place].moment), number + 1)
        if number >= taken:
            number, taken = find_gap(number)
        given[place] = number
    return given
