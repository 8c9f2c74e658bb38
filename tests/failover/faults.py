"""What may happen to a cluster: each fault breaks it and mends it, while everybody works."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.failover.bench import Bench, wait
from tests.failover.demo import NODES
from tests.failover.patience import wait_until

STANDS_S = 5.0
"""How long a fault lasts that makes nobody else coordinate."""
ETCD_IS_FIRST_S = 0.1
THAWS_AFTER_S = 8.0
"""When another node coordinates for so long."""
LEASES_END_S = 30.0
"""Of who says nothing, with what a busy machine adds."""
OTHERS = NODES[1:]
MOUNT_SIZE = "900m"
_NEW_MOUNTS = 0x00020000  # CLONE_NEWNS


@dataclass(frozen=True)
class Fault:
    name: str
    in_words: str
    strike: Callable[[Bench], None]
    mend: Callable[[Bench], None]
    moves: bool = True
    """Another node coordinates after it."""


def _ask(*words: str) -> Callable[[Bench], None]:
    return lambda bench: bench.demo.ask(*words) and None


_heal = _ask("heal", "n1")


def _nothing(bench: Bench) -> None:
    pass


def _kill_etcd_leader(bench: Bench) -> None:
    bench.demo.ask("kill", bench.demo.etcd_leader(), "etcd")


def _kill_two_etcds(bench: Bench) -> None:
    for node in ("n1", "n3"):
        bench.demo.ask("kill", node, "etcd")


def _freeze_after_leading_etcd(bench: Bench) -> None:
    bench.demo.make_etcd_leader("n1")
    wait_until(lambda: bench.demo.etcd_leader() != "n1")
    bench.demo.signal_node("n1", signal.SIGSTOP)


def _thaw(bench: Bench) -> None:
    """As it was, without a watchdog that would have reset it; etcd a moment before Patroni, whose view is still old."""
    wait(THAWS_AFTER_S)
    os.kill(bench.demo.pid_of("n1", "etcd"), signal.SIGCONT)
    wait(ETCD_IS_FIRST_S)
    bench.demo.signal_node("n1", signal.SIGCONT)


def _freeze_etcd_leader(bench: Bench) -> None:
    wait_until(lambda: bench.demo.etcd_leader() != "n1")
    bench.demo.signal_node(bench.demo.etcd_leader(), signal.SIGSTOP)
    wait(LEASES_END_S)


def _thaw_others(bench: Bench) -> None:
    for node in OTHERS:
        bench.demo.signal_node(node, signal.SIGCONT)


def _heal_all(bench: Bench) -> None:
    for node in NODES:
        bench.demo.ask("heal", node)


def _switch(bench: Bench) -> None:
    reserve = next(node.name for node in bench.owner.coordination().nodes if node.role == "reserva-sincrona")
    bench.patronictl("switchover", "demo", "--leader", "n1", "--candidate", reserve, "--force")


def _wait_for_return(bench: Bench) -> None:
    bench.wait_for_coordinator("n1")


def _upgrade_apis(bench: Bench) -> None:
    """One after another is told to end, and a new one is started in its place; the main node's last."""
    for node in reversed(NODES):
        bench.demo.end(node, "api", signal.SIGTERM)
        bench.demo.ask("heal", node)
        bench.wait_until_whole()


def _ballast(bench: Bench) -> Path:
    return bench.demo.folder / "n1" / "ballast"


def _fill_disk(bench: Bench) -> None:
    with _ballast(bench).open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    with _ballast(bench).open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0")


def _empty_disk(bench: Bench) -> None:
    _ballast(bench).unlink()
    _heal(bench)


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Whether the main node's folder could be made one: only root may. Nobody else sees it."""
    if ctypes.CDLL(None).unshare(_NEW_MOUNTS):
        yield False
        return
    folder.mkdir(mode=0o700, parents=True)
    small = f"size={MOUNT_SIZE},mode=0700"
    is_mounted = _is_done("mount", "--make-rprivate", "/") and _is_done(
        "mount", "-t", "tmpfs", "-o", small, "almoxarife-n1", str(folder)
    )
    try:
        yield is_mounted
    finally:
        _is_done("umount", "--lazy", str(folder))


def _is_done(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


FAULTS = (
    Fault("postgres", "kill -9 of PostgreSQL", _ask("kill", "n1", "postgres"), _heal),
    Fault("patroni", "kill -9 of Patroni; its PostgreSQL lives on", _ask("kill", "n1", "patroni"), _heal),
    Fault("patroni+postgres", "kill -9 of both", _ask("kill", "n1", "patroni", "postgres"), _heal),
    Fault("node", "kill -9 of everything on the main node", _ask("kill", "n1"), _heal),
    Fault("api", "kill -9 of the main node's API", _ask("kill", "n1", "api"), _heal, moves=False),
    Fault("haproxy", "kill -9 of the main node's HAProxy", _ask("kill", "n1", "haproxy"), _heal, moves=False),
    Fault("etcd-leader", "kill -9 of etcd's leader", _kill_etcd_leader, _heal_all, moves=False),
    Fault("two-etcds", "kill -9 of two etcds of three", _kill_two_etcds, _heal_all, moves=False),
    Fault("freeze", "the main node says nothing more", _ask("freeze", "n1"), _heal),
    Fault("thaw", "the main node says nothing more, and wakes up as it was", _freeze_after_leading_etcd, _thaw),
    Fault(
        "thaw-etcd-leader",
        "the same of etcd's leader, which does not coordinate",
        _freeze_etcd_leader,
        _thaw_others,
        moves=False,
    ),
    Fault("cut", "the main node's cable is out", _ask("cut", "n1"), _heal),
    Fault("cut-nodes", "cut from the other nodes; the shops still reach it", _ask("cut", "n1", "nos"), _heal),
    Fault("disk", "the main node's disk is full", _fill_disk, _empty_disk),
    Fault("switchover", "planned change to the synchronous standby", _switch, _nothing),
    Fault("failback", "the coordination returns to the main node", _switch, _wait_for_return),
    Fault("upgrade", "one API after another is replaced", _upgrade_apis, _nothing, moves=False),
)
BY_NAME = {fault.name: fault for fault in FAULTS}


def stand(bench: Bench, fault: Fault) -> None:
    """Until the fault has had its effect."""
    if fault.moves:
        bench.wait_for_coordinator(*OTHERS)
    else:
        wait(STANDS_S)
