"""Three nodes on this machine, started as their owner would, by ``almoxarife cluster demo``."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import mkdtemp

import pytest

from tests.failover.patience import wait_until
from tests.programs import ROOT

MISSING = [name for name in ("etcd", "openssl", "unshare") if which(name) is None] + [
    name for name in ("haproxy",) if which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None
]
COMMAND = "almoxarife.server.operations.commands.main"
START_S = 180.0


@dataclass
class Demo:
    folder: Path
    process: subprocess.Popen[bytes]
    urls: str

    def ask(self, *words: str) -> str:
        done = subprocess.run(
            [*AS_A_USER, sys.executable, "-X", "utf8", "-m", COMMAND, "cluster", *words, "--dir", str(self.folder)],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            timeout=90,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def printed(self) -> str:
        return (self.folder.parent / "demo.log").read_text("utf-8")

    def wait_until_shown(self, words: str, *, after: int, within_s: float = 90.0) -> int:
        """Until the demo prints ``words`` after the given place; the place behind it."""
        wait_until(lambda: words in self.printed[after:], seconds=within_s)
        return self.printed.index(words, after) + len(words)

    def list_processes(self) -> list[int]:
        """Whoever was started for it, by the folder on their command line."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.folder).encode() in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:
                continue
        return found


# PostgreSQL refuses root; in a user namespace of its own a process is somebody else, with the same rights to files.
AS_A_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    if MISSING:
        pytest.skip(f"{', '.join(MISSING)} not installed")
    pytest.importorskip("patroni")
    # Short: a socket's path has little room.
    folder = Path(mkdtemp(prefix="alx-", dir="/tmp"))
    command = [*AS_A_USER, sys.executable, "-X", "utf8", "-m", COMMAND, "cluster", "demo", "--dir", str(folder / "d")]
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=_die_with_tests
        )
    demo = Demo(folder / "d", process, "")
    try:
        wait_until(lambda: "ALMOXARIFE_URL=" in demo.printed or process.poll() is not None, seconds=START_S)
        found = re.search(r"ALMOXARIFE_URL=(\S+)", demo.printed)
        assert found, demo.printed
        demo.urls = found[1]
        yield demo
    finally:
        process.terminate()
        process.wait(60)
        for pid in demo.list_processes():
            os.kill(pid, signal.SIGKILL)


def _die_with_tests() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
