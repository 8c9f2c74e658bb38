"""``python api.py``: the server process, which locks the data directory and serves until it is told to stop.

granian's worker runs inside this process, not in a child, so that nothing is left listening however the
process dies. A start that fails ends with one sentence in Portuguese and exit code 2.
"""

import gc
import logging
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NoReturn, Protocol

from almoxarife import files
from almoxarife.build import name_build
from almoxarife.server.accounts import erasing
from almoxarife.server.accounts.limits.anonymous_attempts import RefusalLimit
from almoxarife.server.app import create_app, log_uncaught
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.clock import ClockJumpWatch
from almoxarife.server.context import Run, Services
from almoxarife.server.coordination.service import CoordinatorWatch
from almoxarife.server.data_directory import announcement, secret_keys, stop_request
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.intake.listening import BACKLOG, TLS_BACKLOG, bind, verify_certificate
from almoxarife.server.logs.service import GatewayReceiver, Traces, open_queue
from almoxarife.server.operations import console
from almoxarife.server.operations.http_servers import choose_server
from almoxarife.server.operations.log_lines import LogLines, configure_log
from almoxarife.server.operations.start_repairs import repair, tell_views_the_zone
from almoxarife.server.operations.stopping import stop_with_windows
from almoxarife.server.operations.typed_commands import report
from almoxarife.server.operations.updating import rollback
from almoxarife.server.settings import Address, RegistrationPolicy, Settings, find_data_dir
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import displaced
from almoxarife.server.upkeep.displaced import FilesInPlace
from almoxarife.server.upkeep.nightly import Nightly
from almoxarife.server.upkeep.preparation import open_database, path_or_url_of, sole_use, wait_for_older_servers
from almoxarife.signals import stop_on_signals

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 30.0


