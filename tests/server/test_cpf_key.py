"""The key that CPFs are hidden under is a file beside the data: another one in its place is noticed."""

import secrets
from pathlib import Path

from tests.server.conftest import MakeServer
from tests.server.processes import Server, almoxarife
from tests.server.test_starting import assert_refused

MARIA = {"nome": "Maria das Dores", "cpf": "52998224725", "ano_nascimento": 1995, "password": "segredo-da-maria"}


def sign_up_and_stop(server: Server) -> None:
    with server.client() as maria:
        maria.token = None
        assert maria.post("/registrar_usuario_app", MARIA).status == 201
    assert server.stop() == 0


def test_another_key_stops_the_start_until_it_is_back(make_server: MakeServer, data: Path, server: Server) -> None:
    sign_up_and_stop(server)
    key = data / "chave-cpf.txt"
    right = key.read_bytes()

    for wrong in (secrets.token_urlsafe(48).encode(), None):
        if wrong is None:
            key.unlink()  # a new one would be made
        else:
            key.write_bytes(wrong)
        assert_refused(make_server(data), "chave-cpf.txt não é a desta loja", "accept-cpf-key")

    key.write_bytes(right + b"\n\n")
    with make_server(data).start().client() as maria:
        asked = {"username": MARIA["cpf"], "password": MARIA["password"]}
        assert maria.post("/login", asked).status == 200


def test_a_key_that_is_lost_can_be_given_up(make_server: MakeServer, data: Path, server: Server) -> None:
    sign_up_and_stop(server)
    (data / "chave-cpf.txt").write_text(secrets.token_urlsafe(48))

    done = almoxarife("keys", "accept-cpf-key", data=data)

    assert done.returncode == 0, done.stderr
    server = make_server(data).start()
    with server.client() as maria:
        assert maria.post("/login", {"username": MARIA["cpf"], "password": MARIA["password"]}).status == 401
        assert maria.post("/login", {"username": "maria.dores", "password": MARIA["password"]}).status == 200
    assert server.stop() == 0
    checked = almoxarife("check", data=data)
    assert checked.returncode == 0, checked.stdout


def test_while_nobody_has_a_cpf_any_key_will_do(make_server: MakeServer, data: Path, server: Server) -> None:
    assert server.stop() == 0
    (data / "chave-cpf.txt").write_text(secrets.token_urlsafe(48))
    sign_up_and_stop(make_server(data).start())
    (data / "chave-cpf.txt").write_text(secrets.token_urlsafe(48))
    assert_refused(make_server(data), "não é a desta loja")
