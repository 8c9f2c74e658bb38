"""``almoxarife version``: prints the version; compares it with a package and updates."""

import sys
from pathlib import Path

import click

from almoxarife.build import name_build
from almoxarife.files import quote_path
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.commands.arguments import TypedPath
from almoxarife.server.operations.updating import archives, installed
from almoxarife.server.operations.updating.archives import Archive
from almoxarife.server.operations.updating.installed import Release
from almoxarife.server.operations.updating.upgrade import upgrade
from almoxarife.server.settings import Settings
from almoxarife.server.upkeep import migrations


@click.command(help="Diz qual é a versão; com --check, se um pacote traz uma mais nova, e atualiza o programa.")
@click.option(
    "--check",
    "folder",
    metavar="PASTA",
    type=TypedPath(),
    help="Compara com o pacote Almoxarife-….zip de uma pasta, por exemplo um pendrive.",
)
@click.option("--update", is_flag=True, help="Com --check: atualiza sem perguntar.")
def version(folder: Path | None, update: bool) -> int:
    if folder is None:
        if update:
            raise StartupError("Diga onde está o pacote novo: version --check PASTA --update")
        print(f"Almoxarife {name_build()}, esquema {migrations.HEAD}")
        return 0
    archive = archives.find_newest(folder)
    own = installed.own_release()
    print(f"Este é o Almoxarife {own.name}. O pacote {archive.path.name} traz o {archive.release.name}.")
    if not archive.release.is_newer_than(own):
        print("É a mesma versão." if archive.release.name == own.name else "Este é mais novo: não há o que atualizar.")
        return 0
    print(f"Pacote conferido, SHA-256 {archives.verify(archive)}.")
    return _offer(archive, own, is_wanted=update)


def _offer(archive: Archive, own: Release, *, is_wanted: bool) -> int:
    ours = installed.find()
    if ours is None:
        print("Este programa não veio de um pacote: extraia o novo numa pasta e abra-o lá. Os dados são os mesmos.")
        return 1
    if not is_wanted and not _ask():
        place = quote_path(str(archive.path.parent))
        print(f"Para atualizar: start_sistema_completo.bat version --check {place} --update")
        return 1
    upgrade(ours, archive, Settings.from_environment(), say=lambda sentence: print(sentence, flush=True))
    print(f"Atualizado: do Almoxarife {own.name} para o {archive.release.name}. Feche e abra de novo as janelas.")
    return 0


def _ask() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    return input("Atualizar agora? O servidor para por um ou dois minutos. [s/N] ").strip().lower() in {"s", "sim"}
