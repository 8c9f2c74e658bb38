"""``almoxarife keys``: the service keys of other programs, and the server's own keys. Works beside a running server."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import click

from almoxarife import brazil
from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.audit import settings_in_force
from almoxarife.server.audit.tags import Tag
from almoxarife.server.data_directory import secret_keys
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import StartupError
from almoxarife.server.identity import Purpose
from almoxarife.server.operations.commands.database import opened, recording, require_current
from almoxarife.server.settings import Settings, parse_zone
from almoxarife.server.upkeep import preparation

T = TypeVar("T")


@click.group(help="Chaves de serviço, para outros programas.")
def keys() -> None:
    pass


def _open() -> ServiceKeys:
    return ServiceKeys.of(Settings.from_environment())


@keys.command(help="Cria a chave NOME, que só abre aquilo para que foi feita, e a mostra uma única vez.")
@click.argument("name", metavar="NOME")
@click.option(
    "--para",
    "purposes",
    metavar=",".join(Purpose),
    default=Purpose.LOG.value,
    show_default=True,
    help="O que ela abre: log, escrever registros; users, as pessoas de outro programa; useradd, contas em lote.",
)
@click.option("--zone", metavar="FUSO", help="Fuso dos horários que o programa manda sem fuso, por exemplo UTC.")
def create(name: str, purposes: str, zone: str | None) -> None:
    wanted = _read("--para", purposes, _parse_purposes)
    of_its_times = _read("--zone", zone, parse_zone) if zone is not None else None
    keys = _open()
    covered = partial(keys.find_hash, name)  # called after the key's file was written
    with recording(Tag.SERVICE_KEY_CREATED, subject=_join(wanted), cause=name[:100], row_hash=covered):
        key = keys.create(name, wanted, zone=of_its_times)
    print(f"Chave: {key}\nGuarde-a agora: ela não será mostrada de novo.")


def _read(option: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise StartupError(f"{option}={text!r} {error}") from None


def _parse_purposes(text: str) -> frozenset[Purpose]:
    try:
        return frozenset(Purpose(part.strip()) for part in text.split(","))
    except ValueError:
        raise ValueError(f"não diz para que é a chave. Use {', '.join(Purpose)}, ou vários com vírgula.") from None


def _join(purposes: frozenset[Purpose]) -> str:
    return ",".join(purpose for purpose in Purpose if purpose in purposes)


@keys.command(help="Registra na trilha a chave NOME, cujo arquivo foi trazido para a pasta das chaves.")
@click.argument("name", metavar="NOME")
def accept(name: str) -> None:
    keys = _open()
    purposes = _join(keys.find_by_name(name).purposes)
    with recording(Tag.SERVICE_KEY_CREATED, subject=purposes, cause=name[:100], row_hash=lambda: keys.find_hash(name)):
        pass
    print(f"Chave {name} registrada: abre {purposes}.")


@keys.command("list", help="Mostra as chaves: nome, quando foi criada, o que abre e o fuso.")
def list_keys() -> None:
    zone = Settings.from_environment().timezone
    for key in _open().list_keys():
        made = brazil.format_datetime(key.created_at, zone)
        print("\t".join((key.name, made, _join(key.purposes), *([key.zone.key] if key.zone else []))))


@keys.command(help="Revoga a chave NOME: ela deixa de valer na hora.")
@click.argument("name", metavar="NOME")
def revoke(name: str) -> None:
    with recording(Tag.SERVICE_KEY_REVOKED, cause=name[:100]):
        _open().revoke(name)
    print(f"Chave {name} revogada.")


@keys.command("accept-cpf-key", help="Aceita a chave dos CPFs que está na pasta de dados, quando a anterior se perdeu.")
def accept_cpf_key() -> None:
    settings = Settings.from_environment()
    mark = CpfKey(secret_keys.cpf_key(settings)).mark
    require_current(preparation.path_or_url_of(settings))
    with opened(settings) as database, database.transaction() as session:
        settings_in_force.keep_cpf_mark(session, mark)
    print("Chave dos CPFs aceita. Quem entrava pelo CPF entra agora pelo nome de usuário.")


@click.command("rotate-key", help="Troca a chave que assina as sessões; as abertas valem até vencer.")
def rotate_key() -> None:
    settings = Settings.from_environment()
    with preparation.sole_use(settings), recording(Tag.SIGNING_KEY_ROTATED):
        secret_keys.rotate_secret_key(settings)
    print("Chave trocada. A anterior ainda é aceita; apague a última linha do arquivo para encerrar tudo agora.")
