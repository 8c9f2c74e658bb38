"""``keys``: what other programs show, made and revoked beside a running server."""

import os
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.server.processes import Server

MARIA = {"name": "Maria", "email": "maria@loja"}
ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}


def test_a_key_is_shown_once_works_at_once_and_dies_when_revoked(
    server: Server, almoxarife: Almoxarife, data: Path
) -> None:
    made = almoxarife("keys", "create", "Pedidos", "--para", "log,users", "--zone", "UTC")
    assert_done(made, "não será mostrada de novo")
    (key,) = re.findall(r"^Chave: (almx_\S{43})$", made.stdout, re.MULTILINE)

    with server.client() as program:
        program.token = key
        assert program.post("/users/", MARIA).status == 200
        assert program.get("/users/").status == 200
        listed = almoxarife("keys", "list")
        assert re.fullmatch(r"pedidos\t\d\d/\d\d/\d{4} \d\d:\d\d\tlog,users\tUTC\n", listed.stdout)
        assert_done(almoxarife("keys", "revoke", "pedidos"))
        assert program.get("/users/").code == "sessao-invalida"
    assert almoxarife("keys", "list").stdout == ""


def test_only_a_hash_is_kept_for_the_owner_alone(almoxarife: Almoxarife, data: Path) -> None:
    made = almoxarife("keys", "create", "pedidos")
    key = made.stdout.split()[1]
    (file,) = (data / "chaves-de-servico").iterdir()

    assert key not in file.read_text()
    assert key.removeprefix("almx_") not in file.read_text()
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["", "a b", "../x", "ação", "-a", "a.", "x" * 41, "a/b"])
def test_a_name_that_will_not_do(almoxarife: Almoxarife, name: str) -> None:
    assert_refused(almoxarife("keys", "create", "--", name), "não serve de nome")


def test_a_taken_and_an_unknown_name(almoxarife: Almoxarife) -> None:
    almoxarife("keys", "create", "pedidos")

    assert_refused(almoxarife("keys", "create", "PEDIDOS"), "Já existe uma chave")
    assert_refused(almoxarife("keys", "revoke", "outra"), "Não há chave")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--para", "tudo", "--para='tudo' não diz para que é a chave"),
        ("--para", "", "não diz para que é a chave"),
        ("--para", "log;users", "não diz para que é a chave"),
        ("--zone", "Lua/Tranquilidade", "--zone='Lua/Tranquilidade' não é um fuso horário"),
        ("--zone", "", "não é um fuso horário"),
    ],
)
def test_a_purpose_and_a_zone_that_are_none(almoxarife: Almoxarife, option: str, value: str, sentence: str) -> None:
    assert_refused(almoxarife("keys", "create", "pedidos", option, value), sentence)
    assert almoxarife("keys", "list").stdout == ""


def test_unless_it_says_so_a_key_is_for_the_log_alone(server: Server, almoxarife: Almoxarife) -> None:
    key = almoxarife("keys", "create", "pedidos").stdout.split()[1]

    with server.client() as program:
        program.token = key
        assert program.post("/log", ENTRY).status == 200
        assert program.get("/users/").code == "chave-para-outro-fim"


def change(data: Path, name: str, old: str, new: str) -> None:
    file = data / "chaves-de-servico" / f"{name}.json"
    file.write_text(file.read_text().replace(old, new))


def test_check_finds_a_key_that_was_changed_slipped_in_or_brought_back(almoxarife: Almoxarife, data: Path) -> None:
    folder = data / "chaves-de-servico"
    for name in ("um", "Dois", "tres"):
        assert_done(almoxarife("keys", "create", name))
    revoked = (folder / "um.json").read_bytes()
    assert_done(almoxarife("keys", "revoke", "um"))
    assert_done(almoxarife("check"))

    change(data, "dois", '"log"', '"users"')
    (folder / "um.json").write_bytes(revoked)
    (folder / "novo.json").write_bytes(revoked)

    found = almoxarife("check")
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout.splitlines() == [
        f"A chave de serviço {name} {wrong}. "
        f"Se ela é sua: almoxarife keys accept {name}; se não: almoxarife keys revoke {name}"
        for name, wrong in (
            ("dois", "não é a que a trilha registrou"),
            ("novo", "não está na trilha: surgiu sem registro"),
            ("um", "foi revogada e está de volta na pasta chaves-de-servico"),
        )
    ]

    assert_done(almoxarife("keys", "accept", "um"), "Chave um registrada: abre log.")
    assert almoxarife("check").stdout.splitlines() == found.stdout.splitlines()[:2]
    assert_done(almoxarife("keys", "revoke", "novo"))
    assert almoxarife("check").stdout.splitlines() == found.stdout.splitlines()[:1]


def test_a_key_that_was_there_before_the_shop_is_covered_by_its_first_start(
    almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    new = tmp_path / "nova"
    assert_done(almoxarife("keys", "create", "pedidos", DATA_DIR=str(new)))
    assert_done(almoxarife("migrate", DATA_DIR=str(new)))
    assert_done(almoxarife("check", DATA_DIR=str(new)))

    change(new, "pedidos", '"log"', '"users"')

    assert "A chave de serviço pedidos não é a que" in almoxarife("check", DATA_DIR=str(new)).stdout
