"""Serves an application on a socket until the server is to end: with granian, or with waitress where there is none."""

import select
import socket
import threading
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from almoxarife.server.context import Services
from almoxarife.server.errors import StartupError
from almoxarife.server.http.access import find_limited_network, is_trusted_proxy
from almoxarife.server.http.requests import MAX_BULK_BODY
from almoxarife.server.identity import Authenticator
from almoxarife.server.intake.connections import Connections, Limits
from almoxarife.server.intake.listening import TLS_BACKLOG
from almoxarife.server.intake.open_files import Reserve, raise_open_files
from almoxarife.server.settings import Settings

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
Serve = Callable[["Flask", socket.socket, Settings, Wait], None]


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
