"""``almoxarife demo``: a chain of shops to try everything with."""

from decimal import Decimal

import click

from almoxarife import brazil
from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.data_directory.secret_keys import cpf_key
from almoxarife.server.errors import StartupError
from almoxarife.server.operations import demo as demonstration
from almoxarife.server.operations.commands.database import writing
from almoxarife.server.settings import Settings
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import sales_totals

PASSWORD_ON_LOOPBACK = "1234"  # noqa: S105  # only used on loopback, and printed


@click.command(help="Carrega redes, lojas, pessoas e vendas de demonstração num banco de dados vazio.")
@click.option("--senha", "password", metavar="SENHA", help="A de todas as pessoas; só neste computador, 1234.")
def demo(password: str | None) -> None:
    settings = Settings.from_environment()
    if password is None and not settings.is_loopback:
        raise StartupError("Outros computadores alcançam este servidor: escolha uma senha com --senha SENHA")
    hash_password = demonstration.hash_for(password or PASSWORD_ON_LOOPBACK, is_local=settings.is_loopback)
    with writing() as session:
        people = demonstration.load(
            session, cpf_key=CpfKey(cpf_key(settings)), zone=settings.timezone, hash_password=hash_password
        )
    shops = sum(map(len, demonstration.CHAINS.values()))
    print(
        f"{len(demonstration.CHAINS)} redes, {shops} lojas, {len(people)} pessoas, {len(demonstration.SALES)} vendas."
    )
    for person in people:
        print(f"{person.full_name}\t{person.username}\t{person.cpf}\t{person.role}")
    print(f"Senha de todos: {PASSWORD_ON_LOOPBACK if password is None else 'a que você escolheu'}.")
    total = sum((Decimal(reais) for _, _, _, reais in demonstration.SALES), Decimal(0))
    print(f"No total, {brazil.format_money(total)} em vendas de 2023.")


@click.command("rebuild-totals", help="Refaz, a partir das vendas, as somas de que os totais são lidos.")
def rebuild_totals() -> None:
    with writing() as session:
        sales_totals.rebuild(raw(session), Settings.from_environment().timezone)
    print("Somas das vendas refeitas.")
