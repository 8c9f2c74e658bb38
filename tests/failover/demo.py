"""Three nodes on this machine, started as their owner would, by ``almoxarife cluster demo``; and broken likewise."""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

import psycopg

from almoxarife.server.operations.cluster import demo_control
from tests.failover.patience import wait_until
from tests.programs import ROOT

MISSING = [name for name in ("etcd", "etcdctl", "openssl", "unshare", "setpriv") if which(name) is None] + [
    name for name in ("haproxy",) if which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None
]
NODES = ("n1", "n2", "n3")
PROGRAM = [sys.executable, "-X", "utf8", "-m", "almoxarife.server.operations.commands.main"]
START_S = 300.0
# PostgreSQL refuses root; in a user namespace of its own a process is somebody else, with the same rights to files.
# Such a namespace forgets that its process dies with its parent, so that is said inside of it.
AS_A_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


@dataclass
class Demo:
    folder: Path
    process: subprocess.Popen[bytes]
    program_folder: Path = ROOT
    """Whose program it is."""
    urls: str = ""

    def ask(self, *words: str) -> str:
        """As ``almoxarife cluster …``, without the second that it takes to start."""
        return demo_control.ask(self.folder, *words)

    def run(self, *words: str, may_fail: bool = False) -> str:
        """``almoxarife …`` at this computer's prompt."""
        command = [*AS_A_USER, *DIES_WITH_PARENT, *PROGRAM, *words]
        done = subprocess.run(command, cwd=self.program_folder, capture_output=True, encoding="utf-8", timeout=300)
        assert may_fail or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def can_cut(self) -> bool:
        """Whether each node has a network of its own."""
        return (self.folder / "n1" / "relay.cfg").exists()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """The nodes go on, and nobody looks after them: the demo itself is frozen."""
        pid = _parent(self.pid_of("n1", "etcd"))
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def signal_node(self, node: str, number: signal.Signals) -> None:
        """All of it, without the demo's knowing: it resets a node that it froze."""
        for pid in self.list_processes():
            where = _cwd(pid)
            if where is not None and where.is_relative_to(self.folder / node):
                with suppress(OSError):
                    os.kill(pid, number)

    def signal_postgresql(self, node: str, number: signal.Signals) -> None:
        for pid in self.list_processes():
            if _cwd(pid) == self.folder / node / "postgresql":
                with suppress(OSError):
                    os.kill(pid, number)

    def connect_to_postgresql(
        self, node: str, name: str = "postgres", *, is_restored: bool = False
    ) -> "psycopg.Connection[tuple[Any, ...]]":
        """As its administrator, by the socket in its folder."""
        folder = self.folder / node
        if is_restored:
            port = re.search(r'"-p (\d+)', (folder / "restaurar.sh").read_text("utf-8"))
        else:
            told = (folder / "patroni.yml").read_text("utf-8").split("postgresql:")[-1]
            port = re.search(r"^  listen: .*:(\d+)$", told, re.MULTILINE)
        assert port
        password = json.loads((self.folder / "senhas.json").read_text("utf-8"))["postgres"]
        return psycopg.connect(
            host=str(folder), port=port[1], user="postgres", password=password, dbname=name, autocommit=True
        )

    @property
    def printed(self) -> str:
        return (self.folder.parent / "demo.log").read_text("utf-8")

    def list_processes(self) -> list[int]:
        """Whoever was started for it, by the folder on their command line or that they stand in."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                stands_in_it = path.joinpath("cwd").readlink().is_relative_to(self.folder)
                if stands_in_it or str(self.folder).encode() in path.joinpath("cmdline").read_bytes():
                    found.append(int(path.name))
            except OSError:
                continue
        return found

    def pid_of(self, node: str, part: str) -> int:
        """Of a part that the demo has started; ``postgres`` is none of them."""
        words = {"etcd": "etcd.yml", "patroni": "patroni.yml", "haproxy": "haproxy.cfg", "api": "serve"}[part]
        for pid in self.list_processes():
            with suppress(OSError):  # it has ended meanwhile
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if _cwd(pid) == self.folder / node and any(word.endswith(words) for word in command):
                    return pid
        raise AssertionError(f"{part} of {node} does not run")

    def end(self, node: str, part: str, number: signal.Signals) -> None:
        pid = self.pid_of(node, part)
        os.kill(pid, number)
        wait_until(lambda: not _is_alive(pid), seconds=30)

    def inside(self, node: str, *command: str, env: dict[str, str] | None = None, may_fail: bool = False) -> str:
        """What a program says that runs in the network of a node, as the node's user."""
        done = subprocess.run(
            [*self.enter(node), *command], cwd=self.program_folder, env={**os.environ, **(env or {})},
            capture_output=True, encoding="utf-8", timeout=300,
        )  # fmt: skip
        assert may_fail or done.returncode == 0, f"{command}: {done.stdout} {done.stderr}"
        return done.stdout + (done.stderr if may_fail else "")

    def enter(self, node: str) -> list[str]:
        """Before a command: it runs there, and no longer than this process."""
        of_node = (pid for pid in self.list_processes() if _cwd(pid) == self.folder / node)
        there = ["nsenter", "--target", str(next(of_node)), "--user", "--preserve-credentials", "--net"]
        return [*there, *DIES_WITH_PARENT]

    def check(self) -> tuple[list[str], list[str]]:
        """The differences and warnings of ``cluster check`` on the main node, of a plan like the demo's.

        Each node has its own network.
        """
        program = f"""
import json
from pathlib import Path
from almoxarife.server.operations.cluster.checking import compare
from almoxarife.server.operations.cluster.cluster_file import Node, Plan
nodes = tuple(Node(f"n{{n}}", f"10.0.0.{{n}}", is_main=n == 1) for n in (1, 2, 3))
found = compare(Plan("demo", (), nodes, is_small=True), Path({str(self.folder / "n1")!r}))
print(json.dumps([found.differences, found.warnings]))
"""
        differences, warnings = json.loads(self.inside("n1", sys.executable, "-c", program))
        return differences, warnings

    def ask_patroni(self, node: str) -> str:
        """What Patroni of a node says there, of all nodes and of itself."""
        told = (self.folder / node / "patroni.yml").read_text("utf-8")
        address = re.search(r"^  connect_address: (\S+)$", told, re.MULTILINE)
        assert address
        program = f"""
from urllib.request import HTTPSHandler, ProxyHandler, build_opener
from almoxarife.server.operations.cluster.certificates import tls_context
opener = build_opener(ProxyHandler({{}}), HTTPSHandler(context=tls_context({str(self.folder / "ca.crt")!r})))
for path in ("cluster", "patroni", "history"):
    print(path, opener.open("https://{address[1]}/" + path, timeout=10).read().decode())
"""
        return self.inside(node, sys.executable, "-c", program)

    def etcd_leader(self) -> str:
        told = json.loads(self.etcdctl("endpoint", "status", "-w", "json"))
        ids = {each["Status"]["header"]["member_id"]: each["Endpoint"] for each in told}
        endpoint = ids[told[0]["Status"]["leader"]]
        return next(node for node in NODES if endpoint.endswith(self._etcd_address(node)))

    def make_etcd_leader(self, node: str) -> None:
        told = json.loads(self.etcdctl("endpoint", "status", "-w", "json"))
        ids = {each["Endpoint"]: each["Status"]["header"]["member_id"] for each in told}
        number = f"{ids[f'https://{self._etcd_address(node)}']:x}"
        # A busy machine may be too slow for etcd, which then says that the transfer took too long.
        wait_until(lambda: "Leadership transferred" in self.etcdctl("move-leader", number, may_fail=True))

    def etcdctl(self, *words: str, may_fail: bool = False) -> str:
        folder = self.folder / "n2"
        endpoints = ",".join(f"https://{self._etcd_address(node)}" for node in NODES)
        options = [f"--cacert={folder}/ca.crt", f"--cert={folder}/no.crt", f"--key={folder}/no.key"]
        options += [f"--endpoints={endpoints}", "--dial-timeout=30s", "--command-timeout=60s"]
        return self.inside("n2", "etcdctl", *options, *words, env={"ETCDCTL_API": "3"}, may_fail=may_fail)

    def _etcd_address(self, node: str) -> str:
        lines = (self.folder / node / "etcd.yml").read_text("utf-8").splitlines()
        return next(line for line in lines if line.startswith("advertise-client-urls:")).split("https://")[1]

    def read_control_data(self, node: str) -> str:
        told = (self.folder / node / "patroni.yml").read_text("utf-8")
        binaries = re.search(r"^  bin_dir: (\S+)$", told, re.MULTILINE)
        assert binaries
        command = [f"{binaries[1]}/pg_controldata", str(self.folder / node / "postgresql")]
        return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout

    def describe_processes(self) -> list[str]:
        """Each with its state and command line."""
        told = []
        for pid in self.list_processes():
            with suppress(OSError):
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
                told.append(f"{pid} {state} {command}")
        return told


