"""On the shop's network: nobody comes in unapproved, and what was easy on loopback does not hold."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.server.conftest import MakeServer, settle
from tests.server.crowd import GONE
from tests.server.processes import NAME, PASSWORD, Client, Server, wait_until

CODE = re.compile(r"^Código para criar o primeiro administrador: (\w+)$", re.MULTILINE)

pytestmark = pytest.mark.once


def lan_address() -> str | None:
    """An address of this machine that others could reach; None when it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: the system only chooses a way out
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


@pytest.fixture(params=["another machine", "a proxy on this one"])
def afar(request: pytest.FixtureRequest) -> dict[str, str]:
    """How a request comes that does not come from this machine: its headers."""
    if request.param == "a proxy on this one":
        return {"X_Forwarded_For": "10.1.2.3"}
    if lan_address() is None:
        pytest.skip("this machine has no address but loopback")
    return {}


def host_for(afar: dict[str, str]) -> str:
    return "127.0.0.1" if afar else str(lan_address())


@pytest.fixture
def lan(make_server: MakeServer, tmp_path: Path) -> Server:
    """A server on the network that knows nobody yet."""
    server = make_server(tmp_path / "OneDrive - Loja" / "dados", HOST="0.0.0.0")
    server.token = None
    return server.start()


@pytest.fixture
def visitor(lan: Server, afar: dict[str, str]) -> Iterator[Client]:
    with lan.client(host=host_for(afar)) as client:
        yield client


def register(visitor: Client, name: str, password: str, afar: dict[str, str], **more: str) -> tuple[int, str]:
    """The status, and the person's role and state or the reason of the refusal."""
    answer = visitor.post("/registrar_usuario_app", {"username": name, "password": password, **more}, **afar)
    is_made = answer.status == 201
    return answer.status, f"{answer.body['papel']}, {answer.body['estado']}" if is_made else answer.code


def test_the_first_administrator_needs_the_printed_code(lan: Server, visitor: Client, afar: dict[str, str]) -> None:
    (code,) = CODE.findall(lan.said)
    assert "sem TLS, senhas passam legíveis pela rede" in lan.said
    assert "os dados estão numa pasta do OneDrive" in lan.said

    assert register(visitor, "Eva", PASSWORD, afar) == (201, "estoquista, pendente")
    assert register(visitor, NAME, PASSWORD, afar, codigo="0000000000") == (403, "codigo-incorreto")
    assert register(visitor, NAME, "1234", afar, codigo=code) == (400, "senha-fraca")
    assert register(visitor, NAME, PASSWORD, afar, codigo=code) == (201, "administrador, ativo")

    assert register(visitor, "Davi", PASSWORD, afar, codigo=code) == (403, "codigo-incorreto")
    assert visitor.post("/login", {"username": "Eva", "password": PASSWORD}, **afar).code == "aprovacao-pendente"
    assert visitor.log_in().status == 200
    assert code not in lan.errors


@pytest.fixture(scope="module")
def easy_days(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Data of a shop whose first person registered as admin/1234 on the server's own machine; admin's token."""
    data = tmp_path_factory.mktemp("easy days") / "dados"
    settle(data, databases.make(data))
    home = Server(data)
    try:
        home.start()
        with home.client() as client:
            assert client.register("admin", "1234").body["papel"] == "administrador"
            assert client.log_in("admin", "1234").status == 200
        assert home.stop() == 0
    finally:
        home.end()
    assert client.token is not None
    return home.data, client.token


def test_what_loopback_allowed_does_not_hold_afar(
    make_server: MakeServer, easy_days: tuple[Path, str], afar: dict[str, str]
) -> None:
    data, token = easy_days
    lan = make_server(data, HOST="0.0.0.0")
    lan.token = None
    lan.start()

    assert not CODE.findall(lan.said)
    with lan.client(host=host_for(afar)) as visitor:
        refused = visitor.post("/login", {"username": "admin", "password": "1234"}, **afar)
        assert (refused.status, refused.code) == (403, "senha-so-local")
        refused = visitor.get("/produtos", Authorization=f"Bearer {token}", **afar)
        assert (refused.status, refused.code) == (403, "senha-so-local")


def test_a_name_that_is_not_ours_is_refused(lan: Server) -> None:
    with lan.client() as visitor:
        assert visitor.get("/saude", Host="rebound.example").code == "host-desconhecido"
        assert visitor.get("/saude", Host=f"{lan_address() or '127.0.0.1'}:{lan.port}").status == 200


def test_on_loopback_neither_code_nor_warning_is_printed(server: Server) -> None:
    assert not CODE.findall(server.said)
    assert "TLS" not in server.said


def test_the_new_loopback_is_this_machine_too(make_server: MakeServer, tmp_path: Path) -> None:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = make_server(tmp_path / "dados", HOST="::1").spawn()
    wait_until(lambda: f"no ar em http://[::1]:{server.port}" in server.said, "it greets")

    with Client(server.port, host="::1") as first:
        assert register(first, "admin", "1234", {}) == (201, "administrador, ativo")
    assert server.stop() == 0


def test_with_a_certificate_it_answers_over_https(
    make_server: MakeServer, data: Path, certificate: tuple[Path, Path]
) -> None:
    pem, key = certificate
    server = make_server(data, HOST="0.0.0.0", TLS_CERT=str(pem), TLS_KEY=str(key))
    server.tls = pem
    server.start()

    with server.client() as ana:
        assert ana.get("/saude").body["estado"] == "ok"
        assert ana.log_in().status == 200
    assert "https://0.0.0.0" in server.said
    assert "sem TLS" not in server.said
    with Client(server.port) as plain, pytest.raises(GONE):
        plain.get("/saude")
    assert server.stop() == 0
    assert "Traceback" not in server.errors
