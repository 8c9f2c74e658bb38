"""A unit is a block or a function: what holds for one holds for the other, and for both together."""

import pytest

from tests.unit import writing


@pytest.fixture(params=list(writing.WAYS))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How ``writing.write`` writes in this test."""
    monkeypatch.setattr(writing, "way", writing.WAYS[request.param]())
    return str(request.param)
