"""``cluster.toml``, the file from which a cluster is set up: its nodes, and which of them is the main one.

[rede]
nome = "loja"
lojas = "192.168.0.0/24"

[[nos]]
nome = "n1"
endereco = "192.168.0.11"
principal = true
"""

import ipaddress
import re
import tomllib
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import Any

from almoxarife.files import disk_reason
from almoxarife.server.errors import StartupError

MIN_NODES = 3
"""With two nodes, neither could know which of them is cut off."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True)
class Ports:
    """The ports of one node. They differ between nodes only if all run on one machine."""

    etcd: int = 2379
    etcd_peers: int = 2380
    patroni: int = 8008
    postgresql: int = 5432
    database: int = 5433
    """HAProxy's port on each node, which leads to the PostgreSQL that takes writes."""
    api: int = 5000
    restored: int = 5499
    """For a restored copy of the database while it is tested, on loopback."""


@dataclass(frozen=True)
class Node:
    name: str
    address: str
    is_main: bool
    ports: Ports = Ports()

    @property
    def host(self) -> str:
        """The address as in a URL: IPv6 in brackets."""
        return f"[{self.address}]" if ":" in self.address else self.address


@dataclass(frozen=True)
class Window:
    """The time of day in which the main node may take over again; it may span midnight (22:00-06:00)."""

    begins: time = time(0, 0)
    ends: time = time(23, 59)

    def contains(self, now: time) -> bool:
        now = now.replace(second=0, microsecond=0)
        if self.begins <= self.ends:
            return self.begins <= now <= self.ends
        return now >= self.begins or now <= self.ends


@dataclass(frozen=True)
class Plan:
    """A cluster as its file describes it."""

    name: str
    shops: tuple[str, ...]
    """The networks that may reach the API."""
    nodes: tuple[Node, ...]
    window: Window = Window()
    stable_s: int = 60
    """Seconds for which the main node must be healthy before it takes over again."""
    folder: str = "/var/lib/almoxarife"
    """The folder on each node for the data of all programs."""
    config: str = "/etc/almoxarife"
    """The folder on each node for the rendered files."""
    binaries: str = "/usr/lib/postgresql/17/bin"
    has_watchdog: bool = True
    is_small: bool = False
    """Less memory and shorter timeouts, for a demo on one machine."""

    @property
    def main(self) -> Node:
        return next(node for node in self.nodes if node.is_main)

    def node(self, name: str) -> Node:
        """Raises StartupError."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise StartupError(f"Não há um nó {name}. Os nós são: {', '.join(node.name for node in self.nodes)}.")


def read_plan(path: Path) -> Plan:
    """Raises StartupError with a Portuguese sentence about what is wrong in the file."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StartupError(f"{path} não pode ser lido ({disk_reason(error)}).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StartupError(f"{path} não é um arquivo TOML: {error}") from error
    try:
        return parse_plan(document)
    except ValueError as error:
        raise StartupError(f"{path}: {error}") from error


def parse_plan(document: dict[str, Any]) -> Plan:
    """Raises ValueError with a Portuguese sentence."""
    _refuse_unknown(document, {"rede", "nos"}, "o arquivo")
    chain = _table(document.get("rede", {}), "[rede]")
    _refuse_unknown(chain, {"nome", "lojas", "janela", "estavel_s", "pasta", "configuracao", "postgresql"}, "[rede]")
    entries = document.get("nos", [])
    if not isinstance(entries, list):
        raise ValueError("escreva cada nó como [[nos]].")
    nodes = tuple(_node(_table(entry, "[[nos]]")) for entry in entries)
    _check_nodes(nodes)
    plan = Plan(_name(chain.get("nome", "loja"), "o nome da rede"), _networks(chain.get("lojas", "")), nodes)
    stable_s = chain.get("estavel_s", plan.stable_s)
    if not isinstance(stable_s, int) or isinstance(stable_s, bool) or not 0 <= stable_s <= 86_400:
        raise ValueError("estavel_s são segundos, de 0 a 86400.")
    return replace(
        plan,
        window=_window(chain.get("janela", "00:00-23:59")),
        stable_s=stable_s,
        folder=_folder(chain.get("pasta", plan.folder), "pasta"),
        config=_folder(chain.get("configuracao", plan.config), "configuracao"),
        binaries=_folder(chain.get("postgresql", plan.binaries), "postgresql"),
    )


def _check_nodes(nodes: tuple[Node, ...]) -> None:
    if len(nodes) < MIN_NODES or len(nodes) % 2 == 0:
        raise ValueError(
            f"são {len(nodes)} nós; é preciso um número ímpar, ao menos {MIN_NODES}: "
            "com menos, nenhum sabe se foi ele que ficou isolado."
        )
    for what, values in (("nome", [node.name for node in nodes]), ("endereco", [node.address for node in nodes])):
        if len(set(values)) != len(values):
            raise ValueError(f"dois nós têm o mesmo {what}.")
    if sum(node.is_main for node in nodes) != 1:
        raise ValueError("marque um nó, e só um, com principal = true.")


def _node(entry: dict[str, Any]) -> Node:
    _refuse_unknown(entry, {"nome", "endereco", "principal"}, "[[nos]]")
    name = _name(entry.get("nome"), "o nome de um nó")
    try:
        address = str(ipaddress.ip_address(str(entry.get("endereco", ""))))
    except ValueError:
        raise ValueError(f"o nó {name} precisa de um endereco, por exemplo 192.168.0.11.") from None
    is_main = entry.get("principal", False)
    if not isinstance(is_main, bool):
        raise ValueError(f"principal do nó {name} é true ou false.")
    return Node(name, address, is_main)


def _refuse_unknown(table: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(set(table) - known):
        raise ValueError(f"{where} não tem {unknown[0]}. Conhece: {', '.join(sorted(known))}.")


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"escreva {where} como uma tabela.")  # not TypeError: ``read_plan`` expects one type of error
    return value


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{what} tem letras minúsculas sem acento, algarismos e hífen, até 20, por exemplo n1.")
    return value


def _networks(value: object) -> tuple[str, ...]:
    try:
        networks = tuple(str(ipaddress.ip_network(part.strip())) for part in str(value).split(",") if part.strip())
    except ValueError:
        networks = ()
    if not networks:
        raise ValueError('lojas é a rede de onde as lojas chegam, por exemplo "192.168.0.0/24".')
    return networks


def _window(value: object) -> Window:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", str(value))
    if not found:
        raise ValueError('janela são duas horas, por exemplo "22:00-06:00".')
    hour, minute, last_hour, last_minute = map(int, found.groups())
    return Window(time(hour, minute), time(last_hour, last_minute))


def _folder(value: object, what: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"/[\w./-]*", value):
        raise ValueError(f"{what} é um caminho completo, sem espaços, por exemplo /var/lib/almoxarife.")
    return value.rstrip("/")
