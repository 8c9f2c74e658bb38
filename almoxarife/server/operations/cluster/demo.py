"""``almoxarife cluster demo``: a cluster of three nodes on this machine, run by an ordinary user.

``demo_cleanup`` ends all its processes, even if this process is killed. Every run starts with empty data and removes
its data at the end; only a start that failed leaves its log files.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import BinaryIO

import almoxarife
from almoxarife.server.coordination import members
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.certificates import tls_context
from almoxarife.server.operations.cluster.cluster_file import Node, Plan
from almoxarife.server.operations.cluster.demo_cleanup import start_cleanup
from almoxarife.server.operations.cluster.demo_folder import (
    is_own_folder,
    lock_folder,
    require_nothing_of_others,
    require_room,
)
from almoxarife.server.operations.cluster.network import LOOPBACK, make_network, relay_settings
from almoxarife.server.operations.cluster.render import PASSWORDS, Passwords, render

PARTS = ("etcd", "patroni", "haproxy", "api")
"""The programs of a node in the order in which they are started. ``postgres`` is not listed: Patroni starts it."""
RELAY = "relay"
"""A HAProxy that forwards the shops' connections into a node's network; it is not part of the node."""
_NEEDED = ("etcd", "haproxy", RELAY)
"""Nothing restarts these during the start, so waiting is useless once one of them has ended."""
START_S = 300.0
"""Timeout of each step of the start, long enough for a busy machine."""
STOP_S = 20.0
WATCHDOG_S = 15.0
"""On a real node, the watchdog resets the machine if Patroni has been silent for so long."""
_API_RESTARTS = 5
"""How often an API that ends while it starts is restarted: HAProxy may not have found the database yet."""
_DATA = ("etcd", "postgresql", "api")
"""The folders with data in a node's folder."""
_POSTGRESQL = Path("/usr/lib/postgresql")
_PROGRAM = Path(almoxarife.__file__).parents[1]
_DEBIAN = "sudo apt-get install postgresql etcd-server haproxy openssl iproute2"


class StartCancelled(Exception):
    """The person cancelled the start."""


