"""What ``/saude`` tells of copies and clock, and to whom."""

import json
import urllib.request
from pathlib import Path

import pytest

from almoxarife.server.operations.cluster.checking import RunningNodes
from almoxarife.server.operations.cluster.cluster_file import Node, Plan, Ports
from almoxarife.server.operations.cluster.render import render
from tests.server.conftest import MakeServer
from tests.server.processes import Server

pytestmark = pytest.mark.sqlite


def ask(server: Server, **headers: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{server.url}/saude", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def test_the_shop_hears_of_its_copies_and_a_stranger_does_not(make_server: MakeServer, data: Path) -> None:
    server = make_server(data).start()
    here = ask(server)
    afar = ask(server, X_Forwarded_For="203.0.113.9")
    ana = ask(server, X_Forwarded_For="203.0.113.9", Authorization=f"Bearer {server.token}")

    for told in (here, ana):
        assert (told["ultima_copia"], told["copia_falhou"], told["relogio_saltou_s"]) == (None, False, 0)
    assert (afar["ultima_copia"], afar["copia_falhou"], afar["relogio_saltou_s"]) == (None, None, None)


def test_a_comparison_of_nodes_tells_whose_key_one_does_not_know(
    make_server: MakeServer, data: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "nos" / "n1" / "chaves-de-servico"
    server = make_server(data, SERVICE_KEYS_DIR=str(keys)).start()
    nodes = tuple(Node(name, "127.0.0.1", name == "n1", Ports(api=server.port)) for name in ("n1", "n2", "n3"))
    plan = Plan("loja", ("127.0.0.0/8",), nodes)
    render(plan, tmp_path / "nos")

    def list_unknown(folder: Path) -> list[str]:
        found = RunningNodes(plan, folder).check_api(nodes[0])
        return [sentence.split(";")[0] for sentence in found if not sentence.startswith("banco é")]

    assert list_unknown(tmp_path / "nos" / "n1") == []
    (keys / "n2.json").unlink()
    assert list_unknown(tmp_path / "nos" / "n1") == ["não conhece a chave de serviço do n2"]
    carried = (tmp_path / "nos" / "n2").rename(tmp_path / "almoxarife")  # as it lies on the node
    assert list_unknown(carried) == ["não conhece a chave de serviço deste nó"]
