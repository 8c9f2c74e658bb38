"""``almoxarife cluster check``: compares the running programs of all nodes with the plan.

The programs are asked for their settings. Files are not compared, because they may have changed since the start.
"""

import json
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

from psycopg.conninfo import make_conninfo

from almoxarife.build import name_build
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster import reports
from almoxarife.server.operations.cluster.certificates import list_dangers, tls_context
from almoxarife.server.operations.cluster.cluster_file import Node, Plan
from almoxarife.server.operations.cluster.render import SERVICE_KEY, dynamic_settings

TIMEOUT_S = 3.0
_SIZES = {"B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_TIMES = {"ms": 1, "s": 1000, "min": 60_000}


@dataclass(frozen=True)
class Comparison:
    """Portuguese sentences. ``differences``: what is not as planned; ``warnings``: what is, and is a danger still."""

    differences: list[str]
    warnings: list[str]


def compare(plan: Plan, out: Path) -> Comparison:
    """What the running nodes differ in from the plan, and what to be warned of.

    ``out``: the folder that was rendered, or on a node that node's folder alone. HAProxy is checked only on a node.
    """
    is_on_node = (out / "no.crt").exists()
    folder = out if is_on_node else out / plan.main.name
    running = RunningNodes(plan, folder)
    found = _check_all("Patroni", running.check_patroni, plan)
    dangers = list_dangers(folder / "ca.crt", read_certificates(plan))
    if not running.has_answered:
        nobody = "Nenhum nó respondeu. Rode este comando num dos nós: o firewall não deixa outros perguntarem."
        return Comparison([*found, nobody], dangers)
    found += _check_all("etcd", running.check_etcd, plan)
    found += _check_all("PostgreSQL", running.check_postgresql, plan)
    found += _check_all("API", running.check_api, plan)
    found += _check_node("HAProxy deste nó", running.check_haproxy, plan.main) if is_on_node else []
    return Comparison(found, [*dangers, *list_faulty_etcds(running.etcd_versions)])


class RunningNodes:
    """Asks the programs on the nodes. ``folder``: the configuration of a node, whose certificate they accept.

    The ``check_`` methods return Portuguese sentences about what differs. They raise OSError and ValueError.
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan = plan
        self._settings = dynamic_settings(plan)
        trusted = tls_context(folder / "ca.crt")
        try:
            trusted.load_cert_chain(folder / "no.crt", folder / "no.key")
            self._database = _read_variable(folder / "almoxarife.env", "ALMOXARIFE_DATABASE_URL")
            self._keys = _read_service_keys(plan, folder)
        except (OSError, LookupError) as error:
            raise StartupError(f"{folder} não tem tudo o que almoxarife cluster render escreve ({error}).") from error
        self._opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusted))
        self.has_answered = False
        self.etcd_versions: dict[str, str] = {}
        """By the node's name, of those that ``check_etcd`` has reached."""

    def check_patroni(self, node: Node) -> list[str]:
        url = f"https://{node.host}:{node.ports.patroni}"
        settings, members = self._ask(f"{url}/config"), self._ask(f"{url}/cluster")
        if self.has_answered:
            return []  # the settings are shared by all nodes, and were compared already
        self.has_answered = True
        return [
            *list_wrong_settings(self._settings, settings),
            *_list_wrong_members(self._plan, {str(member.get("name")) for member in members.get("members", [])}),
        ]

    def check_etcd(self, node: Node) -> list[str]:
        url = f"https://{node.host}:{node.ports.etcd}"
        self.etcd_versions[node.name] = str(self._ask(f"{url}/version").get("etcdserver"))
        answer = self._ask(f"{url}/v3/cluster/member/list", b"{}")
        running = {str(each.get("name")): each.get("peerURLs") for each in answer.get("members", [])}
        expected = {each.name: [f"https://{each.host}:{each.ports.etcd_peers}"] for each in self._plan.nodes}
        return [
            *_list_wrong_members(self._plan, set(running)),
            *list_wrong_settings({name: expected[name] for name in expected.keys() & running.keys()}, running),
        ]

    def check_postgresql(self, node: Node) -> list[str]:
        expected = {**self._settings["postgresql"]["parameters"], "ssl": "on"}
        where = self._database_at(node.address, node.ports.postgresql)
        return [
            f"{name} é {setting}{unit or ''}, e devia ser {expected[name]}"
            + (" (falta reiniciar o PostgreSQL)." if is_waiting else ".")
            for name, setting, unit, is_waiting in reports.list_settings(where, list(expected))
            if is_waiting or to_unit(expected[name], unit) != setting
        ]

    def check_api(self, node: Node) -> list[str]:
        answer = self._ask(f"http://{node.host}:{node.ports.api}/saude")
        expected = {"estado": "ok", "banco": "postgresql", "versao": name_build()}
        return list_wrong_settings(expected, answer) + [
            f"não conhece a chave de serviço {whose}; copie chaves-de-servico de um nó que a conhece."
            for whose, key in self._keys.items()
            if not self._is_known(node, key)
        ]

    def _is_known(self, node: Node, key: str) -> bool:
        """Whether the API accepts the service key; the request writes nothing to the log."""
        url = f"http://{node.host}:{node.ports.api}/log/recentes"
        request = Request(url, headers={"Authorization": f"Bearer {key}"})
        try:
            with self._opener.open(request, timeout=TIMEOUT_S):
                return True
        except HTTPError as error:
            with error:
                return error.code not in {401, 403}

    def check_haproxy(self, node: Node) -> list[str]:
        address, port, is_standby = reports.find_server(self._database_at("127.0.0.1", node.ports.database))
        if is_standby or (address, port) not in {(each.address, each.ports.postgresql) for each in self._plan.nodes}:
            return [f"leva a {address}:{port}, que não é o PostgreSQL que coordena."]
        return []

    def _ask(self, url: str, body: bytes | None = None) -> dict[str, Any]:
        with self._opener.open(url, body, timeout=TIMEOUT_S) as response:
            answer = json.load(response)
        if not isinstance(answer, dict):
            raise ValueError("não é deste cluster")  # the same error as for invalid JSON
        return answer

    def _database_at(self, host: str, port: int) -> str:
        return make_conninfo(self._database, host=host, port=port, connect_timeout=int(TIMEOUT_S))


def _check_all(program: str, check: Callable[[Node], list[str]], plan: Plan) -> list[str]:
    return [sentence for node in plan.nodes for sentence in _check_node(f"{node.name}: {program}", check, node)]


def _check_node(whose: str, check: Callable[[Node], list[str]], node: Node) -> list[str]:
    try:
        return [f"{whose}: {sentence}" for sentence in check(node)]
    except (OSError, ValueError) as error:
        return [f"{whose} não responde ({error})."]


def read_certificates(plan: Plan) -> dict[str, str]:
    """What Patroni of each node shows, whoever trusts it: PEM by the node's name, of those that answer."""
    found = {}
    for node in plan.nodes:
        with suppress(OSError):
            found[node.name] = ssl.get_server_certificate((node.address, node.ports.patroni), timeout=TIMEOUT_S)
    return found


def list_faulty_etcds(versions: Mapping[str, str]) -> list[str]:
    """A Portuguese warning for each version that revokes leases when a frozen leader wakes up (ADR 53).

    ``versions``: by the node's name.
    """
    nodes: dict[str, list[str]] = {}
    for name, version in versions.items():
        if _is_faulty_etcd(version):
            nodes.setdefault(version, []).append(name)
    return [
        f"Atenção: o etcd {version} ({', '.join(names)}) tem uma falha: um nó que para por segundos e volta a andar"
        " pode retomar a coordenação com dados velhos, e o que foi vendido nesse tempo se perde. Atualize o etcd, um"
        " nó de cada vez, para a 3.4.31, a 3.5.13 ou mais nova (o Debian 13 tem). Até lá, o almoxarife-volta tem de"
        " rodar em todos os nós, e o watchdog do Patroni fica em required."
        for version, names in sorted(nodes.items())
    ]


def _is_faulty_etcd(version: str) -> bool:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    numbers = tuple(map(int, found.groups())) if found else ()
    return () < numbers < (3, 4, 31) or (3, 5) <= numbers < (3, 5, 13)


def list_wrong_settings(expected: dict[str, Any], running: dict[str, Any]) -> list[str]:
    """Portuguese sentences about the running settings that are not as expected."""
    return [
        f"{name} é {json.dumps(_value_at(running, name))}, e devia ser {json.dumps(value)}."
        for name, value in _flatten(expected)
        if _value_at(running, name) != value
    ]


def to_unit(value: object, unit: str | None) -> str:
    """Convert a value to the unit of ``pg_settings``: "256MB" in units of "8kB" is "32768"."""
    size = re.fullmatch(r"(\d+)(\D+)", str(value))
    count = re.fullmatch(r"(\d*)(\D+)", unit or "")
    if not size or not count:
        return str(value)
    sizes = _SIZES if size[2] in _SIZES else _TIMES
    return str(int(size[1]) * sizes[size[2]] // (int(count[1] or 1) * sizes[count[2]]))


def _list_wrong_members(plan: Plan, present: set[str]) -> list[str]:
    expected = {node.name for node in plan.nodes}
    missing = [f"{name} não faz parte do cluster." for name in sorted(expected - present)]
    return missing + [f"{name} faz parte do cluster, e não está no arquivo." for name in sorted(present - expected)]


def _read_variable(path: Path, name: str) -> str:
    """Raises OSError, LookupError."""
    found = re.search(rf"^{name}=(.*)$", path.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise LookupError(f"{path.name} sem {name}")
    return found[1]


def _read_service_keys(plan: Plan, folder: Path) -> dict[str, str]:
    """The service keys by owner, in Portuguese: of all nodes if they are there, else this node's. Raises OSError."""
    rendered = {f"do {node.name}": folder.parent / node.name / SERVICE_KEY for node in plan.nodes}
    found = {whose: path for whose, path in rendered.items() if path.exists()}
    keys = found or {"deste nó": folder / SERVICE_KEY}
    return {whose: path.read_text("utf-8").strip() for whose, path in keys.items()}


def _flatten(settings: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Nested settings as pairs of a dotted name and a value; ``before`` is a prefix."""
    found: list[tuple[str, Any]] = []
    for name, value in settings.items():
        found += _flatten(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return found


def _value_at(settings: dict[str, Any], name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
