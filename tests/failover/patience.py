"""Waiting for something that takes a cluster its time."""

from collections.abc import Callable

from tests.programs import wait_for


def wait_until(condition: Callable[[], object], *, seconds: float = 240.0) -> None:
    """Generous: it tells a cluster that stands still from one on a busy machine."""
    wait_for("the cluster", condition, every_s=0.2, within_s=seconds)
