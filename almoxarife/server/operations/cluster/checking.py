"""Whether the nodes run as they were set up: what Patroni has in force, and who is there."""

import json
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from almoxarife.server.operations.cluster.cluster_file import Plan
from almoxarife.server.operations.cluster.failback import PatroniApi, trusting
from almoxarife.server.operations.cluster.render import dynamic_settings


def list_differences(plan: Plan, out: Path) -> list[str]:
    """Sentences; empty when all is as it should be."""
    authority = out / "ca.crt"
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trusting(authority)))
    differences: list[str] = []
    settings: dict[str, Any] | None = None
    for node in plan.nodes:
        try:
            url = f"https://{node.host}:{node.ports.patroni}"
            with opener.open(f"{url}/config", timeout=3.0) as answer:
                settings = json.load(answer)
        except (OSError, ValueError) as error:
            differences.append(f"{node.name} não responde em {node.host}:{node.ports.patroni} ({error}).")
    if settings is None:
        return [
            *differences,
            "Nenhum nó respondeu. Rode este comando num dos nós: o firewall não deixa outros perguntarem.",
        ]
    differences += differing(plan, settings)
    told = PatroniApi(plan, password="", authority=authority).cluster()  # only asked, which takes no password
    present = {str(member.get("name")) for member in told.get("members", [])}
    wanted = {node.name for node in plan.nodes}
    differences += [f"{name} não faz parte do cluster." for name in sorted(wanted - present)]
    differences += [f"{name} faz parte do cluster, e não está no arquivo." for name in sorted(present - wanted)]
    return differences


def differing(plan: Plan, running: dict[str, Any]) -> list[str]:
    """What Patroni has in force otherwise than the plan says."""
    return [
        f"{name} é {json.dumps(_at(running, name))}, e devia ser {json.dumps(value)}."
        for name, value in _flat(dynamic_settings(plan))
        if _at(running, name) != value
    ]


def _flat(settings: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in settings.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return found


def _at(settings: dict[str, Any], name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