@dataclass
class Demo:
    """The processes of all nodes. Data, configuration and logs are in ``folder``. Raises StartupError."""

    folder: Path
    tell: Callable[[str], None] = print
    is_over: Callable[[], bool] = lambda: False
    """Whether the person has cancelled; checked during the start."""
    plan: Plan = field(init=False)
    _lock: BinaryIO | None = field(init=False)
    keep_folder: Callable[[], None] = field(init=False, default=lambda: None)
    """Call it to keep the folder, with the logs, when this process ends."""
    _running: dict[tuple[str, str], subprocess.Popen[bytes]] = field(default_factory=dict)
    _frozen_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        binaries = find_binaries()
        require_nothing_of_others(self.folder)
        require_room(self.folder)
        self._lock = lock_folder(self.folder)  # the clean-up process inherits it and keeps it until it ends
        if self._lock is None:
            raise StartupError(f"Em {self.folder} já roda uma demonstração. Encerre-a, ou dê outra pasta com --dir.")
        self._removed = self.folder if is_own_folder(self.folder, self._lock) else None
        self.network = make_network()
        self.plan = Plan(
            "demo",
            ("127.0.0.0/8",),
            self.network.nodes,
            stable_s=10,
            binaries=binaries,
            has_watchdog=False,
            is_small=True,
        )

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    # --- beginning and ending -----------------------------------------------------------

    def start(self) -> None:
        """Return once all APIs answer. Raises StartupError if a step fails or takes too long, StartCancelled."""
        for node in self.plan.nodes:
            for data in _DATA:
                shutil.rmtree(self.folder / node.name / data, ignore_errors=True)
        render(self.plan, self.folder, folder_of=lambda node: str(self.folder / node.name))
        programs = {sys.executable, _find("etcd"), _find("haproxy"), self.plan.binaries}
        folders = [self.folder / node.name for node in self.plan.nodes]
        self.keep_folder = start_cleanup(folders, programs, remove=self._removed)
        self.passwords = Passwords.load_or_create(self.folder / PASSWORDS)
        self._context = tls_context(self.authority)
        for node in self.plan.nodes:
            self.run(node, "etcd")
            self.run(node, "haproxy")
            if listener := self.network.listener(node):
                (self.folder / node.name / "relay.cfg").write_text(relay_settings(listener, node))
                self.run(node, RELAY)
        main, *others = self.plan.nodes
        self.run(main, "patroni")
        # The first Patroni creates the database, which the others then copy.
        self._wait("o nó principal", lambda: self._has_begun(main), part=(main, "patroni"))
        for node in others:
            self.run(node, "patroni")
        self._wait("o PostgreSQL do nó principal", lambda: self.leader() == main.name, part=(main, "patroni"))
        for node in self.plan.nodes:
            self.run(node, "api")  # its first write waits for a standby, and the other APIs for that write
        self._wait("as cópias nos outros nós", self.is_replicating)
        for node in self.plan.nodes:
            self._wait(
                f"a API do nó {node.name}", partial(self.api_answers, node), part=(node, "api"), restarts=_API_RESTARTS
            )

    def stop(self) -> None:
        """End all processes. PostgreSQL is killed only if SIGQUIT has no effect: it would leave its shared memory."""
        for node in self.plan.nodes:
            self.kill(node, *PARTS, RELAY)
            self.resume(node)
            if postmaster := self._postmaster(node):
                _signal(postmaster, signal.SIGQUIT)
        deadline = monotonic() + STOP_S
        while any(map(self._postmaster, self.plan.nodes)) and monotonic() < deadline:
            sleep(0.05)
        for node in self.plan.nodes:
            self.kill(node, "postgres")

    # --- faults: kill, freeze, cut off, heal ---------------------------------------------------------

    def run(self, node: Node, part: str) -> None:
        """Start a part of a node that is not running."""
        folder = self.folder / node.name
        python = [sys.executable, "-X", "utf8", "-m"]
        command, environment = {
            "etcd": ([_find("etcd"), "--config-file", str(folder / "etcd.yml")], {}),
            "patroni": ([*python, "patroni", str(folder / "patroni.yml")], {}),
            "haproxy": ([_find("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")], {}),
            "api": (
                [*python, "almoxarife.server.operations.commands.main", "serve"],
                {**dict(_read_environment(folder / "almoxarife.env")), "ALMOXARIFE_HOST": LOOPBACK},
            ),
            RELAY: ([_find("haproxy"), "-db", "-f", str(folder / "relay.cfg")], {}),
        }[part]
        listener = self.network.listener(node) if part == RELAY else None
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
        with (folder / f"{part}.log").open("ab") as log:
            self._running[node.name, part] = subprocess.Popen(  # noqa: S603  # no shell
                command,
                cwd=folder,
                env={**kept, "PYTHONPATH": str(_PROGRAM), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[listener.fileno()] if listener else [],
                preexec_fn=self.network.enter(node),  # this process has one thread when it starts others
            )

    def kill(self, node: Node, *parts: str) -> None:
        """Kill parts (``PARTS`` or ``postgres``), or all of them, as a power cut does."""
        for part in parts or (*PARTS, "postgres"):
            if part == "postgres":
                self._end_postgresql(node)
            elif process := self._running.pop((node.name, part), None):
                process.kill()
                process.wait()

    def freeze(self, node: Node, *parts: str) -> None:
        """Stop parts, or all of them, without closing their connections (SIGSTOP)."""
        if not parts or "patroni" in parts:
            self._frozen_at.setdefault(node.name, monotonic())
        for pid in self._pids(node, *parts):
            _signal(pid, signal.SIGSTOP)

    def resume(self, node: Node) -> None:
        """Let the frozen processes of a node continue."""
        for pid in self._pids(node):
            _signal(pid, signal.SIGCONT)

    def cut(self, node: Node, *, from_shops: bool = True) -> None:
        """Disconnect a node from the others and, with ``from_shops``, from the shops. Raises StartupError."""
        self.network.cut(node)
        if from_shops:
            self.freeze(node, RELAY)

    def heal(self, node: Node) -> None:
        """Reconnect a node, resume its frozen parts, and start those that are not running."""
        self.network.mend(node)
        if monotonic() - self._frozen_at.pop(node.name, monotonic()) > WATCHDOG_S:
            self.kill(node)
        self.resume(node)
        for part in PARTS:
            process = self._running.get((node.name, part))
            if process is None or process.poll() is not None:
                self.run(node, part)

    def restart_failed(self) -> None:
        """Restart the parts that ended with an error, as systemd does; not those that were killed."""
        for (name, part), process in list(self._running.items()):
            if (process.poll() or 0) > 0:
                self.run(self.plan.node(name), part)

    # --- the state of the cluster ----------------------------------------------------------------------

    def view(self) -> members.ClusterView | None:
        urls = [f"https://{node.host}:{node.ports.patroni}" for node in self.plan.nodes]
        try:
            return members.read_newest_view(urls, self._ask, min_answers=1)
        except members.NobodyAnswers:
            return None

    def _ask(self, url: str) -> bytes:
        return members.ask(url, self._context)

    def leader(self) -> str | None:
        view = self.view()
        return view.leader.name if view and view.leader else None

    def _has_begun(self, node: Node) -> bool:
        """Whether the node's PostgreSQL is starting or running."""
        view = self.view()
        return view is not None and any(each.name == node.name and each.state != "stopped" for each in view.members)

    def is_replicating(self) -> bool:
        """Whether one node leads, one is its synchronous standby, and no standby lags."""
        view = self.view()
        return (
            view is not None
            and len(view.members) == len(self.plan.nodes)
            and view.leader is not None
            and all(member.is_up and member.lag_bytes == 0 for member in view.members)
            and any(member.is_synchronous for member in view.members)
        )

    def api_answers(self, node: Node) -> bool:
        with self.network.inside(node):
            return _answers(LOOPBACK, node.ports.api, "/saude")

    def urls(self) -> str:
        """The APIs' URLs, in the format of ``ALMOXARIFE_URL``."""
        return ",".join(self.network.url(node) for node in self.plan.nodes)

    # --- helpers -------------------------------------------------------------------------

    def _wait(
        self, what: str, is_there: Callable[[], bool], *, part: tuple[Node, str] | None = None, restarts: int = 0
    ) -> None:
        """``part``: the part that it depends on, which is restarted up to ``restarts`` times if it ends."""
        self.tell(f"Esperando {what}…")
        deadline = monotonic() + START_S
        while not is_there():
            if self.is_over():
                raise StartCancelled
            process = self._running.get((part[0].name, part[1])) if part else None
            has_ended = process is not None and process.poll() is not None
            if part and has_ended and restarts:
                restarts -= 1
                self.run(*part)
            elif lost := self._find_ended():
                raise StartupError(f"Não veio: {what}. O {lost[1]} de {lost[0]} terminou: {self._log_of(*lost)}")
            elif monotonic() > deadline or has_ended:
                where = self.folder / (part[0].name if part else "") / (f"{part[1]}.log" if part else "")
                raise StartupError(f"Não veio: {what}. Veja os arquivos .log em {where}.")
            sleep(0.1)

    def _find_ended(self) -> tuple[str, str] | None:
        """The node and name of a part of ``_NEEDED`` that has ended; None if all are running."""
        ended = (key for key, process in self._running.items() if process.poll() is not None)
        return next((key for key in ended if key[1] in _NEEDED), None)

    def _log_of(self, name: str, part: str) -> str:
        """The last line of a part's log, with the path of the log."""
        log = self.folder / name / f"{part}.log"
        lines = log.read_text("utf-8", "replace").split("\n")
        return f"{next((line for line in reversed(lines) if line.strip()), '')} ({log})"

    def _pids(self, node: Node, *parts: str) -> list[int]:
        pids = [
            process.pid
            for (name, part), process in self._running.items()
            if name == node.name and (not parts or part in parts)
        ]
        if not parts or "postgres" in parts:
            postmaster = self._postmaster(node)
            pids += [] if postmaster is None else [postmaster, *_children(postmaster)]
        return pids

    def _postmaster(self, node: Node) -> int | None:
        """The process id of the node's PostgreSQL; None if it is not running."""
        try:
            pid = int((self.folder / node.name / "postgresql" / "postmaster.pid").read_text().split("\n", 1)[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.folder / node.name).encode() in command else None

    def _end_postgresql(self, node: Node) -> None:
        postmaster = self._postmaster(node)
        if postmaster is None:
            return
        children = _children(postmaster)
        _signal(postmaster, signal.SIGKILL)
        for pid in children:
            _signal(pid, signal.SIGKILL)


def find_binaries() -> str:
    """The folder of PostgreSQL's programs. Raises StartupError if a program is missing, or for root."""
    if sys.platform != "linux":
        raise StartupError("A demonstração roda no Linux, onde estão o etcd, o HAProxy e o Patroni.")
    if os.geteuid() == 0:
        raise StartupError("O PostgreSQL não roda como root. Rode este comando como um usuário comum.")
    found = sorted(_POSTGRESQL.glob("*/bin/initdb"), key=lambda path: float(path.parent.parent.name))
    programs = {"PostgreSQL": found, "OpenSSL": shutil.which("openssl")}
    programs |= {"etcd": shutil.which("etcd"), "HAProxy": _find_haproxy()}
    if missing := [name for name, program in programs.items() if not program]:
        raise StartupError(f"Falta instalar: {', '.join(missing)}. No Debian e no Ubuntu: {_DEBIAN}")
    if find_spec("patroni") is None:
        raise StartupError(f'Falta o Patroni. Instale com: {sys.executable} -m pip install "patroni[etcd3]==4.1.*"')
    return str(found[-1].parent)


def _find(program: str) -> str:
    return (_find_haproxy() if program == "haproxy" else shutil.which(program)) or program


def _find_haproxy() -> str | None:
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _read_environment(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text("utf-8").splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            yield name, value


def _answers(host: str, port: int, path: str) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
