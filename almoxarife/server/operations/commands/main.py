"""``almoxarife``: the commands for the person who looks after the machine.

Reading commands work beside a running server. Those that write to a file take the data
directory's lock, so the server must be closed: it would not see what they changed. On
PostgreSQL every server sees it.
"""

import sys
from contextlib import closing
from datetime import datetime, tzinfo
from pathlib import Path

import click
from sqlalchemy.orm import Session

from almoxarife import brazil, files, sidecars
from almoxarife.build import name_build
from almoxarife.server.accounts import passwords
from almoxarife.server.accounts import service as accounts
from almoxarife.server.accounts.registration import service as registration
from almoxarife.server.audit import sealing
from almoxarife.server.audit import service as trail
from almoxarife.server.audit.checking import Topic, shorten
from almoxarife.server.audit.checking import check as check_all
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog.service import list_shared_codes
from almoxarife.server.data_directory import folder, lock, stop_request
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import AlmoxarifeError, StartupError, StoreUnavailable, UserNotFound, reason_of
from almoxarife.server.ids import IdKind
from almoxarife.server.operations import serving
from almoxarife.server.operations.commands.arguments import (
    TypedPath,
    WrongUse,
    explain_usage,
    find_documents,
    help_in_portuguese,
)
from almoxarife.server.operations.commands.audit import audit
from almoxarife.server.operations.commands.cluster import cluster
from almoxarife.server.operations.commands.database import RECOVER, opened, reading, recording, writing
from almoxarife.server.operations.commands.gateway import gateway
from almoxarife.server.operations.commands.keys import keys, rotate_key
from almoxarife.server.operations.commands.logs import logs, serve_logs
from almoxarife.server.operations.commands.sales import demo, rebuild_totals
from almoxarife.server.operations.commands.terminal import terminal, terminal_server
from almoxarife.server.operations.commands.version import version
from almoxarife.server.operations.typed_commands import as_typed_here, find_program, report
from almoxarife.server.settings import Settings
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.stores import service as stores
from almoxarife.server.upkeep import backups, migrations, preparation
from almoxarife.wire.fields import NewUsername, ShopName, Username
from almoxarife.wire.model import Request


def main() -> int:
    """Run one command; returns the exit code: 0 done, 1 a check has found something, 2 the command failed."""
    help_in_portuguese(commands)
    try:
        result = commands.main(prog_name=find_program(), standalone_mode=False)
    except click.exceptions.Abort:
        print("Interrompido.", file=sys.stderr)
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else find_program()
        print(f"{explain_usage(error)} Veja as opções com: {path} --help", file=sys.stderr)
        return 2
    except (AlmoxarifeError, OSError) as error:
        report(files.explain(error))
        return 2
    return result if isinstance(result, int) else 0


@click.group(help="Almoxarife: estoque e vendas de uma pequena rede de lojas.")
@click.version_option(name_build(), message=f"Almoxarife %(version)s, esquema {migrations.HEAD}")
def commands() -> None:
    pass


@commands.command(help="Inicia o servidor (o mesmo que python api.py).")
def serve() -> None:
    serving.main()


@commands.command(help="Para o terminal e o servidor deste computador, depois de responder a quem espera.")
def stop() -> None:
    data_dir = Settings.from_environment().data_dir
    # The terminal first: it sends its queued sales and logs its users out.
    ended, left = sidecars.end_all(data_dir)
    if ended:
        print("Terminal de texto parado.")
    if left:
        print("O terminal de texto ainda não parou. Feche a janela dele.")
    if stop_request.stop_server(data_dir):
        print("Servidor parado. Tudo o que foi confirmado está guardado.")
    else:
        print(f"Nenhum servidor está no ar com os dados de {data_dir}.")