def main() -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, and end the process."""
    code = 0
    console.replace_missing_streams(find_data_dir(os.environ), os.environ)
    try:
        serve(Settings.from_environment())
    except (StartupError, OSError) as error:
        report(files.explain(error))
        code = 2
    with suppress(OSError):
        sys.stdout.flush()
    # Without finalising the interpreter: a thread of granian may still use it, and the process would abort.
    os._exit(code)


def serve(settings: Settings) -> None:
    """Raises StartupError with the sentence for the person who started it."""
    with ExitStack() as stack:
        # From here on, so that a start that is no longer wanted ends in order too.
        stopping = stop_on_signals()
        stop_with_windows(stopping)
        rollback.prepare_start(settings)
        locks = stack.enter_context(sole_use(settings))
        lines = _begin_log(settings)
        stack.callback(lines.close)
        verify_certificate(settings)
        # Before it listens: whoever is refused goes on to another server at once.
        wait_for_older_servers(settings, stopping, report)
        if stopping.is_set():
            return
        backlog = TLS_BACKLOG if settings.tls_cert else BACKLOG
        listener = stack.enter_context(bind(settings.host, settings.port, backlog=backlog))
        with report_progress():
            database = open_database(settings)
            stack.callback(database.close)
            repair(settings, database)
        run = Run(instance=secrets.token_hex(8), setup_code=_make_setup_code(settings, database))
        app = _start_application(stack, settings, database, run, lines)
        url = f"{'https' if settings.tls_cert else 'http'}://{Address(settings.host, settings.port)}"
        stack.enter_context(
            announcement.announced(settings.data_dir, url=url, version=name_build(), instance=run.instance)
        )
        path_or_url = path_or_url_of(settings)
        if isinstance(path_or_url, Path):
            _start_nightly_backups(stack, settings, database, path_or_url, Services.of(app))
        _greet(settings, path_or_url, url, run)
        tune_garbage_collection()
        rollback.forget(settings.data_dir)
        stack.callback(stop_request.withdraw, settings.data_dir)
        in_place = FilesInPlace(path_or_url) if isinstance(path_or_url, Path) else None
        clock = Services.of(app).get(ClockJumpWatch)
        wait = partial(_wait, stopping, settings, database, clock, locks, in_place, run.instance)
        choose_server(settings)(app, listener, settings, wait)
        _require_nothing_lost(settings, database, locks, in_place)
        print("Servidor encerrado. Até logo!", flush=True)


@contextmanager
def report_progress() -> Iterator[None]:
    """Print a line now and then: an upgrade of a large shop takes minutes, and the launcher stops a silent server."""
    began, done = monotonic(), threading.Event()

    def report_until_done() -> None:
        while not done.wait(PROGRESS_EVERY_S):
            print(f"O banco de dados está sendo preparado ({monotonic() - began:.0f} s); não desligue.", flush=True)

    thread = threading.Thread(target=report_until_done, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


class _Background(Protocol):
    """A service with a thread of its own."""

    def start(self) -> None: ...

    def close(self) -> None: ...


def _start_application(stack: ExitStack, settings: Settings, database: Database, run: Run, lines: LogLines) -> "Flask":
    """The application, whose services have started; the stack ends them."""
    keys = [key.encode() for key in reversed(secret_keys.secret_keys(settings))]
    logs = open_queue(settings, list_erased=partial(_list_erased, database, settings.log_days))
    logs.start()
    stack.callback(logs.close)
    app = create_app(settings, database, keys=keys, run=run, logs=logs, write_line=lines.put)
    services, receiver = Services.of(app), GatewayReceiver(settings, logs)
    services.add(ClockJumpWatch(), receiver)
    started: tuple[_Background, ...] = (receiver, services.get(CoordinatorWatch), services.get(RefusalLimit))
    for background in started:
        background.start()
        stack.callback(background.close)
    return app


def _start_nightly_backups(
    stack: ExitStack, settings: Settings, database: Database, path: Path, services: Services
) -> None:
    def record(name: str) -> None:
        with database.transaction() as session:
            audit.record(session, Tag.BACKUP_MADE, cause=f"{name}, cópia da noite")

    folder = settings.data_dir / data_directory.BACKUPS
    nightly = Nightly(path, folder, keep=settings.backups, timezone=settings.timezone, record=record)
    if settings.backups:
        services.add(nightly)
        nightly.start()
        stack.callback(nightly.stop)


def _require_nothing_lost(
    settings: Settings, database: Database, locks: list[DirectoryLock], in_place: FilesInPlace | None
) -> None:
    """Raises StartupError if the disk has failed, or a lock or the files of the database are gone."""
    if database.fatal is not None:
        raise StartupError(
            f"O disco de {settings.data_dir} falhou ({database.fatal}). Nada que foi confirmado se perdeu. "
            "Confira o disco, rode almoxarife check e inicie de novo."
        )
    if not _keep(locks):
        raise StartupError(
            f"O arquivo {data_directory.LOCK} foi apagado e outro servidor abriu os mesmos dados: este parou. "
            "Nada que foi confirmado se perdeu. Não apague esse arquivo."
        )
    if in_place is not None and not in_place.are_in_place():
        raise StartupError(_save(database, settings))


def _save(database: Database, settings: Settings) -> str:
    """Save the data of a database whose files are gone; returns what to tell about it."""
    path = sqlite.path_of(path_or_url_of(settings))
    happened = f"Os arquivos do banco de dados {path} foram apagados ou trocados com o servidor aberto: ele parou."
    failures: tuple[type[Exception], ...] = (OSError, StoreUnavailable, *database.failures)
    try:
        copy = files.quote_path(str(displaced.save(database, path)))
    except failures as error:
        return f"{happened} O que ele tinha não pôde ser guardado ({error}): recupere uma cópia de segurança."
    return f"{happened} Tudo o que foi confirmado está em {copy}. Para recuperar: almoxarife restore {copy} --force"


def tune_garbage_collection() -> None:
    """Collect garbage from now on, seldom, and never among the objects of the start.

    Requests leave hardly any cycles; collecting after every 700 objects took a
    twentieth of an entry's CPU time. What the start itself left behind is 0.4 MiB,
    and looking for it took 50 ms.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 20)


