"""The running demo: it shows what happens, moves the coordination back, and takes requests from another terminal."""

import json
import select
import socket
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from almoxarife.server.coordination.members import View
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.demo import PARTS, Demo
from almoxarife.server.operations.cluster.failback import EVERY_S, Patience, Rest

ACTIONS = ("kill", "freeze", "heal")
_LOOK_S = 0.5
_ANSWER_S = 60.0


def serve(demo: Demo, is_over: Callable[[], bool], *, tell: Callable[[str], None] = print) -> None:
    """Until ``is_over``: one line whenever the nodes are otherwise than before, requests one by one."""
    patience = Patience(demo.plan)
    rest = Rest(demo.plan, password=demo.passwords.rest, authority=demo.authority)
    shown, next_failback = "", 0.0
    path = control_path(demo.folder)
    path.unlink(missing_ok=True)
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))
        listener.listen(8)
        while not is_over():
            if (line := describe(demo.view())) != shown:
                shown = line
                tell(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {line}")
            if monotonic() >= next_failback:
                next_failback = monotonic() + EVERY_S
                if wanted := patience.judge(rest.cluster(), datetime.now(UTC).astimezone()):
                    tell(f"{datetime.now(UTC).astimezone():%H:%M:%S}  devolvendo a coordenação a {wanted.candidate}")
                    with suppress(OSError):
                        rest.switch(wanted)
            if select.select([listener], [], [], _LOOK_S)[0]:
                _answer(demo, listener)
    path.unlink(missing_ok=True)


def _answer(demo: Demo, listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with closing(connection), suppress(OSError):
        connection.settimeout(_ANSWER_S)
        try:
            action, name, *parts = json.loads(connection.makefile().readline())
            told = _act(demo, str(action), str(name), [str(part) for part in parts])
        except StartupError as error:
            told = str(error)
        except ValueError:
            told = "Pedido que ninguém entende."
        connection.sendall(f"{told}\n".encode())


def _act(demo: Demo, action: str, name: str, parts: list[str]) -> str:
    """Raises StartupError, ValueError."""
    node = demo.plan.node(name)
    if unknown := [part for part in parts if part not in {*PARTS, "postgres"}]:
        raise StartupError(f"Não há {unknown[0]}. As partes são: postgres, {', '.join(PARTS)}.")
    what = ", ".join(parts) or "tudo"
    match action:
        case "kill":
            demo.kill(node, *parts)
            return f"{name}: {what} morreu."
        case "freeze":
            demo.freeze(node, *parts)
            return f"{name}: {what} parou de responder."
        case "heal":
            demo.heal(node)
            return f"{name}: tudo de volta."
    raise ValueError(action)


def describe(view: View | None) -> str:
    """One line about the nodes."""
    if view is None:
        return "nenhum nó responde"
    words = []
    for member in view.members:
        role = "coordena" if member.leads else "reserva síncrona" if member.is_synchronous else "reserva"
        lag = f", atraso {member.lag_bytes} bytes" if member.lag_bytes else ""
        words.append(f"{member.name} {role if member.is_up else 'parado'}{lag}")
    return " · ".join(words)


def control_path(folder: Path) -> Path:
    return folder / "controle.sock"


def ask(folder: Path, *words: str) -> str:
    """What the demo that runs in ``folder`` says to a request. Raises StartupError when none runs there."""
    with closing(socket.socket(socket.AF_UNIX)) as line:
        try:
            line.connect(str(control_path(folder)))
        except OSError as error:
            raise StartupError(f"Não há demonstração em {folder}. Comece com: almoxarife cluster demo") from error
        line.settimeout(_ANSWER_S)
        line.sendall(json.dumps(words).encode() + b"\n")
        return line.makefile().readline().strip()