@commands.command(help="Cria ou atualiza o banco de dados sem iniciar o servidor.")
@click.option("--novo", "anew", is_flag=True, help="Começa do zero, sem os dados de antes, onde o banco sumiu.")
def migrate(*, anew: bool) -> None:
    settings = Settings.from_environment()
    with preparation.sole_use(settings):
        is_changed = preparation.prepare_database(settings, anew=anew)
        with closing(preparation.open_database(settings)) as database:
            for sentence in sealing.repair_and_seal(database, ServiceKeys.of(settings).list_hashes()):
                print(as_typed_here(sentence))
    print("Banco de dados atualizado." if is_changed else "O banco de dados já está atualizado.")


# --- care of the data -------------------------------------------------------------------


@commands.command(help="Copia o banco de dados para ARQUIVO, com o servidor aberto ou não.")
@click.argument("file", metavar="ARQUIVO", required=False, type=TypedPath())
@click.option("--into", "place", metavar="PASTA", type=TypedPath(), help="Dá à cópia o nome da hora.")
@click.option("--documentos", "in_documents", is_flag=True, help="O mesmo, na pasta Documentos deste usuário.")
@click.option("--force", is_flag=True, help="Substitui o arquivo se ele já existir.")
def backup(file: Path | None, place: Path | None, in_documents: bool, force: bool) -> None:
    if in_documents and place is None:
        place = find_documents()
    if file is not None and place is None:
        target = file
    elif place is not None and file is None:
        target = place / f"almoxarife-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.db"
    else:
        raise WrongUse("Diga o ARQUIVO ou, com --into, a pasta: um dos dois.", ctx=click.get_current_context())
    path = _require_file(Settings.from_environment(), "Copie-os com: pg_dump --format=custom --file=ARQUIVO BANCO")
    if not path.exists():
        raise StartupError(f"Ainda não há dados em {path}. Confira ALMOXARIFE_DATA_DIR.")
    with preparation.at_hand(path) as source:
        preparation.require_own_log(source)
        backups.backup(sqlite.path_of(source), target, overwrite=force, record=_record_backup)
    print(f"Cópia conferida e gravada em {target}.")


def _record_backup(name: str) -> None:
    """Record the backup. It must not fail because the audit entry cannot be written: the disk may be failing."""
    try:
        with recording(Tag.BACKUP_MADE, cause=f"{name}, almoxarife backup"):
            pass
    except AlmoxarifeError as error:
        report(f"Atenção: a cópia não ficou na trilha de auditoria. {error}")


@commands.command(help="Põe a cópia ARQUIVO no lugar do banco de dados; o servidor deve estar fechado.")
@click.argument("file", metavar="ARQUIVO", type=TypedPath())
@click.option("--force", is_flag=True, help="Troca o banco que já existe; ele fica guardado ao lado.")
@click.option("--accept-broken-audit", is_flag=True, help="Aceita uma cópia cuja trilha de auditoria foi alterada.")
def restore(file: Path, force: bool, accept_broken_audit: bool) -> None:
    settings = Settings.from_environment()
    target = _require_file(settings, "Recupere-os com: pg_restore --dbname=BANCO ARQUIVO")

    def receive(copy: Path) -> None:
        if (migrations.find_revision(copy) or "") > migrations.HEAD:
            raise StartupError(f"A cópia {file} é de uma versão mais nova do Almoxarife. Instale a versão mais nova.")
        migrations.migrate(copy, backs_up=False)
        with closing(Database.open(copy)) as database:
            _require_shape(database)
            if not accept_broken_audit:
                _verify_backup(database)
            sealing.repair_and_seal(database, ServiceKeys.of(settings).list_hashes())
            with database.transaction() as session:
                trail.record(session, Tag.BACKUP_RESTORED, cause=backups.name_in_trail(file))
        found.append(_describe_backup(backups.read_content(copy, COPIED), settings.timezone))

    found: list[str] = []
    folder.prepare(settings.data_dir)
    with preparation.sole_use_elsewhere(settings):
        flaw = backups.find_flaw(file)
        kept = backups.restore(file, settings.data_dir, target=target, force=force, receive=receive)
    if flaw:
        report(
            f"Atenção: {flaw} Talvez faltem nela as últimas mudanças, ou todas: confira o que há. "
            "Se o banco ainda existir, copie-o com: almoxarife backup ARQUIVO"
        )
    print(f"Cópia {file} recuperada: {found[0]}." + (f" O banco anterior ficou em {kept}." if kept else ""))


