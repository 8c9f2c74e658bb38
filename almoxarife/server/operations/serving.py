"""``python api.py``: the server process, which locks the data directory and serves until it is told to stop.

granian's worker runs inside this process, not in a child, so that nothing is left listening however the
process dies. A start that fails ends with one sentence in Portuguese and exit code 2.
"""

import gc
import logging
import os
import secrets
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from almoxarife import files
from almoxarife.build import name_build
from almoxarife.server.accounts import erasing
from almoxarife.server.accounts.limits.anonymous_attempts import Repeats
from almoxarife.server.app import create_app, log_uncaught
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.clock import JumpWatch
from almoxarife.server.context import Run, Services
from almoxarife.server.coordination.service import Watch
from almoxarife.server.data_directory import announcement, secret_keys, stop_request
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError, StoreUnavailable
from almoxarife.server.http.access import find_limited_network, is_trusted_proxy
from almoxarife.server.http.requests import MAX_BULK_BODY
from almoxarife.server.identity import Authenticator
from almoxarife.server.intake.connections import Connections, Limits
from almoxarife.server.intake.listening import BACKLOG, TLS_BACKLOG, bind, verify_certificate
from almoxarife.server.intake.open_files import Reserve, raise_open_files
from almoxarife.server.logs.service import GatewayReceiver, Traces, open_queue
from almoxarife.server.operations import console, session_end
from almoxarife.server.operations.log_lines import LogLines, configure_log
from almoxarife.server.operations.start_repairs import repair, tell_views_the_zone
from almoxarife.server.operations.typed_commands import as_typed_here
from almoxarife.server.operations.updating import rollback
from almoxarife.server.settings import RegistrationPolicy, Settings, find_data_dir
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import displaced
from almoxarife.server.upkeep.displaced import FilesInPlace
from almoxarife.server.upkeep.nightly import Nightly
from almoxarife.server.upkeep.preparation import find_place, open_database, sole_use, wait_for_older_servers

if TYPE_CHECKING:
    from flask import Flask

    from almoxarife.server.http.middleware import Middleware

WAITRESS_THREADS = 64
"""Each writing request waits for its batch's COMMIT in a thread, so the number of threads limits a batch."""
FEW_CONNECTIONS = 1000
"""With fewer connections than this a busy shop may run out: warn."""
WAITRESS_SILENCE_S = 20
"""How long waitress keeps an idle connection."""
GRACE_S = 8
"""How long a stop waits for requests under way. Docker and others kill after 10 s."""

Wait = Callable[[], None]
"""Returns when the server is to end."""
log = logging.getLogger(__name__)

Serve = Callable[["Flask", socket.socket, Settings, Wait], None]


