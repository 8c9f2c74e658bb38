"""``users``, ``shops`` and ``rotate-key``: what only the owner of the machine may do."""

import errno
import os
import re
from pathlib import Path

import pytest

from almoxarife import files
from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.server.conftest import MakeServer
from tests.server.processes import BOLTS, NAME, PASSWORD, Client, Server


def temporary_password(text: str) -> str:
    (password,) = re.findall(r"^Senha temporária: (\w{10})$", text, re.MULTILINE)
    return str(password)


def assert_must_be_changed(client: Client, name: str, password: str) -> None:
    """The temporary password lets in, and lets nothing be done but changing it."""
    client.token = None
    assert client.log_in(name, password).body["usuario"]["trocar_senha"]
    assert client.get("/produtos").code == "troca-de-senha-obrigatoria"
    assert client.post("/conta/senha", {"senha_atual": password, "senha_nova": "porca-sextavada"}).status == 204
    assert client.get("/produtos").status == 200
    assert client.log_in(name, password).status == 401
    assert client.log_in(name, "porca-sextavada").status == 200


def test_an_administrator_made_on_the_console(make_server: MakeServer, almoxarife: Almoxarife, data: Path) -> None:
    made = almoxarife("users", "create-admin", "Carla  Dias")

    assert_done(
        made, "Usuário: Carla Dias", "No próximo acesso o programa pede uma senha nova. A temporária vale por 7 dias."
    )
    server = make_server(data).start()
    with server.client() as carla:
        assert_must_be_changed(carla, "carla dias", temporary_password(made.stdout))
        assert carla.log_in("Carla Dias", "porca-sextavada").body["usuario"]["papel"] == "administrador"


@pytest.mark.sqlite
def test_the_first_person_of_an_empty_folder(almoxarife: Almoxarife, tmp_path: Path) -> None:
    made = almoxarife("users", "create-admin", "Carla", DATA_DIR=str(tmp_path / "novo"))

    assert_done(made, "Usuário: Carla")
    assert (tmp_path / "novo" / "almoxarife.db").exists()


def test_a_forgotten_password(server: Server, almoxarife: Almoxarife) -> None:
    server.stop()

    reset = almoxarife("users", "reset-password", NAME.upper())

    assert_done(reset, f"Usuário: {NAME}")
    server.start()
    with server.client() as ana:
        assert ana.get("/produtos").status == 401
        assert ana.log_in(NAME, PASSWORD).status == 401
        assert_must_be_changed(ana, NAME, temporary_password(reset.stdout))


@pytest.mark.parametrize(
    ("command", "name", "words"),
    [
        ("create-admin", NAME.lower(), "já existe"),
        ("create-admin", "a/b", "nome"),
        ("create-admin", "", "nome"),
        ("create-admin", "x" * 61, "60"),
        ("reset-password", "Ninguém", "Não há usuário com o nome “Ninguém”"),
    ],
)
def test_a_name_that_will_not_do(almoxarife: Almoxarife, command: str, name: str, words: str) -> None:
    refused = almoxarife("users", command, name)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert words.casefold() in refused.stderr.casefold()
    assert "Traceback" not in refused.stderr


def test_shops_and_their_policy(make_server: MakeServer, almoxarife: Almoxarife, data: Path) -> None:
    assert_done(almoxarife("shops", "create", "Loja  São João"), "Loja “Loja São João” criada com o código l2.")
    assert_done(almoxarife("shops", "policy", "l2", "permitir"))

    assert almoxarife("shops", "list").stdout.splitlines() == ["l1\tMatriz\tbloquear", "l2\tLoja São João\tpermitir"]
    server = make_server(data).start()
    with server.client() as ana:
        issue = {"produto_id": BOLTS, "quantidade": 1, "tipo": "saida", "motivo": "venda"}
        assert ana.post("/inventario", {**issue, "loja_id": "l1"}).code == "estoque-insuficiente"
        allowed = ana.post("/inventario", {**issue, "loja_id": "l2"})
        assert (allowed.status, allowed.body["saldo"], allowed.body["abaixo_de_zero"]) == (201, -1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("shops", "create", "MATRIZ"),
        ("shops", "create", "  "),
        ("shops", "create", "x" * 201),
        ("shops", "policy", "l9", "permitir"),
        ("shops", "policy", "matriz", "permitir"),
    ],
)
def test_a_shop_that_will_not_do(almoxarife: Almoxarife, arguments: tuple[str, ...]) -> None:
    assert_refused(almoxarife(*arguments))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "create-admin", "Carla"),
        ("users", "reset-password", NAME),
        ("shops", "create", "Filial"),
        ("shops", "policy", "l1", "permitir"),
        ("rotate-key",),
        ("migrate",),
    ],
)
def test_what_writes_is_refused_while_a_server_runs(
    server: Server, almoxarife: Almoxarife, arguments: tuple[str, ...]
) -> None:
    whose, remedy = "Outro servidor do Almoxarife já usa a pasta", "pare-o antes com almoxarife stop"
    assert_refused(almoxarife(*arguments), whose, server.url, remedy)


def test_shops_are_listed_while_a_server_runs(server: Server, almoxarife: Almoxarife) -> None:
    assert_done(almoxarife("shops", "list"), "Matriz")


def test_a_new_key_signs_and_the_old_one_is_still_accepted(
    make_server: MakeServer, almoxarife: Almoxarife, data: Path
) -> None:
    key_file = data / "chave-secreta.txt"
    (old,) = key_file.read_text().split()

    assert_done(almoxarife("rotate-key"), "Chave trocada")

    new, kept = key_file.read_text().split()
    assert kept == old != new
    server = make_server(data).start()
    with server.client() as ana:
        assert ana.get("/produtos").status == 200
        old_token, _ = ana.token, ana.log_in()
        new_token = ana.token
    server.stop()

    # Without the old key the old token is dead, and the new one lives: it was signed by the new key.
    key_file.write_text(new)
    server.start()
    with server.client() as ana:
        assert ana.get("/produtos", Authorization=f"Bearer {old_token}").status == 401
        assert ana.get("/produtos", Authorization=f"Bearer {new_token}").status == 200


def test_a_key_in_a_variable_is_changed_there(almoxarife: Almoxarife) -> None:
    assert_refused(almoxarife("rotate-key", SECRET_KEY="a" * 40), "ALMOXARIFE_SECRET_KEY")


def test_a_file_that_another_program_holds_is_named_in_a_sentence(
    almoxarife: Almoxarife, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, where a virus scanner or a cloud's program may have it open."""
    key_file = data / "chave-secreta.txt"
    before = key_file.read_text()
    replace = os.replace

    def refuse(path: Path, target: Path) -> None:
        if Path(target) != key_file:
            return replace(path, target)
        held = PermissionError(errno.EACCES, "Acesso negado", str(path), None, str(target))
        held.winerror = 32  # type: ignore[attr-defined]
        raise held

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(files, "TIMEOUT_S", 0)

    refused = almoxarife("rotate-key")

    assert_refused(refused, f"{key_file} não pôde ser lido ou gravado", "em uso por outro programa", "Feche outros")
    assert key_file.read_text() == before