def _require_shape(database: Database) -> None:
    """Raises StartupError if tables or columns are missing."""
    with database.reading() as session:
        missing = preparation.list_shape_faults(session)
    if missing:
        raise StartupError(f"A cópia está incompleta: {'; '.join(missing)}. Escolha outra cópia.")


def _describe_backup(content: backups.Content, zone: tzinfo) -> str:
    counts = ", ".join(f"{brazil.format_number(number)} {COPIED[table]}" for table, number in content.rows.items())
    last = content.last_movement
    return counts if last is None else f"{counts}; última movimentação em {brazil.format_datetime(last, zone)}"


def _verify_backup(database: Database) -> None:
    """Raises StartupError if a check fails."""
    with database.reading() as session:
        # Triggers are recreated afterwards (``sealing.repair_and_seal``).
        found = next((found for found in check_all(session) if found.topic is not Topic.TRIGGERS), None)
    if found is not None:
        raise StartupError(
            f"A cópia não confere. {found.sentence} "
            "Escolha outra cópia, ou aceite esta assim mesmo com --accept-broken-audit"
        )


def _require_file(settings: Settings, instead: str) -> Path:
    path_or_url = preparation.path_or_url_of(settings)
    if not isinstance(path_or_url, Path):
        raise StartupError(f"Os dados estão no PostgreSQL, que tem cópias próprias. {instead}")
    return path_or_url


@commands.command("copy", help="Leva os dados do arquivo ORIGEM (sqlite:///…) para o DESTINO vazio (postgresql://…).")
@click.argument("source", metavar="ORIGEM")
@click.argument("target", metavar="DESTINO")
def copy_to_server(source: str, target: str) -> None:
    if is_server(source) or not is_server(target):
        raise StartupError(
            "A cópia vai de um arquivo para o PostgreSQL: almoxarife copy sqlite:///caminho/almoxarife.db postgresql://…"
        )
    from almoxarife.server.upkeep import to_postgresql

    path = sqlite.path_of(source)
    with lock.DirectoryLock.acquire(path.parent):
        numbers = to_postgresql.copy(path, target, verify=_require_sound)
    shown = ", ".join(f"{brazil.format_number(numbers[table])} {name}" for table, name in COPIED.items())
    print(f"Cópia conferida linha por linha: {shown}.")
    print("Para usá-la, defina ALMOXARIFE_DATABASE_URL e inicie o servidor com a mesma pasta de dados.")


COPIED = {
    "users": "pessoas",
    "products": "produtos",
    "movements": "movimentações",
    "sales": "vendas",
    "audit_entries": "registros da trilha",
}


def _require_sound(session: Session) -> None:
    """Raises StartupError: a database with findings must be repaired before it is copied to another."""
    if next(iter(check_all(session)), None) is not None:
        raise StartupError("Os dados não conferem. Veja o que há com: almoxarife check. Nada foi gravado no destino.")


@commands.command(
    help="Confere tudo com tudo: banco, movimentações, vendas, saldos, pessoas, produtos e trilha de auditoria."
)
def check() -> int:
    settings = Settings.from_environment()
    number, is_file = 0, isinstance(preparation.path_or_url_of(settings), Path)
    try:
        with reading(settings) as (database, session):
            faults = [f"Banco danificado: {fault}" for fault in database.list_faults(session)]
            faults += [RECOVER] if faults and is_file else []
            faults = faults or [f"No banco de dados {fault}" for fault in preparation.list_shape_faults(session)]
            # In a damaged file all other checks are meaningless.
            for sentence in faults or shorten(check_all(session, ServiceKeys.of(settings).list_hashes())):
                print(as_typed_here(sentence), flush=True)
                number += 1
            # Nothing is wrong with the data: somebody has to say which product has the code.
            for shared in [] if faults else list_shared_codes(session):
                print(f"Decida: {shared.sentence}", flush=True)
    except StoreUnavailable as error:
        if not is_file:
            raise
        raise StartupError(
            f"O banco de dados em {settings.data_dir} está danificado ou não pôde ser lido ({reason_of(error)}). "
            + RECOVER
        ) from error
    if number:
        return 1
    print(
        "Tudo certo: banco íntegro, 0 diferenças entre movimentações, vendas, saldos, pessoas, produtos e a trilha,"
        " trilha de auditoria inteira."
    )
    return 0


