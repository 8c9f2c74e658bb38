"""Writes the configuration files, keys and certificates of all nodes from the plan."""

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from almoxarife.files import disk_reason, write_atomically
from almoxarife.server.data_directory.service_keys import FOLDER, make_key
from almoxarife.server.errors import StartupError
from almoxarife.server.identity import Purpose
from almoxarife.server.operations.cluster import certificates
from almoxarife.server.operations.cluster.cluster_file import Node, Plan
from almoxarife.server.operations.cluster.failback import MAX_LAG_BYTES

PASSWORDS = "senhas.json"  # a file's name
SERVICE_KEY = "chave-de-servico.txt"
_SECRET_MODE = 0o600
_UNITS = ("etcd", "patroni", "haproxy", "api", "volta", "copia", "wal")


@dataclass(frozen=True)
class Passwords:
    """The passwords and keys of a cluster, stored beside the rendered files for the next ``render``."""

    postgres: str
    replication: str
    rewind: str
    rest: str
    api: str
    secret_key: str
    cpf_key: str

    @classmethod
    def make(cls) -> "Passwords":
        return cls(*(secrets.token_urlsafe(36) for _ in fields(cls)))

    @classmethod
    def load_or_create(cls, path: Path) -> "Passwords":
        """Read those of an earlier render, or create and store new ones. Raises StartupError for a damaged file."""
        if path.exists():
            try:
                return cls(**json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError) as error:
                raise StartupError(f"{path} está danificado; recupere-o de uma cópia.") from error
        made = cls.make()
        write_secret(path, json.dumps(asdict(made), indent=2))
        return made


def render(plan: Plan, out: Path, *, folder_of: Callable[[Node], str] | None = None) -> list[Path]:
    """Write ``out/<node>/…`` for every node; returns what was written. Raises StartupError.

    ``folder_of``: where a node keeps both its data and these files, if not where the plan says.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        passwords = Passwords.load_or_create(out / PASSWORDS)
        written = []
        for node in plan.nodes:
            folder = out / node.name
            folder.mkdir(mode=0o700, exist_ok=True)
            own = plan if folder_of is None else replace(plan, folder=folder_of(node), config=folder_of(node))
            for name, text in files_of(own, node, passwords).items():
                write_secret(folder / name, text)
                written.append(folder / name)
        written += certificates.make(plan, out)
        written += _make_service_keys(plan, out)
    except OSError as error:
        raise StartupError(f"Não foi possível escrever em {out} ({disk_reason(error)}).") from error
    return written


def _make_service_keys(plan: Plan, out: Path) -> list[Path]:
    """Create a service key for each node's own programs, and give every node the files that recognise all keys.

    A missing key is replaced, and the old one is no longer accepted. Files of nodes that have left the plan are
    removed. Returns the files that were written.
    """
    recognised = out / FOLDER
    recognised.mkdir(mode=0o700, exist_ok=True)
    names = {f"{node.name}.json" for node in plan.nodes}
    for gone in {file.name for file in recognised.glob("*.json")} - names:
        for folder in (recognised, *(out / node.name / FOLDER for node in plan.nodes)):
            (folder / gone).unlink(missing_ok=True)
    written = []
    for node in plan.nodes:
        key_file, content_file = out / node.name / SERVICE_KEY, recognised / f"{node.name}.json"
        if not (key_file.exists() and content_file.exists()):
            key, content = make_key([Purpose.LOG])
            write_secret(content_file, content.decode())
            write_secret(key_file, f"{key}\n")
        written.append(key_file)
        for other in plan.nodes:
            folder = out / other.name / FOLDER
            folder.mkdir(mode=0o700, exist_ok=True)
            write_secret(folder / content_file.name, content_file.read_text("utf-8"))
            written.append(folder / content_file.name)
    return written


def files_of(plan: Plan, node: Node, passwords: Passwords) -> dict[str, str]:
    """The texts of the node's configuration files, by file name. The same plan gives the same texts."""
    ports = node.ports
    values: dict[str, Any] = {
        "plan": plan,
        "node": node,
        "passwords": passwords,
        "addresses": sorted({f"{other.address}/{_bits(other.address)}" for other in plan.nodes} | {"127.0.0.1/32"}),
        "dcs": json.dumps(dynamic_settings(plan)),
        "node_url": lambda other: f"https://{other.host}:{other.ports.patroni}",
        "inner_ports": f"{ports.etcd}, {ports.etcd_peers}, {ports.patroni}, {ports.postgresql}, {ports.api}",
    }
    names = ["etcd.yml", "patroni.yml", "haproxy.cfg", "almoxarife.env", "nftables.conf"]
    names += ["criar-banco.sh", "entrar.sh", "copia.sh", "restaurar.sh", "wal.sh", "almoxarife-copia.timer"]
    names += [f"almoxarife-{unit}.service" for unit in _UNITS]
    files = {name: _templates().get_template(f"{name}.j2").render(values) for name in names}
    files["chave-secreta.txt"] = f"{passwords.secret_key}\n"
    files["chave-cpf.txt"] = f"{passwords.cpf_key}\n"
    files["senha-rest.txt"] = f"{passwords.rest}\n"
    return files


def dynamic_settings(plan: Plan) -> dict[str, Any]:
    """Patroni's settings in etcd, which are the same for all nodes. ``check`` compares with them."""
    is_small = plan.is_small
    return {
        "ttl": 20,  # Patroni's minimum
        "loop_wait": 1,
        "retry_timeout": 3 if is_small else 9,
        # If PostgreSQL ends on the leader, fail over at once instead of waiting for its restart.
        "primary_start_timeout": 0,
        "maximum_lag_on_failover": MAX_LAG_BYTES,
        "check_timeline": True,
        # A commit waits until a second machine has it, even if there is none.
        "synchronous_mode": True,
        "synchronous_mode_strict": True,
        "synchronous_node_count": 1,
        # Without etcd, the leader goes on if it can reach all nodes.
        "failsafe_mode": True,
        "postgresql": {
            "use_pg_rewind": True,
            "use_slots": True,
            "parameters": {
                "synchronous_commit": "on",
                "wal_log_hints": "on",
                "hot_standby_feedback": "on",
                "max_connections": 200,
                "shared_buffers": "16MB" if is_small else "256MB",
                "max_wal_senders": 8,
                "max_replication_slots": 8,
                "wal_keep_size": "64MB" if is_small else "1GB",
                "wal_sender_timeout": "5s",
                "wal_receiver_timeout": "5s",
                "wal_retrieve_retry_interval": "500ms",
                "tcp_user_timeout": 5000,
                "tcp_keepalives_idle": 5,
                "tcp_keepalives_interval": 2,
                "tcp_keepalives_count": 3,
                # In files that are removed with the demo: other shared memory would stay after a kill.
                **({"dynamic_shared_memory_type": "mmap"} if is_small else {}),
            },
        },
    }


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, even while it is written."""
    path.touch(_SECRET_MODE)
    write_atomically(path, text.encode())
    path.chmod(_SECRET_MODE)


def _bits(address: str) -> int:
    return 128 if ":" in address else 32


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # configuration, not pages
        trim_blocks=True,
        keep_trailing_newline=True,
    )
