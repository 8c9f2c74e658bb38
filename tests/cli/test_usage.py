"""Commands that are unknown, incomplete or asked about: in Portuguese, and with their exit codes."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from almoxarife.build import name_build
from almoxarife.server.operations.commands import main
from almoxarife.server.operations.commands.arguments import help_in_portuguese
from almoxarife.server.upkeep.migrations import HEAD
from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.server import processes


@pytest.mark.parametrize(
    "arguments",
    [
        ("vender",),
        ("backup",),
        ("backup", "a", "b"),
        ("backup", "--nunca", "a"),
        ("users",),
        ("users", "remove", "Ana"),
        ("shops", "policy", "l1", "talvez"),
    ],
)
def test_a_wrong_command(almoxarife: Almoxarife, arguments: tuple[str, ...]) -> None:
    assert_refused(almoxarife(*arguments), "Veja as opções com: ", "--help")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("vender",), "Não existe o comando “vender”. Existem: audit, backup, check, "),
        (("users", "remove", "Ana"), "Não existe o comando “remove”. Existem: create-admin, reset-password."),
        (("users",), "Falta o comando. Existem: create-admin, reset-password."),
        (("backup",), "Diga o ARQUIVO ou, com --into, a pasta: um dos dois."),
        (("backup", "a", "b"), "“b” está sobrando."),
        (("backup", "--nunca", "a"), "Não existe a opção “--nunca”. Existem: --into, --documentos, --force."),
        (("shops", "policy", "l1", "talvez"), "“talvez” não serve em bloquear|permitir. Pode ser: bloquear, permitir."),
        (("cluster", "kill", "n1", "foo"), "“foo” não serve em PARTE. Pode ser: postgres, etcd, "),
        (("cluster", "kill"), "Falta NÓ."),
        (("cluster", "cut", "n1", "rede"), "“rede” não serve em nos. Pode ser: nos."),
        (("logs", "prune", "--days", "x"), "“x” não serve em --days. Pode ser: de 1 a 3650."),
        (("logs", "prune", "--days", "0"), "“0” não serve em --days. Pode ser: de 1 a 3650."),
        (("backup", "--into"), "Falta o valor da opção “--into”."),
        (("backup", "--force=sim", "a"), "A opção “--force” fica sem valor."),
    ],
)
def test_what_is_wrong_is_named_and_what_would_be_right(
    almoxarife: Almoxarife, arguments: tuple[str, ...], told: str
) -> None:
    assert_refused(almoxarife(*arguments), told, "--help")


@pytest.mark.parametrize("arguments", [("--into",), ("--force=sim", "a"), ("--nunca",), ("a", "b"), ()])
def test_the_help_that_is_named_is_that_of_the_command(almoxarife: Almoxarife, arguments: tuple[str, ...]) -> None:
    assert_refused(almoxarife("backup", *arguments), "backup --help")


def test_a_wrong_setting(almoxarife: Almoxarife) -> None:
    assert_refused(almoxarife("check", PORT="80x"), "ALMOXARIFE_PORT='80x' não é um número de porta")
    assert_refused(almoxarife("check", READ_URL="replica.loja"), "não é o endereço de uma réplica")


@pytest.mark.sqlite
def test_a_replica_of_nothing(almoxarife: Almoxarife) -> None:
    told = almoxarife("check", READ_URL="postgresql://replica.loja/almoxarife")
    assert_refused(told, "defina também ALMOXARIFE_DATABASE_URL")


def test_help_names_every_command(almoxarife: Almoxarife) -> None:
    commands = (
        "serve",
        "stop",
        "migrate",
        "backup",
        "restore",
        "check",
        "rotate-key",
        "users",
        "shops",
        "audit",
        "keys",
        "logs",
        "serve-logs",
    )
    assert_done(almoxarife("--help"), *commands)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--help",), "Carrega redes, lojas, pessoas e vendas de demonstração num banco de dados vazio."),
        (("keys", "--help"), "Registra na trilha a chave NOME, cujo arquivo foi"),
        (("logs", "prune", "--help"), "[de 1 a 3650; obrigatório]"),
        (("backup", "--help"), "Mostra esta ajuda."),
    ],
)
def test_help_is_in_portuguese_and_whole(almoxarife: Almoxarife, arguments: tuple[str, ...], told: str) -> None:
    done = almoxarife(*arguments)

    assert_done(done)
    text = " ".join(done.stdout.split())
    assert told in text
    assert text.startswith("Uso: ")
    assert text.replace("[DADOS]...", "").count("...") == 0, "cut"


def every_command(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from every_command(below)


def test_no_help_has_a_foreign_word() -> None:
    help_in_portuguese(main.commands)
    for command in every_command(main.commands):
        text = command.get_help(command.context_class(command))
        assert "Mostra esta ajuda." in text
        for foreign in ("Usage", "OPTIONS", "COMMAND", "ARGS", "Options:", "Commands:", "Show ", "required", "default"):
            assert foreign not in text, command.name
        assert "<=" not in text, command.name


def test_the_version_and_the_schema_are_printed(almoxarife: Almoxarife) -> None:
    assert_done(almoxarife("--version"), f"Almoxarife {name_build()}, esquema {HEAD}")


@pytest.mark.sqlite
def test_a_second_migrate_changes_nothing(almoxarife: Almoxarife, tmp_path: object) -> None:
    empty = f"{tmp_path}/novo"

    assert_done(almoxarife("migrate", DATA_DIR=empty), "Banco de dados atualizado.")
    assert_done(almoxarife("migrate", DATA_DIR=empty), "O banco de dados já está atualizado.")


def test_as_a_program_of_its_own(data: Path) -> None:
    assert_done(processes.almoxarife("check", data=data), "0 diferenças")
    assert_refused(processes.almoxarife("vender", data=data), "Veja as opções com: ", "--help")
