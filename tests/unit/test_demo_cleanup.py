"""Who is ended with the demo, or killed when it is gone: what runs in the folders of its nodes, and nobody else."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster import demo as cluster_demo
from almoxarife.server.operations.cluster import demo_folder
from almoxarife.server.operations.cluster.cluster_file import Node
from almoxarife.server.operations.cluster.demo import Demo
from almoxarife.server.operations.cluster.demo_folder import is_own_folder, lock_folder
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


def test_what_runs_in_a_folder_that_is_removed_already_is_ended_too(tmp_path: Path) -> None:
    node = tmp_path / "n1"
    node.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], cwd=node, stdin=subprocess.PIPE) as waits:
        node.rmdir()
        subprocess.run([sys.executable, "-c", DEMO, str(node), str(tmp_path / "n2")], check=True, timeout=PATIENCE_S)
        assert waits.wait(PATIENCE_S) == -signal.SIGKILL


KILLED = """
import os, sys
from pathlib import Path
from almoxarife.server.operations.cluster.demo_cleanup import start_cleanup

keep_folder = start_cleanup([], set(), remove=Path(sys.argv[1]))
if sys.argv[2] == "keep":
    keep_folder()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("told", "is_there"), [("keep", True), ("", False)])
def test_the_folder_goes_with_the_demo_unless_its_logs_are_wanted(tmp_path: Path, told: str, is_there: bool) -> None:
    folder = tmp_path / "demo"
    (folder / "n1").mkdir(parents=True)
    # its output ends with the clean-up, which has it too
    subprocess.run([sys.executable, "-c", KILLED, str(folder), told], stdout=subprocess.PIPE, timeout=PATIENCE_S)
    assert folder.exists() is is_there


def test_the_folder_of_one_that_is_just_being_removed_is_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    before = lock_folder(folder)
    assert before is not None
    assert lock_folder(folder, patience_s=0) is None
    shutil.rmtree(folder)  # its lock is held still
    after = lock_folder(folder)
    assert after is not None
    assert lock_folder(folder, patience_s=0) is None
    for lock in (before, after):
        lock.close()


@pytest.mark.parametrize(("found", "may_be_removed"), [([], True), (["fotos"], False)])
def test_a_folder_with_something_of_somebody_else_stays_also_after_another_demo(
    tmp_path: Path, found: list[str], may_be_removed: bool
) -> None:
    for name in found:
        (tmp_path / name).mkdir()
    for _ in range(2):  # the first one leaves its files there, or the logs of a failure
        with ExitStack() as stack:
            lock = lock_folder(tmp_path)
            assert lock is not None
            stack.callback(lock.close)
            assert is_own_folder(tmp_path, lock) is may_be_removed
        (tmp_path / "n1").mkdir(exist_ok=True)


@pytest.mark.parametrize("found", ["n2/patroni.yml", "senhas.json"])
def test_a_folder_with_the_files_of_a_real_cluster_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.setattr(cluster_demo, "find_binaries", str)  # which refuses root
    monkeypatch.setattr(demo_folder, "CLEANUP_WAIT_S", 0)
    file = tmp_path / found
    file.parent.mkdir(exist_ok=True)
    file.write_text("real")
    with pytest.raises(StartupError, match="Dê outra pasta"):
        Demo(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


POSTGRES = """
import os, signal, sys, time
from pathlib import Path

def give_memory_back(*_):
    (folder / "given back").touch()
    os._exit(0)

folder = Path(sys.argv[1])
signal.signal(signal.SIGQUIT, give_memory_back)
(folder / "postmaster.pid").write_text(f"{os.getpid()}\\n")
print("ready", flush=True)
time.sleep(60)
"""


def test_a_stopped_demo_leaves_no_shared_memory_of_postgresql_behind(tmp_path: Path) -> None:
    node = Node("n1", "127.0.0.1", is_main=True)
    data = tmp_path / node.name / "postgresql"
    data.mkdir(parents=True)
    demo = cast("Any", Demo.__new__(Demo))
    demo.folder, demo.plan, demo._running = tmp_path, SimpleNamespace(nodes=[node]), {}
    with subprocess.Popen([sys.executable, "-c", POSTGRES, str(data)], stdout=subprocess.PIPE) as postgres:
        assert postgres.stdout is not None
        assert postgres.stdout.readline() == b"ready\n"
        os.kill(postgres.pid, signal.SIGSTOP)

        demo.stop()

    assert (data / "given back").exists()


def test_the_shared_memory_of_a_postgresql_that_was_killed_is_given_back(tmp_path: Path) -> None:
    number = ctypes.CDLL(None).shmget(0, 56, 0o600)
    data = tmp_path / "n1" / "postgresql"
    data.mkdir(parents=True)
    told = ["1", str(data), "1790000000", "5432", str(tmp_path), "127.0.0.1", f"  2557899  {number}", "ready", ""]
    (data / "postmaster.pid").write_text("\n".join(told))
    assert str(number) in list_segments()
    # its output ends with the clean-up, which has it too
    command = [sys.executable, "-c", DEMO, str(data.parent), str(tmp_path / "n2")]
    subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S)
    assert str(number) not in list_segments()


def list_segments() -> list[str]:
    return [line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()]