for command in (
    audit,
    cluster,
    demo,
    gateway,
    keys,
    logs,
    rebuild_totals,
    rotate_key,
    serve_logs,
    terminal,
    terminal_server,
    version,
):
    commands.add_command(command)


# --- people and shops -------------------------------------------------------------------


@commands.group(help="Contas de pessoas.")
def users() -> None:
    pass


class _UserName(Request):
    name: Username


class _NewUserName(Request):
    name: NewUsername


class _ShopName(Request):
    name: ShopName


@users.command("create-admin", help="Cria um administrador NOME com senha temporária.")
@click.argument("name", metavar="NOME")
def create_admin(name: str) -> None:
    username = _read(_NewUserName, name)
    password = passwords.generate_temporary_password()
    password_hash = passwords.hash_password(password)
    with writing() as session:
        user = registration.create_administrator(session, username, password_hash)
    _show_password(user.username, password)


@users.command("reset-password", help="Dá uma senha temporária a NOME e encerra as sessões dele.")
@click.argument("name", metavar="NOME")
def reset_password(name: str) -> None:
    password = passwords.generate_temporary_password()
    password_hash = passwords.hash_password(password)
    with writing() as session:
        found = accounts.find_by_name(session, _read(_UserName, name))
        if found is None:
            raise UserNotFound(f"Não há usuário com o nome “{name}”.")
        user = accounts.reset_password(session, found.id, password_hash, by=None)
    _show_password(user.username, password)


def _read(model: type[_UserName | _NewUserName | _ShopName], name: str) -> str:
    from pydantic import ValidationError

    from almoxarife.wire.problem import explain

    try:
        return model(name=name).name
    except ValidationError as error:
        raise StartupError(explain(error, model)[0].message) from None


def _show_password(username: str, password: str) -> None:
    days = Settings.from_environment().temporary_password_days
    print(
        f"Usuário: {username}\nSenha temporária: {password}\nNo próximo acesso o programa pede uma senha nova."
        f" A temporária vale por {f'{days} dias' if days > 1 else '1 dia'}."
    )


@commands.group(help="Lojas.")
def shops() -> None:
    pass


@shops.command("list", help="Mostra as lojas e se o saldo delas pode ficar negativo.")
def list_shops() -> None:
    with opened(Settings.from_environment()) as database, database.reading() as session:
        for shop in stores.list_shops(session):
            print(f"{IdKind.SHOP.to_wire(shop.id)}\t{shop.name}\t{shop.policy}")


@shops.command("create", help="Cria a loja NOME.")
@click.argument("name", metavar="NOME")
def create_shop(name: str) -> None:
    name = _read(_ShopName, name)
    with writing() as session:
        shop = stores.create_shop(session, name)
    print(f"Loja “{shop.name}” criada com o código {IdKind.SHOP.to_wire(shop.id)}.")


@shops.command("policy", help="Diz se a LOJA (por exemplo l1) deve bloquear ou permitir saldo negativo.")
@click.argument("shop_id", metavar="LOJA")
@click.argument(
    "policy", metavar="bloquear|permitir", type=click.Choice([policy.value for policy in stores.StockPolicy])
)
def set_policy(shop_id: str, policy: str) -> None:
    number = IdKind.SHOP.find_number(shop_id) or 0
    with writing() as session:
        shop = stores.set_policy(session, number, stores.StockPolicy(policy))
    print(f"Loja {shop.name}: {shop.policy} saldo negativo.")


if __name__ == "__main__":
    sys.exit(main())