def _list_erased(database: Database, log_days: int) -> list[Traces]:
    """The erased people whose requests the log may still have."""
    since = datetime.now(UTC) - timedelta(days=log_days) if log_days else None
    with database.reading() as session:
        return erasing.list_erased(session, since=since)


def _make_setup_code(settings: Settings, database: Database) -> str | None:
    """A code for registering the first administrador, unless there is one or anybody on this machine may become it."""
    if settings.is_loopback and settings.registration is RegistrationPolicy.OPEN and not settings.trusted_proxies:
        return None
    from almoxarife.server.accounts.service import has_administrator

    with database.reading() as session:
        return None if has_administrator(session) else secrets.token_hex(5).upper()


def _greet(settings: Settings, path_or_url: Path | str, url: str, run: Run) -> None:
    print(f"Almoxarife {name_build()} no ar em {url}", flush=True)
    print(f"Dados em {settings.data_dir}. Para parar: Ctrl+C.", flush=True)
    if isinstance(path_or_url, Path) and data_directory.is_on_network(path_or_url.absolute()):
        print(
            "Atenção: os dados estão numa pasta da rede. Se a rede cair no meio de uma gravação, eles podem se "
            "estragar. Deixe-os num disco deste computador (ALMOXARIFE_DATA_DIR) e só as cópias na rede.",
            flush=True,
        )
    if isinstance(path_or_url, Path) and (cloud := data_directory.find_cloud(path_or_url.absolute())):
        print(
            f"Atenção: os dados estão numa pasta do {cloud}, que os copia enquanto o servidor grava: eles podem se "
            "estragar. Deixe-os em outra pasta deste computador (ALMOXARIFE_DATA_DIR) e só as cópias ali.",
            flush=True,
        )
    if not settings.is_loopback and settings.tls_cert is None:
        print(
            "Atenção: sem TLS, senhas passam legíveis pela rede da loja. "
            "Defina ALMOXARIFE_TLS_CERT e ALMOXARIFE_TLS_KEY, ou use um proxy.",
            flush=True,
        )
    if settings.hosts and not settings.trusted_proxies:
        print(
            "Atenção: se um proxy ou túnel atende por este servidor, ponha o endereço dele em "
            "ALMOXARIFE_TRUSTED_PROXIES; sem isso, um estranho pode passar por programa deste computador.",
            flush=True,
        )
    if run.setup_code:
        print(f"Código para criar o primeiro administrador: {run.setup_code}", flush=True)


def _begin_log(settings: Settings) -> LogLines:
    try:
        lines = configure_log(settings.log_file)
    except OSError as error:
        raise StartupError(
            f"Não é possível gravar o registro em {settings.log_file} ({files.disk_reason(error)}). "
            "Confira ALMOXARIFE_LOG_FILE."
        ) from error
    log_uncaught()
    return lines


def _wait(
    stopping: threading.Event,
    settings: Settings,
    database: Database,
    clock: ClockJumpWatch,
    locks: list[DirectoryLock],
    in_place: FilesInPlace | None,
    instance: str,
) -> None:
    """Wait until the server is told to stop, the disk has failed, or the files of the database are gone.

    If somebody removes the file of a lock, it is created and locked again; if another server was faster, this one
    stops.
    """
    if not stopping.wait(0.5):  # not among the first requests
        tell_views_the_zone(settings, database)
    while not stopping.wait(0.5):
        if jumped_s := clock.measure_jump():
            log.warning("clock_jumped", {"seconds": jumped_s})
        database.fail_overdue()
        is_told = stop_request.is_there(settings.data_dir, instance=instance)
        is_displaced = in_place is not None and not in_place.are_in_place()
        if is_told or is_displaced or database.fatal is not None or not _keep(locks):
            stopping.set()


def _keep(locks: list[DirectoryLock]) -> bool:
    return all(lock.renew() for lock in locks)