def _cwd(pid: int) -> Path | None:
    """Where it stands; None once it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink()
    return None


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def _is_alive(pid: int) -> bool:
    try:
        # Its first thread may be gone while others end: until they have, nobody is told that it is over.
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text() or len(list(Path(f"/proc/{pid}/task").iterdir())) > 1
    except OSError:
        return False


@contextmanager
def start_demo(folder: Path, program_folder: Path = ROOT) -> Iterator[Demo]:
    """From nothing until it takes writes. ``folder``: short, a socket's path has little room."""
    command = [*AS_A_USER, *DIES_WITH_PARENT, *PROGRAM, "cluster", "demo", "--dir", str(folder / "d")]
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=program_folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=_die_with_tests,
        )  # fmt: skip
    demo = Demo(folder / "d", process, program_folder)
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


@contextmanager
def start_run(folder: Path) -> Iterator[Demo]:
    """The same by a test run of its own, ``process``, which may be killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        preexec_fn=_die_with_tests,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    with process, process.stdin, process.stdout:
        try:
            urls = process.stdout.readline().decode().strip()
            assert urls, (folder / "demo.log").read_text("utf-8")
            yield Demo(folder / "d", process, urls=urls)
        finally:
            process.kill()


def _die_with_tests() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


if __name__ == "__main__":
    with start_demo(Path(sys.argv[1])) as demo:
        print(demo.urls, flush=True)
        sys.stdin.read()
