"""However a run of the tests ends, its PostgreSQL ends with it, and nothing is left on the disk."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.server.processes import PATIENCE_S, ROOT, wait_until

RUN = """
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture
def something():
    yield
    (HERE / "ended in order").touch()


def test_that_is_interrupted(databases, something):
    cluster = databases.cluster
    (HERE / "said").write_text(f"{cluster.pid()}\\n{cluster._folder}\\n")
    (HERE / "said").rename(HERE / "running")
    time.sleep(600)
"""


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.mark.parametrize(
    ("sent", "in_order"),
    [(signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGKILL, False)],
    ids=["kill", "Ctrl-C", "kill -9"],
)
def test_the_server_ends_too(tmp_path: Path, sent: signal.Signals, in_order: bool) -> None:
    run_and_end(tmp_path, sent)

    assert (tmp_path / "ended in order").exists() == in_order


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_a_workers_server_ends_too(tmp_path: Path, sent: signal.Signals) -> None:
    run_and_end(tmp_path, sent, "-n1")

    wait_until((tmp_path / "ended in order").exists, "the worker has ended what it began")


def run_and_end(folder: Path, sent: signal.Signals, *more: str) -> None:
    """A run whose test is interrupted; returns when its PostgreSQL has ended and has left nothing behind."""
    (folder / "test_run.py").write_text(RUN)
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--database=postgresql", *more]
    run = subprocess.Popen([sys.executable, "-m", "pytest", *options, str(folder)], cwd=ROOT, stdout=subprocess.PIPE)
    running = folder / "running"
    wait_until(lambda: running.exists() or run.poll() is not None, "it runs")
    assert run.poll() is None, run.communicate()
    pid, data = running.read_text().splitlines()
    postmaster = psutil.Process(int(pid))
    assert postmaster.is_running()

    run.send_signal(sent)
    run.communicate(timeout=PATIENCE_S)

    postmaster.wait(PATIENCE_S)
    wait_until(lambda: not Path(data).exists(), "its folder is gone")
