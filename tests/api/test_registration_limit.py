"""How many accounts a stranger may ask for."""

from datetime import UTC, datetime

import pytest

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts.limits.registrations import MAX_PENDING, PER_ADDRESS
from almoxarife.server.accounts.models import User
from almoxarife.server.clock import SteadyClock
from almoxarife.server.context import Services
from almoxarife.wire.accounts import AccountState, Role
from tests.api.cast import HOME, LAN, LAN_SERVER, Server, assert_problem
from tests.api.conftest import Open

STRONG = "uma frase bem longa"
NEIGHBOUR = "192.168.0.21"


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda password: "scrypt:1:1:1$none")


@pytest.fixture
def server(start: Open) -> Server:
    return start(LAN_SERVER)


def exhaust(server: Server, peer: str = LAN, headers: dict[str, str] | None = None) -> None:
    for number in range(PER_ADDRESS):
        assert server.register(f"estranho {number} {peer}", STRONG, peer=peer, headers=headers).status_code == 201


@pytest.mark.parametrize("peer", [LAN, HOME])
def test_one_address_makes_so_many_accounts_an_hour(server: Server, peer: str) -> None:
    exhaust(server, peer)

    for name in ("mais um", "Ana"):
        response = server.register(name, STRONG, peer=peer)
        assert_problem(response, 429, "muitos-cadastros")
        assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert server.register("vizinha", STRONG, peer=NEIGHBOUR).status_code == 201


def test_an_hour_later_it_may_again(server: Server) -> None:
    exhaust(server)
    clock = Services.of(server.app).get(SteadyClock)
    elapsed_s = clock.elapsed_s
    clock.elapsed_s = lambda: elapsed_s() + 3601

    assert server.register("mais um", STRONG, peer=LAN).status_code == 201


def test_names_cannot_be_probed_for_long(server: Server) -> None:
    for _ in range(PER_ADDRESS):
        assert_problem(server.register("Ana", STRONG, peer=LAN), 409, "usuario-existente")

    assert_problem(server.register("Ana", STRONG, peer=LAN), 429, "muitos-cadastros")


def test_on_the_machine_itself_there_is_no_limit(shop: Server) -> None:
    for number in range(2 * PER_ADDRESS):
        assert shop.register(f"pessoa {number}", STRONG).status_code == 201


def test_the_printed_code_is_not_held_up_by_a_crowd(start_empty: Open) -> None:
    server = start_empty(LAN_SERVER, setup_code="ABC123")
    exhaust(server)

    assert server.register("admin", STRONG, peer=LAN, more={"codigo": "ABC123"}).status_code == 201


def test_so_many_may_wait_for_approval(server: Server) -> None:
    with server.database.transaction() as session:
        for number in range(MAX_PENDING - 1):
            session.add(
                User(
                    username=f"estranho {number}",
                    username_folded=f"estranho {number}",
                    role=Role.STOCK_CLERK,
                    state=AccountState.PENDING,
                    created_at=datetime.now(UTC),
                )
            )
    last = server.register("a última", STRONG, peer=LAN)
    assert last.status_code == 201

    full = server.register("uma a mais", STRONG, peer=NEIGHBOUR)
    assert_problem(full, 503, "muitas-contas-pendentes")
    assert int(full.headers["Retry-After"]) > 0

    server.person("Carla").patch(f"/usuarios/{last.json['id']}", {"estado": "inativo"})
    assert server.register("uma a mais", STRONG, peer=NEIGHBOUR).status_code == 201


def test_the_addresses_of_one_network_are_one(server: Server) -> None:
    for number in range(PER_ADDRESS):
        assert server.register(f"estranho {number}", STRONG, peer=f"2001:db8::{number + 1:x}").status_code == 201

    assert_problem(server.register("mais um", STRONG, peer="2001:db8::ffff"), 429, "muitos-cadastros")
    assert server.register("vizinha", STRONG, peer="2001:db8:0:1::1").status_code == 201
