"""``almoxarife logs`` and ``serve-logs``: the log of all programs. Both work beside a running server."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

import click

from almoxarife.files import disk_reason
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import StartupError, StoreUnavailable, WriteFailed, cause_of, reason_of
from almoxarife.server.logs.entries import EntryFilter, EntryStore
from almoxarife.server.logs.export import stream_ecs
from almoxarife.server.logs.service import SqliteLogStore, open_store
from almoxarife.server.operations.commands.database import recording
from almoxarife.server.settings import Settings


@click.group(help="Registros de todos os programas.")
def logs() -> None:
    pass


@contextmanager
def _open() -> Iterator[EntryStore]:
    settings = Settings.from_environment()
    store = open_store(settings)
    where = "no PostgreSQL"
    if isinstance(store, SqliteLogStore):
        where = f"em {store.path}"
        if not store.path.exists():
            raise StartupError(f"Ainda não há registros {where}. Confira ALMOXARIFE_DATA_DIR.")
    try:
        yield store
    except (StoreUnavailable, WriteFailed) as error:
        cause = cause_of(error)
        reason = disk_reason(cause) if isinstance(cause, (OSError, sqlite3.Error)) else reason_of(error)
        raise StartupError(f"Os registros {where} não puderam ser lidos ou gravados ({reason}).") from error
    finally:
        store.close()


@logs.command(help="Apaga os registros com mais de N dias.")
@click.option("--days", metavar="N", type=click.IntRange(1, 3650), required=True)
def prune(days: int) -> None:
    before, removed = datetime.now(UTC) - timedelta(days=days), 0
    with _open() as store:
        with recording(Tag.LOGS_PRUNED, cause=f"mais de {days} dias"):
            pass  # recorded before it begins: it may take minutes, and must not hold the shop's write lock
        started = monotonic()
        while piece := store.prune(before):
            removed += piece
            # Pause as long as it took, so that programs can write to the log in between.
            sleep(min(1.0, max(0.01, monotonic() - started)))
            started = monotonic()
    print(f"{removed} registros apagados.")


@logs.command(help="Escreve os registros na saída, um objeto JSON por linha, do mais novo ao mais antigo.")
@click.option("--service", metavar="NOME", help="Só os deste serviço.")
@click.option("-q", "text", metavar="TEXTO", help="Só os que têm estas palavras.")
def export(service: str | None, text: str | None) -> None:
    with _open() as store:
        with recording(Tag.LOGS_EXPORTED):
            pass
        for page in stream_ecs(store, EntryFilter(service=service, text=text)):
            sys.stdout.buffer.write(page)
            sys.stdout.buffer.flush()


@click.command("serve-logs", help="Inicia só o serviço de registros, na porta 8003.")
@click.option("--port", metavar="PORTA", type=click.IntRange(1, 65535), default=8003)
def serve_logs(port: int) -> None:
    from almoxarife.server.operations import serving_logs

    serving_logs.main(port)
