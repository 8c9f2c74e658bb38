"""The server collects garbage while it serves, though it did not while it was loaded."""

import gc
from collections.abc import Iterator

import pytest

from almoxarife.server.operations.serving import tune_garbage_collection


@pytest.fixture
def collector() -> Iterator[None]:
    """This process's own settings come back."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()


@pytest.mark.usefixtures("collector")
def test_garbage_is_collected_while_it_serves_and_the_objects_of_the_start_are_left_alone() -> None:
    gc.disable()
    tune_garbage_collection()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
