"""The networks of the demo's nodes: one network namespace for each node, which can be cut off; or all on loopback.

An ordinary user can create network namespaces if Linux lets them create a user namespace. The shops stay outside: the
sockets that they connect to are opened before, and a HAProxy inside each namespace (``demo.RELAY``) accepts on them.
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
    """The C library. Not loaded at the import, which also happens on Windows, where it cannot be loaded this way."""
    return ctypes.CDLL(None, use_errno=True)


class SharedLoopback:
    """All nodes on loopback, each with different ports. No node can be cut off."""

    def __init__(self) -> None:
        count = len(fields(Ports))
        listeners = [_listen() for _ in range(len(NAMES) * count)]
        ports = iter([listener.getsockname()[1] for listener in listeners])
        self.nodes = tuple(
            Node(name, LOOPBACK, is_main=name == NAMES[0], ports=Ports(*(next(ports) for _ in range(count))))
            for name in NAMES
        )
        for listener in listeners:  # only now, so that no port is given out twice
            listener.close()

    def url(self, node: Node) -> str:
        return f"http://{LOOPBACK}:{node.ports.api}"

    def listener(self, node: Node) -> socket.socket | None:
        """The socket that the shops connect to; None if they connect to the API itself."""
        return None

    @contextmanager
    def inside(self, node: Node) -> Iterator[None]:
        """Connections that are made in this block are made inside the node's network."""
        yield

    def enter(self, node: Node) -> Callable[[], None]:
        """A ``preexec_fn`` that moves a process into the node's network."""
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
    """Each node has its own address, the default ports, and a virtual cable (veth) to a bridge.

    This process moves into the bridge's network namespace, so its children and connections are there, too.
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
        cable = _veth_name(node)
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
        _ip(f"link set {_veth_name(node)} down")

    def mend(self, node: Node) -> None:
        _ip(f"link set {_veth_name(node)} up")


def make_network() -> SharedLoopback:
    """Create separate networks if the system allows it, else share loopback. This process must have one thread."""
    return SeparateNetworks() if _may_have_networks() else SharedLoopback()


def relay_settings(listener: socket.socket, node: Node) -> str:
    """The configuration of the HAProxy that forwards the shops' connections to a node's API."""
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
    with suppress(OSError):  # old kernels do not have this file
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _libc().prctl(_SET_DEATH_SIGNAL, dies_of)  # entering the user namespace has reset it
    _ip("link set lo up")


def _own_network() -> int:
    """A file descriptor of the current network namespace, which exists as long as this is open."""
    return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _ip(arguments: str, *pass_fds: int) -> None:
    done = subprocess.run(  # noqa: S603  # no shell
        ["ip", *arguments.split()],  # noqa: S607
        capture_output=True,
        text=True,
        pass_fds=pass_fds,
        preexec_fn=_keep_rights,
        check=False,
    )
    if done.returncode:
        raise StartupError(f"As redes dos nós não puderam ser feitas: ip {arguments}: {done.stderr.strip()}")


def _keep_rights() -> None:
    """Make capabilities ambient: other capabilities of an ordinary user's namespace are lost by exec."""
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    _check(_libc().capget(_HEADER, sets))
    sets[2], sets[5] = sets[1], sets[4]
    _check(_libc().capset(_HEADER, sets))
    for right in (_NET_ADMIN, _SYS_ADMIN):
        _check(_libc().prctl(_AMBIENT, _RAISE, right, 0, 0))


def _check(result: int) -> None:
    """Raises OSError if a function of the C library has failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _veth_name(node: Node) -> str:
    return f"cabo-{node.name}"


def _listen() -> socket.socket:
    return socket.create_server((LOOPBACK, 0))  # SO_REUSEADDR is set, so the port can be used again at once
