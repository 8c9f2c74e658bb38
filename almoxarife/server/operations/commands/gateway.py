"""``almoxarife gateway``: runs nginx in the foreground; ``gateway render`` only writes its configuration."""

import sys
from pathlib import Path

import click

from almoxarife.server.gateway import configuration, declaration
from almoxarife.server.settings import GATEWAY, Settings


@click.group(
    help="Inicia a porta de entrada (nginx) com as configurações de agora; Ctrl+C a encerra.",
    invoke_without_command=True,
)
@click.pass_context
def gateway(context: click.Context) -> int | None:
    if context.invoked_subcommand is not None:
        return None
    from almoxarife.server.operations import gateway_process

    settings = Settings.from_environment()
    return gateway_process.run(settings, _prepare(settings, settings.data_dir / GATEWAY))


@gateway.command(help="Só escreve a configuração do nginx na pasta DIR, e diz ao servidor que confie nela.")
@click.option("--out", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Se não disser, junto dos dados.")
def render(folder: Path | None) -> None:
    settings = Settings.from_environment()
    path = _prepare(settings, (folder or settings.data_dir / GATEWAY).absolute())
    print(f"Configuração gravada em {path}.")


def _prepare(settings: Settings, folder: Path) -> Path:
    is_unknown = declaration.declare(settings)
    path = configuration.render(settings, folder)
    if is_unknown:
        print(
            "Atenção: se o servidor já está no ar, reinicie-o: só assim ele confia nesta porta de entrada "
            "e recebe o registro dela.",
            file=sys.stderr,
        )
    for far in declaration.list_far_servers(settings):
        print(
            f"No servidor {far}, defina ALMOXARIFE_TRUSTED_PROXIES={declaration.find_source(far)} e reinicie-o.",
            file=sys.stderr,
        )
    return path