def main() -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, and end the process."""
    code = 0
    console.do_without(find_data_dir(os.environ), os.environ)
    try:
        serve(Settings.from_environment())
    except (StartupError, OSError) as error:
        print(as_typed_here(files.explain(error)), file=sys.stderr)
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
        console.end_in_order_when_closed(stopping)
        session_end.end_in_order_with_the_session(stopping)
        rollback.prepare_start(settings)
        locks = stack.enter_context(sole_use(settings))
        lines = _begin_log(settings)
        stack.callback(lines.close)
        verify_certificate(settings)
        # Before it listens: whoever is refused goes on to another server at once.
        wait_for_older_servers(settings, stopping, _tell_why_it_waits)
        if stopping.is_set():
            return
        backlog = TLS_BACKLOG if settings.tls_cert else BACKLOG
        listener = stack.enter_context(bind(settings.host, settings.port, backlog=backlog))
        place = find_place(settings)
        database = open_database(settings)
        stack.callback(database.close)
        repair(settings, database)
        keys = [key.encode() for key in reversed(secret_keys.secret_keys(settings))]
        run = Run(instance=secrets.token_hex(8), setup_code=_make_setup_code(settings, database))
        logs = open_queue(settings, list_erased=partial(_list_erased, database, settings.log_days))
        logs.start()
        stack.callback(logs.close)
        app = create_app(settings, database, keys=keys, run=run, logs=logs, write_line=lines.put)
        services, clock, receiver = Services.of(app), JumpWatch(), GatewayReceiver(settings, logs)
        services.add(clock, receiver)
        receiver.start()
        stack.callback(receiver.close)
        watch = services.get(Watch)
        watch.start()
        stack.callback(watch.close)
        repeats = services.get(Repeats)
        repeats.start()
        stack.callback(repeats.close)
        url = f"{'https' if settings.tls_cert else 'http'}://{_shown(settings.host)}:{settings.port}"
        stack.enter_context(
            announcement.announced(settings.data_dir, url=url, version=name_build(), instance=run.instance)
        )
        if isinstance(place, Path):
            folder = settings.data_dir / data_directory.BACKUPS
            nightly = Nightly(
                place,
                folder,
                keep=settings.backups,
                timezone=settings.timezone,
                record=partial(_record_nightly_copy, database),
            )
            if settings.backups:
                services.add(nightly)
            nightly.start()
            stack.callback(nightly.stop)
        _greet(settings, place, url, run)
        tune_garbage_collection()
        rollback.forget(settings.data_dir)
        stack.callback(stop_request.withdraw, settings.data_dir)
        in_place = FilesInPlace(place) if isinstance(place, Path) else None
        choose_server(settings)(
            app, listener, settings, partial(_wait, stopping, settings, database, clock, locks, in_place, run.instance)
        )
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
        if in_place is not None and not in_place.check():
            raise StartupError(_save(database, settings))
        print("Servidor encerrado. Até logo!", flush=True)


def _save(database: Database, settings: Settings) -> str:
    """Save the data of a database whose files are gone; returns what to tell about it."""
    place = sqlite.path_of(find_place(settings))
    happened = f"Os arquivos do banco de dados {place} foram apagados ou trocados com o servidor aberto: ele parou."
    failures: tuple[type[Exception], ...] = (OSError, StoreUnavailable, *database.failures)
    try:
        copy = files.quote_path(str(displaced.save(database, place)))
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


def _record_nightly_copy(database: Database, name: str) -> None:
    with database.transaction() as session:
        audit.record(session, Tag.COPY_MADE, cause=f"{name}, cópia da noite")


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


def _greet(settings: Settings, place: Path | str, url: str, run: Run) -> None:
    print(f"Almoxarife {name_build()} no ar em {url}", flush=True)
    print(f"Dados em {settings.data_dir}. Para parar: Ctrl+C.", flush=True)
    if isinstance(place, Path) and data_directory.is_on_network(place.absolute()):
        print(
            "Atenção: os dados estão numa pasta da rede. Se a rede cair no meio de uma gravação, eles podem se "
            "estragar. Deixe-os num disco deste computador (ALMOXARIFE_DATA_DIR) e só as cópias na rede.",
            flush=True,
        )
    if isinstance(place, Path) and (cloud := data_directory.find_cloud(place.absolute())):
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


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _tell_why_it_waits(sentence: str) -> None:
    print(as_typed_here(sentence), file=sys.stderr, flush=True)


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


def stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        # A closed terminal stops the server, unless it was started with nohup.
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, stop)
    return stopping


def wait_for(stopping: threading.Event) -> None:
    # On Windows a wait without a timeout cannot be interrupted by Ctrl-C.
    while not stopping.wait(0.5):
        pass


def _wait(
    stopping: threading.Event,
    settings: Settings,
    database: Database,
    clock: JumpWatch,
    locks: list[DirectoryLock],
    in_place: FilesInPlace | None,
    instance: str,
) -> None:
    """Wait until the server is told to stop, or until the disk has failed so that only a restart can help.

    Or until the files of the database are gone.

    If somebody removes the file of a lock, it is created and locked again; if another server was faster, this one
    stops.
    """
    if not stopping.wait(0.5):  # not among the first requests
        tell_views_the_zone(settings, database)
    while not stopping.wait(0.5):
        if jumped_s := clock.check():
            log.warning("clock_jumped", {"seconds": jumped_s})
        database.fail_overdue()
        is_told = stop_request.is_there(settings.data_dir, instance=instance)
        is_displaced = in_place is not None and not in_place.check()
        if is_told or is_displaced or database.fatal is not None or not _keep(locks):
            stopping.set()


def _keep(locks: list[DirectoryLock]) -> bool:
    return all(lock.renew() for lock in locks)


# --- the servers ----------------------------------------------------------------------


def choose_server(settings: Settings) -> Serve:
    """granian, or waitress where granian has no wheel. Raises StartupError there if TLS is set."""
    from almoxarife.server.intake import granian_worker

    try:
        granian_worker.load()
    except ImportError:
        if settings.tls_cert:
            raise StartupError(
                "Neste sistema o servidor não tem TLS próprio. "
                "Tire ALMOXARIFE_TLS_CERT e ALMOXARIFE_TLS_KEY e use um proxy."
            ) from None
        return _serve_with_waitress
    return _serve_with_granian


def _serve_with_granian(app: "Flask", listener: socket.socket, settings: Settings, wait: Wait) -> None:
    from almoxarife.server.intake import granian_worker
    from almoxarife.server.intake.asgi import Intake

    middleware: Middleware = app.wsgi_app  # type: ignore[assignment]  # create_app has put it there
    limits = Limits.of(raise_open_files())
    reserve = Reserve(settings.port, backlog=TLS_BACKLOG) if settings.tls_cert else None
    if limits.most < FEW_CONNECTIONS:
        print(
            f"Atenção: este sistema só deixa o servidor ter {limits.most} conexões abertas de cada vez. "
            "Aumente o limite de arquivos abertos (ulimit -n, ou LimitNOFILE no systemd) para 8192.",
            flush=True,
        )
    find_network = lru_cache(maxsize=10_000)(partial(find_limited_network, settings=settings))
    connections = Connections(settings.port, limits, find_network, reserve)
    is_proxy = lru_cache(maxsize=1000)(partial(is_trusted_proxy, settings=settings))
    intake = Intake(middleware, Services.of(app).get(Authenticator), connections, find_network, is_proxy)
    worker = granian_worker.start(
        intake, listener, certificate=settings.tls_cert, key=settings.tls_key, most_connections=limits.most
    )
    intake.start()
    wait()
    # Not for ever: a request whose body never arrives completely has had no effect yet.
    worker.stop(GRACE_S)


def _serve_with_waitress(app: "Flask", listener: socket.socket, settings: Settings, wait: Wait) -> None:
    import waitress
    import waitress.wasyncore

    server = waitress.create_server(
        app.wsgi_app,
        sockets=[listener],
        threads=WAITRESS_THREADS,
        connection_limit=min(2000, Limits.of(raise_open_files()).most),
        channel_timeout=WAITRESS_SILENCE_S,
        cleanup_interval=5,
        asyncore_use_poll=hasattr(select, "poll"),  # its default takes no file above number 1023
        clear_untrusted_proxy_headers=False,
        max_request_body_size=MAX_BULK_BODY,  # it is read in full before the application sees it
    )
    thread = threading.Thread(target=server.run, name="waitress", daemon=True)
    thread.start()
    wait()
    deadline = time.monotonic() + GRACE_S
    closed = threading.Event()

    def close_listener() -> None:
        waitress.wasyncore.dispatcher.close(server)
        closed.set()

    # In waitress's own thread, which may be waiting for this socket; that thread goes on and
    # sends what is answered meanwhile.
    server.trigger.pull_trigger(close_listener)
    closed.wait(GRACE_S)
    server.task_dispatcher.shutdown(cancel_pending=False, timeout=GRACE_S)
    while any(channel.total_outbufs_len for channel in list(server.active_channels.values())):
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
