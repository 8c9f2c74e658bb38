"""The main loop of a running demo: shows the cluster, moves the coordination, takes commands from another terminal."""

import json
import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from almoxarife.server.coordination.members import with_absent
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.demo import PARTS, Demo
from almoxarife.server.operations.cluster.failback import (
    EVERY_S,
    EtcdApi,
    PatroniApi,
    Switchover,
    SwitchoverPolicy,
    TimelineAlarm,
    free_bytes_of,
)
from almoxarife.server.operations.cluster.live_view import ChangeLines, Screen
from almoxarife.server.operations.cluster.network import die_with_parent
from almoxarife.server.operations.cluster.reports import RateCounter

ONLY_NODES = "nos"
"""For ``cut``: disconnect a node from the other nodes, but not from the shops."""
_LOOK_S = 1.0
_ANSWER_S = 60.0


def serve(demo: Demo, is_over: Callable[[], bool], shown: ChangeLines | Screen) -> None:
    """Run until ``is_over``: show the cluster, return the coordination to the main node, carry out commands."""
    policy = SwitchoverPolicy(
        demo.plan, free_bytes_of({node.name: demo.folder / node.name for node in demo.plan.nodes})
    )
    patroni = PatroniApi(demo.plan, password=demo.passwords.rest, authority=demo.authority)
    etcd = EtcdApi(demo.plan, demo.folder / demo.plan.main.name)
    alarm = TimelineAlarm()
    names = [node.name for node in demo.plan.nodes]
    next_failback = 0.0
    path = control_path(demo.folder)
    path.unlink(missing_ok=True)
    with (
        closing(socket.socket(socket.AF_UNIX)) as listener,
        closing(RateCounter(demo.network, demo.passwords.api)) as counter,
        closing(Handover(patroni)) as handover,
    ):
        listener.bind(str(path))
        listener.listen(8)
        while not is_over():
            demo.restart_failed()
            view = demo.view()
            shown.show(with_absent(view, names) if view else None, counter.per_second())
            if monotonic() >= next_failback and not handover.is_under_way():
                next_failback = monotonic() + EVERY_S
                cluster = patroni.cluster()
                for event in filter(None, (alarm.look(cluster), etcd.leave_coordinator(cluster))):
                    shown.tell(event)
                if switchover := policy.decide(cluster, datetime.now(UTC).astimezone()):
                    shown.tell(f"passando a coordenação de {switchover.leader} a {switchover.candidate}")
                    handover.ask(switchover)
            if select.select([listener], [], [], _LOOK_S)[0]:
                shown.tell(_answer(demo, listener))
    path.unlink(missing_ok=True)


class Handover:
    """Asks Patroni to move the coordination, in a child process: a frozen node may not answer for half a minute."""

    def __init__(self, patroni: PatroniApi) -> None:
        self._patroni = patroni
        self._pid = 0

    def ask(self, switchover: Switchover) -> None:
        self._pid = os.fork()
        if self._pid == 0:
            try:
                die_with_parent(signal.SIGKILL)
                self._patroni.switch(switchover)
            finally:
                os._exit(0)

    def is_under_way(self) -> bool:
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = 0
        return self._pid != 0

    def close(self) -> None:
        if self.is_under_way():
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _answer(demo: Demo, listener: socket.socket) -> str:
    """Carry out one command from another terminal; returns the answer that was sent."""
    connection, _ = listener.accept()
    with closing(connection), suppress(OSError):
        connection.settimeout(_ANSWER_S)
        is_done = False
        try:
            with connection.makefile() as request:
                action, name, *parts = json.loads(request.readline())
            answer = _act(demo, str(action), str(name), [str(part) for part in parts])
            is_done = True
        except StartupError as error:
            answer = str(error)
        except ValueError:
            answer = "Pedido que ninguém entende."
        connection.sendall(json.dumps([is_done, answer]).encode() + b"\n")
        return answer
    return "Quem pediu desistiu."


def _act(demo: Demo, action: str, name: str, parts: list[str]) -> str:
    """Carry out a command; returns a sentence about it. Raises StartupError, and ValueError for an unknown action."""
    node = demo.plan.node(name)
    if unknown := [part for part in parts if part not in {*PARTS, "postgres", ONLY_NODES}]:
        raise StartupError(f"Não há {unknown[0]}. As partes são: postgres, {', '.join(PARTS)}.")
    what = ", ".join(parts) or "tudo"
    match action:
        case "kill":
            demo.kill(node, *parts)
            return f"{name}: {what} morreu."
        case "freeze":
            demo.freeze(node, *parts)
            return f"{name}: {what} parou de responder."
        case "cut":
            demo.cut(node, from_shops=ONLY_NODES not in parts)
            return f"{name}: sem rede{' com os outros nós' if ONLY_NODES in parts else ''}."
        case "heal":
            demo.heal(node)
            return f"{name}: ligado de novo."
    raise ValueError(action)


def control_path(folder: Path) -> Path:
    return folder / "controle.sock"


def ask(folder: Path, *words: str) -> str:
    """Send a command to the demo that runs in ``folder``; returns its answer. Raises StartupError if it refuses."""
    with closing(socket.socket(socket.AF_UNIX)) as line:
        try:
            line.connect(str(control_path(folder)))
        except OSError as error:
            raise StartupError(f"Não há demonstração em {folder}. Comece com: almoxarife cluster demo") from error
        line.settimeout(_ANSWER_S)
        line.sendall(json.dumps(words).encode() + b"\n")
        with line.makefile() as response:
            received = response.readline()
    if not received:
        raise StartupError("A demonstração foi encerrada.")
    is_done, answer = json.loads(received)
    if not is_done:
        raise StartupError(answer)
    return str(answer)
