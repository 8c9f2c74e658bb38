"""The tests' own programs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import PATIENCE_S, ROOT, start, wait_for, wait_until

STARTER = """
import sys, time
from multiprocessing import forkserver
from pathlib import Path
from tests.programs import start

folder = Path(sys.argv[1])
program = start(folder / "program.py", env={}, folder=folder, out=folder / "out.txt")
print(program.pid, forkserver._forkserver._forkserver_pid, flush=True)
time.sleep(600)
"""


def is_alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux to end it")
def test_nothing_is_left_of_tests_that_were_killed(tmp_path: Path) -> None:
    """A server that is left holds its port, and a tenth of a machine's memory."""
    (tmp_path / "program.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(600)\n")
    command = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        try:
            assert starter.stdout is not None
            pids = [int(pid) for pid in starter.stdout.readline().split()]
            wait_for("the program runs", lambda: "here" in (tmp_path / "out.txt").read_text())
            assert [is_alive(pid) for pid in pids] == [True, True]
        finally:
            starter.kill()
    try:
        wait_until(lambda: not any(is_alive(pid) for pid in pids), "both have ended")
    finally:
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_program_that_is_not_started_anew_finds_its_machine_changed_too(tmp_path: Path) -> None:
    change, program, out = tmp_path / "change", tmp_path / "program.py", tmp_path / "out.txt"
    change.mkdir()
    (change / "sitecustomize.py").write_text("import sys\n\nsys.modules['granian'] = None\n")
    program.write_text("import granian\n")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(change), str(ROOT)])}

    process = start(program, env=env, folder=tmp_path, out=out)

    assert process.wait(PATIENCE_S) == 1
    assert "import of granian halted" in out.read_text()
