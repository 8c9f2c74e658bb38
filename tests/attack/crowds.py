"""Many at once: who hold connections, who hash passwords, who ask for what is long and go."""

from contextlib import ExitStack
from functools import partial
from threading import Event

from tests.attack.shop import PATIENCE_S, Attack, beside_a_monitor
from tests.server.crowd import Doing
from tests.server.processes import BOLTS, Server
from tests.server.test_crowds import BEGINNINGS, crowd, longest_wait
from tests.server.test_fair_hashing import guess_on_and_on, log_in, register_on_and_on
from tests.server.test_http import Wire
from tests.server.test_intake import LONG, MAX_OF_IT, PADDED, send

CONNECTIONS = 2_100
PEOPLE = 40
LOGINS = 5
MAX_LOGIN_S = 10.0
TURNS = 30
"""Logins as long as Ana's alone: what she would wait for 40 others in two at a time is more, on a busy machine too."""


def connections_that_say(beginning: bytes, server: Server) -> str:
    with crowd(server, CONNECTIONS, beginning):
        waited_s = longest_wait(server)
    said = f"an entry and a new monitor waited {waited_s * 1000:.0f} ms"
    assert waited_s < 1, said
    return f"{CONNECTIONS:,} held; {said}"


def long_bodies_of_strangers(server: Server) -> str:
    with ExitStack() as stack:
        for _ in range(40):
            wire = stack.enter_context(Wire(server))
            wire.sendall(f"POST /log HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LONG}\r\n\r\n".encode())
            wire.sendall(b" " * MAX_OF_IT)
        statuses = [send(server, stack, PADDED) for _ in range(3)]
    assert statuses == [201, 201, 201], f"Ana's long bodies: {statuses}"
    return "40 held; Ana's three are taken"


def people_who_hash(how: str, server: Server) -> str:
    """They register or guess on and on, each at an address of their own."""
    work = {"register": register_on_and_on, "guess": guess_on_and_on}[how]
    stopping = Event()
    with server.client() as ana:
        status, calm = log_in(ana)
        assert status == 200
        doings = [
            Doing(partial(work, server, stopping, {"X_Forwarded_For": f"203.0.113.{n + 100}"})) for n in range(PEOPLE)
        ]
        try:
            outcomes = [log_in(ana) for _ in range(LOGINS)]
        finally:
            stopping.set()
            statuses = {status for doing in doings for status in doing.outcome(PATIENCE_S)}
    assert [status for status, _ in outcomes] == [200] * LOGINS, f"Ana's logins: {outcomes}"
    slowest = max(took for _, took in outcomes)
    assert slowest < max(MAX_LOGIN_S, TURNS * calm), f"Ana's login took {slowest:.1f} s, {calm:.1f} s alone"
    return f"{PEOPLE} people got {sorted(statuses)}; Ana's slowest login {slowest:.1f} s"


def lists_that_nobody_reads(server: Server) -> str:
    """A thousand requests for all there is, each broken off at once."""

    def ask() -> str:
        head = f"GET /inventario HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode()
        for _ in range(1_000):
            with Wire(server) as wire:
                wire.sendall(head)
        return "1,000 broken off"

    seen = beside_a_monitor(server, ask)
    with server.client() as ana:
        assert ana.receive(BOLTS, 1).status == 201
    return seen


CROWDS: dict[str, Attack] = {
    **{f"connections that say {what}": partial(connections_that_say, said) for what, said in BEGINNINGS.items()},
    "40 long bodies that stop": long_bodies_of_strangers,
    "40 people who register on and on": partial(people_who_hash, "register"),
    "40 people who guess on and on": partial(people_who_hash, "guess"),
    "whole lists asked for and left": lists_that_nobody_reads,
}
