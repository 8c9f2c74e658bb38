"""``almoxarife audit``: verifies the audit trail, and shows its head. Works beside a running server."""

import click

from almoxarife import brazil
from almoxarife.server.audit import service as trail
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.commands.database import reading
from almoxarife.server.operations.typed_commands import as_typed_here
from almoxarife.server.settings import Settings


@click.group(help="Trilha de auditoria: quem fez o quê.")
def audit() -> None:
    pass


@audit.command(help="Confere a trilha inteira e diz qual é o primeiro registro alterado, retirado ou inserido.")
@click.option("--since", "kept", metavar="CABEÇA", help="Confere também com uma cabeça guardada fora deste computador.")
def verify(kept: str | None) -> int:
    since = None if kept is None else trail.Link.parse(kept)
    with reading(Settings.from_environment()) as (_, session):
        verdict = trail.verify_trail(session, since)
    if verdict.fault is not None:
        print(verdict.fault.sentence)
        return 1
    print(f"Trilha inteira: {brazil.format_number(verdict.head.id)} registros conferidos.")
    print(as_typed_here("Para conferir se os dados são os que ela registrou: almoxarife check"))
    return 0


@audit.command(help="Mostra a cabeça da trilha, para guardar fora deste computador.")
def head() -> None:
    with reading(Settings.from_environment()) as (_, session):
        found = trail.find_head(session)
    if not found.id:
        raise StartupError("A trilha ainda está vazia.")
    print(found)
