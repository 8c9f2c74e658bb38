"""Where the demo's nodes live: each in a network of its own, so that one can be cut off; or all on loopback.

An ordinary user may have such networks where Linux lets them make a user namespace, in
which they may do everything to what is in it. The shops' side stays outside: sockets that
listen there are made before, and a HAProxy inside each network takes what comes to them.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.cluster_file import Node, Ports

LOOPBACK = "127.0.0.1"
NAMES = ("n1", "n2", "n3")
_BRIDGE = "alx"
_TRY = (
    "unshare",
    "--user",
    "--map-current-user",
    "--keep-caps",
    "--net",
    "ip",
    "link",
    "add",
    _BRIDGE,
    "type",
    "bridge",
)
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET
_SET_DEATH_SIGNAL, _GET_DEATH_SIGNAL, _AMBIENT, _RAISE = 1, 2, 47, 2  # of prctl
_NET_ADMIN, _SYS_ADMIN = 12, 21
_HEADER = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process


@cache
def _libc() -> Any:
    """Loaded when a network is made: Windows, where this module is imported too, has none by that name."""
    return ctypes.CDLL(None, use_errno=True)


class SharedLoopback:
    """All nodes on loopback, each with ports of its own. Nobody can be cut off."""

    def __init__(self) -> None:
        count = len(fields(Ports))
        held = [_listen() for _ in range(len(NAMES) * count)]
        ports = iter([taken.getsockname()[1] for taken in held])
        self.nodes = tuple(
            Node(name, LOOPBACK, is_main=name == NAMES[0], ports=Ports(*(next(ports) for _ in range(count))))
            for name in NAMES
        )
        for taken in held:  # not before all of them are known
            taken.close()

    def url(self, node: Node) -> str:
        return f"http://{LOOPBACK}:{node.ports.api}"

    def listener(self, node: Node) -> socket.socket | None:
        """What the shops connect to, where that is not the API itself."""
        return None

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        """What is connected to here is the node's."""
        yield

    def enter(self, node: Node) -> Callable[[], None]:
        """For a process of the node, between fork and exec."""
        return lambda: None

    def cut(self, node: Node) -> None:
        """Raises StartupError."""
        raise StartupError(
            "Este computador não deixa um usuário comum separar redes (user namespaces), e os nós estão todos na mesma."
            " Use freeze, que também cala o nó."
        )

    def mend(self, node: Node) -> None:
        pass


class SeparateNetworks(SharedLoopback):
    """Each node has its own address and the usual ports, and a cable to a switch between them.

    This process moves into the switch's network: what it starts, and what it asks, is there.
    """

    def __init__(self) -> None:
        self.nodes = tuple(
            Node(name, f"10.0.0.{place}", is_main=name == NAMES[0]) for place, name in enumerate(NAMES, 1)
        )
        self._listeners = {node.name: _listen() for node in self.nodes}
        _enter_own_namespaces()
        self._switch = _own_network()
        _ip(f"link add {_BRIDGE} type bridge")
        _ip(f"addr add 10.0.0.254/24 dev {_BRIDGE}")
        _ip(f"link set {_BRIDGE} up")
        self._networks = {node.name: self._connect_to_switch(node) for node in self.nodes}

    def _connect_to_switch(self, node: Node) -> int:
        _check(_libc().unshare(_NEW_NETWORK))
        network = _own_network()
        _ip("link set lo up")
        _check(_libc().setns(self._switch, _NEW_NETWORK))
        cable = _cable(node)
        _ip(f"link add {cable} type veth peer name eth0 netns /proc/self/fd/{network}", network)
        _ip(f"link set {cable} master {_BRIDGE} up")
        with self._moved_to(network):
            _ip(f"addr add {node.address}/24 dev eth0")
            _ip("link set eth0 up")
        return network

    def url(self, node: Node) -> str:
        return f"http://{LOOPBACK}:{self._listeners[node.name].getsockname()[1]}"

    def listener(self, node: Node) -> socket.socket | None:
        return self._listeners[node.name]

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        with self._moved_to(self._networks[node.name]):
            yield

    @contextmanager
    def _moved_to(self, network: int) -> Iterator[None]:
        _check(_libc().setns(network, _NEW_NETWORK))
        try:
            yield
        finally:
            _check(_libc().setns(self._switch, _NEW_NETWORK))

    def enter(self, node: Node) -> Callable[[], None]:
        network = self._networks[node.name]
        return lambda: _check(_libc().setns(network, _NEW_NETWORK))

    def cut(self, node: Node) -> None:
        _ip(f"link set {_cable(node)} down")

    def mend(self, node: Node) -> None:
        _ip(f"link set {_cable(node)} up")


def make_network() -> SharedLoopback:
    """Networks of their own where that is allowed. This process must have one thread."""
    return SeparateNetworks() if _may_have_networks() else SharedLoopback()


def relay_settings(listener: socket.socket, node: Node) -> str:
    """HAProxy's, for what takes the shops from outside to the API inside."""
    return f"""\
defaults
    mode tcp
    timeout connect 1s
    timeout client 1d
    timeout server 1d
listen lojas
    bind fd@{listener.fileno()}
    server api {LOOPBACK}:{node.ports.api}
"""


def die_with_parent(number: int) -> None:
    _libc().prctl(_SET_DEATH_SIGNAL, number)


def _may_have_networks() -> bool:
    try:
        return subprocess.run(_TRY, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def _enter_own_namespaces() -> None:
    user, group, dies_of = os.geteuid(), os.getegid(), ctypes.c_int(0)
    _libc().prctl(_GET_DEATH_SIGNAL, ctypes.byref(dies_of))
    _check(_libc().unshare(_NEW_USER | _NEW_NETWORK))
    with suppress(OSError):  # some Linux has none
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _libc().prctl(_SET_DEATH_SIGNAL, dies_of)  # another user namespace has forgotten it
    _ip("link set lo up")


def _own_network() -> int:
    """Open for as long as this process lives, and with it the network."""
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _ip(words: str, *handed_over: int) -> None:
    done = subprocess.run(  # noqa: S603  # no shell
        ["ip", *words.split()],  # noqa: S607
        capture_output=True,
        text=True,
        pass_fds=handed_over,
        preexec_fn=_keep_rights,
        check=False,
    )
    if done.returncode:
        raise StartupError(f"As redes dos nós não puderam ser feitas: ip {words}: {done.stderr.strip()}")


def _keep_rights() -> None:
    """An ordinary user's rights in a namespace end with an exec, but for those that are handed on expressly."""
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    _check(_libc().capget(_HEADER, sets))
    sets[2], sets[5] = sets[1], sets[4]
    _check(_libc().capset(_HEADER, sets))
    for right in (_NET_ADMIN, _SYS_ADMIN):
        _check(_libc().prctl(_AMBIENT, _RAISE, right, 0, 0))


def _check(returned: int) -> None:
    """Raises OSError."""
    if returned != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _cable(node: Node) -> str:
    return f"cabo-{node.name}"


def _listen() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))  # whose port is free again as soon as it is gone
