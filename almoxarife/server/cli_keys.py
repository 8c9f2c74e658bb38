"""``almoxarife keys``: what other programs show to be let in. Works beside a running server."""

import click

from almoxarife import brazil
from almoxarife.server.audit.tags import Tag
from almoxarife.server.cli_database import recording
from almoxarife.server.programs import ServiceKeys
from almoxarife.server.settings import Settings


@click.group(help="Chaves de serviço, para outros programas.")
def keys() -> None:
    pass


def _open() -> ServiceKeys:
    return ServiceKeys(Settings.from_environment().data_dir)


@keys.command(help="Cria a chave NOME e a mostra uma única vez.")
@click.argument("name", metavar="NOME")
def create(name: str) -> None:
    with recording(Tag.SERVICE_KEY_CREATED, cause=name[:100]):
        key = _open().create(name)
    print(f"Chave: {key}\nGuarde-a agora: ela não será mostrada de novo.")


@keys.command("list", help="Mostra os nomes das chaves e quando foram criadas.")
def list_keys() -> None:
    zone = Settings.from_environment().timezone
    for key in _open().list_keys():
        print(f"{key.name}\t{brazil.format_datetime(key.created_at, zone)}")


@keys.command(help="Revoga a chave NOME: ela deixa de valer na hora.")
@click.argument("name", metavar="NOME")
def revoke(name: str) -> None:
    with recording(Tag.SERVICE_KEY_REVOKED, cause=name[:100]):
        _open().revoke(name)
    print(f"Chave {name} revogada.")
