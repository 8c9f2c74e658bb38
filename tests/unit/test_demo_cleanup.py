"""Who is killed when the demo is gone: what runs in the folders of its nodes, and nobody else."""

import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.programs import PATIENCE_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the demo runs on Linux")

DEMO = """
import sys
from pathlib import Path
from almoxarife.server.operations.cluster.demo_cleanup import start_cleanup

start_cleanup([Path(folder) for folder in sys.argv[1:]], {sys.executable})
"""


def test_a_server_that_runs_beside_the_nodes_in_the_same_folder_lives_on(tmp_path: Path) -> None:
    nodes = [tmp_path / "n1", tmp_path / "n2"]
    folders = [nodes[0] / "postgresql", nodes[1], tmp_path, tmp_path / "loja"]
    with ExitStack() as stack:
        started = []
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            waits = subprocess.Popen([sys.executable, "-c", "input()"], cwd=folder, stdin=subprocess.PIPE)
            stack.enter_context(waits)
            stack.callback(waits.kill)
            started.append(waits)

        subprocess.run([sys.executable, "-c", DEMO, *map(str, nodes)], check=True, timeout=PATIENCE_S)

        of_nodes, beside = started[:2], started[2:]
        assert [process.wait(PATIENCE_S) for process in of_nodes] == [-signal.SIGKILL, -signal.SIGKILL]
        for process in beside:
            process.communicate(b"\n", timeout=PATIENCE_S)
        assert [process.returncode for process in beside] == [0, 0]
