from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.failover.demo import MISSING, Demo, start_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed")
    pytest.importorskip("patroni")
    with start_demo(Path(mkdtemp(prefix="alx-", dir="/tmp"))) as demo:
        yield demo
