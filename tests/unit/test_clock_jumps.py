"""A clock that is set while the program runs is noticed; time that passes is no jump."""

import time

import pytest

from almoxarife.server import clock
from almoxarife.server.clock import ClockJumpWatch


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    now = {"wall": 1_000_000.0, "elapsed": 50.0}
    monkeypatch.setattr(time, "time", lambda: now["wall"])
    monkeypatch.setattr(clock, "elapsed_s", lambda: now["elapsed"])
    return now


def test_jumps_are_summed_until_the_clock_is_right_again(wall: dict[str, float]) -> None:
    watch = ClockJumpWatch()
    found = []
    for passed_s, jumped_s in ((0.5, 0), (86_400, 0), (0.5, 34_560_000), (0.5, 0.4), (0.5, -34_560_000)):
        wall["elapsed"] += passed_s
        wall["wall"] += passed_s + jumped_s
        found.append((watch.measure_jump(), watch.jumped_s))

    assert found == [(0, 0), (0, 0), (34_560_000, 34_560_000), (0, 34_560_000), (-34_560_000, 0)]
