"""Who must not be told of a COMMIT yet is told a moment later, and at the end at the latest."""

from queue import SimpleQueue
from time import monotonic

from almoxarife.server.store.postgresql.telling import Teller


def test_each_is_told_in_turn_and_not_before_its_time() -> None:
    teller, told = Teller(), SimpleQueue[tuple[str, float]]()
    began = monotonic()
    teller.tell(lambda: told.put(("a", monotonic())), 0.05)
    teller.tell(lambda: told.put(("b", monotonic())), 0.0)

    (first, at), (second, _) = told.get(timeout=30), told.get(timeout=30)
    assert (first, second) == ("a", "b")
    assert at >= began + 0.05
    teller.close()


def test_the_end_waits_until_all_are_told() -> None:
    teller, told = Teller(), SimpleQueue[str]()
    for name in "abc":
        teller.tell(lambda name=name: told.put(name), 0.02)  # type: ignore[misc]
    teller.close()

    assert [told.get_nowait() for _ in range(3)] == ["a", "b", "c"]
    teller.close()
