"""Several servers behind one gateway: one that dies costs nothing that may be asked again."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.gateway.doors import Gateway, Recorder
from tests.programs import free_port, wait_for

KEY = "a-till-that-insists"
numbers = count()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Recorder, Recorder]]:
    """One that answers, and one that dies of whatever it is asked."""
    with Recorder() as sound, Recorder(dies=True) as dying:
        yield sound, dying


@pytest.fixture(scope="module")
def door(servers: tuple[Recorder, Recorder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("several")
    # The last one does not even listen.
    gateway = Gateway(folder / "dados", *(server.port for server in servers), free_port())
    try:
        yield gateway.start()
    finally:
        gateway.end()


def test_a_list_that_is_looked_at_stays_with_its_server(tmp_path: Path) -> None:
    with Recorder() as one, Recorder() as other:
        gateway = Gateway(tmp_path / "dados", one.port, other.port)
        try:
            with gateway.start().client() as client:
                for path in (
                    "/painel/lote",
                    "/useradd/listas",
                    "/painel/lote/x7?depois=3",
                    "/useradd/listas/x7/senhas/",
                ):
                    for method in ("GET", "POST"):
                        client.ask(method, path, None if method == "GET" else {})
                asked = len(one.asked), len(other.asked)
                for _ in range(4):
                    client.ask("GET", "/produtos", None)
        finally:
            gateway.end()

        assert sorted(asked) == [0, 8]
        assert (len(one.asked) - asked[0], len(other.asked) - asked[1]) == (2, 2)


def ask_the_dying(
    door: Gateway, servers: tuple[Recorder, Recorder], method: str, path: str, key: str | None
) -> tuple[int, int]:
    """The status of the first such request that the dying server got, and how often a sound one got the same."""
    sound, dying = servers
    headers = {} if key is None else {"Idempotency_Key": key}

    def try_once() -> tuple[int, int] | None:
        sound.asked.clear()
        dying.asked.clear()
        with door.client() as client:
            status = client.ask(method, f"{path}?n={next(numbers)}", None if method == "GET" else {}, **headers).status
        return (status, len(sound.asked)) if dying.asked else None

    return wait_for("the turn of the dying server", try_once)


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("GET", "/produtos", None),
        ("GET", "/nada/que/conheca", None),
        ("POST", "/inventario", KEY),
        ("POST", "/inventario/m7/estorno", KEY),
        ("POST", "/produtos/importar/", KEY),
        ("POST", "/vendas/v7/cancelamento", KEY),
        ("POST", "/mensagens", KEY),
    ],
)
def test_what_may_be_asked_again_is(
    door: Gateway, servers: tuple[Recorder, Recorder], method: str, path: str, key: str | None
) -> None:
    assert ask_the_dying(door, servers, method, path, key) == (200, 1)


@pytest.mark.parametrize(
    ("method", "path", "key"),
    [
        ("POST", "/inventario", None),
        ("POST", "/login", None),
        ("POST", "/lojas", KEY),
        ("POST", "/user/", f"POST /vendas {KEY}"),
        ("PATCH", "/usuarios/u7", KEY),
        ("PUT", "/produtos/p7", KEY),
        ("DELETE", "/users/7", None),
    ],
)
def test_what_would_be_done_twice_is_not(
    door: Gateway, servers: tuple[Recorder, Recorder], method: str, path: str, key: str | None
) -> None:
    assert ask_the_dying(door, servers, method, path, key) == (502, 0)


def test_a_server_that_does_not_listen_costs_nobody_anything(door: Gateway, servers: tuple[Recorder, Recorder]) -> None:
    _, dying = servers
    dying.dies = False
    try:
        with door.client() as client:
            assert {client.post("/lojas", {}).status for _ in range(20)} == {200}
    finally:
        dying.dies = True
