from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from tests.failover.demo import MISSING, Demo, start_demo


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed")
    pytest.importorskip("patroni")
    folder = Path(mkdtemp(prefix="alx-", dir="/tmp"))
    try:
        with start_demo(folder) as demo:
            yield demo
    finally:
        rmtree(folder)
