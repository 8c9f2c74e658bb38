"""``python -m almoxarife.clients.terminal``: the server, or this screen. ``almoxarife terminal…`` starts it."""

import argparse
import contextlib
import logging
import os
import signal
import ssl
import sys
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from almoxarife import sidecars
from almoxarife.clients.api.address import split_addresses
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.servers import Servers
from almoxarife.clients.queue.store import Outbox, OutboxFailed
from almoxarife.clients.terminal import remote_terminal
from almoxarife.clients.terminal.channel import hold
from almoxarife.clients.terminal.conversation.dialogue import converse
from almoxarife.clients.terminal.screen import ScreenChannel
from almoxarife.clients.terminal.sending import Sender
from almoxarife.clients.terminal.server import MOST_SESSIONS, TerminalServer, bind
from almoxarife.clients.terminal.server_status import Link
from almoxarife.clients.terminal.session import Session
from almoxarife.clients.terminal.settings import TerminalError, TerminalSettings
from almoxarife.files import disk_reason

CANNOT_START = 2
_PROGRAM = "terminal"
_LOOK_S = 0.5
_FILES_A_SESSION = 3
"""Its connection, one to the server, and one to spare."""
_OTHER_FILES = 100


class Work:
    """What all sessions of this process share."""

    def __init__(self, settings: TerminalSettings) -> None:
        """Raises TerminalError."""
        self._settings = settings
        try:
            settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._outbox = Outbox(settings.folder)
        except OSError as error:
            raise TerminalError(
                f"Não é possível gravar em {settings.folder} ({disk_reason(error)}). "
                "Defina ALMOXARIFE_CLIENT_DIR com uma pasta em que se possa gravar."
            ) from error
        except OutboxFailed as error:
            raise TerminalError(str(error)) from error
        # All sessions go to another server together, and come back together: else one would tell what another denies.
        self._servers = Servers(split_addresses(settings.addresses))
        self._probe = ApiClient(settings.addresses, program=_PROGRAM, servers=self._servers)
        self._link = Link(self._probe.main_url)
        self._sender = Sender(self._outbox, self._link, self._probe)
        self.put_aside = self._outbox.put_aside

    def open_session(self, number: int, peer: str = "") -> Session:
        """For somebody at ``peer``; empty: at this very computer, without a network."""
        headers = self._settings.describe_peer(peer) if peer else {}
        api = ApiClient(self._settings.addresses, program=_PROGRAM, headers=headers, servers=self._servers)
        return Session(number, api, outbox=self._outbox, sender=self._sender, link=self._link)

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        self._sender.start()
        try:
            yield
        finally:
            self._sender.close()
            self._outbox.close()


def main(arguments: Sequence[str] = sys.argv[1:]) -> int:
    parser = argparse.ArgumentParser(prog="almoxarife terminal", add_help=False)
    parser.add_argument("what", choices=["server", "screen"])
    parser.add_argument("place", nargs="?", default="")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--ca", default=None)
    asked = parser.parse_args(arguments)
    try:
        if asked.what == "server":
            serve(TerminalSettings.from_environment())
        elif asked.place:
            tls = _trust(asked.ca) if asked.tls or asked.ca else None
            remote_terminal.connect(*remote_terminal.parse_place(asked.place), tls)
        else:
            work_here(TerminalSettings.from_environment())
    except TerminalError as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    except KeyboardInterrupt:
        print()
    return 0


def serve(settings: TerminalSettings) -> None:
    """Until SIGTERM, Ctrl-C or ``almoxarife stop``. Raises TerminalError."""
    stopping = _stop_on_signals()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s %(args)s")
    tls = _load_certificate(settings)
    _raise_open_files()
    listener = bind(settings.host, settings.port)
    with listener:
        work = Work(settings)
        _greet(settings, work)
        with work.sending(), sidecars.beside(settings.data_dir) as is_asked_to_end:
            server = TerminalServer(listener, work.open_session, tls=tls)
            server.start()
            # On Windows a wait without a timeout cannot be interrupted by Ctrl-C.
            while not (stopping.wait(_LOOK_S) or is_asked_to_end()):
                pass
            server.close()
    print("Terminal encerrado. O que foi confirmado está guardado.", flush=True)


def work_here(settings: TerminalSettings) -> None:
    work = Work(settings)
    with work.sending():
        session = work.open_session(os.getpid())
        try:
            hold(converse(session), ScreenChannel())
        except EOFError:
            print()
        finally:
            session.close()


def _greet(settings: TerminalSettings, work: Work) -> None:
    secured = " com TLS" if settings.tls_cert else ""
    print(f"Terminal de texto no ar em {settings.host}, porta {settings.port}{secured}.", flush=True)
    print(f"Servidor: {settings.addresses}. Fila em {settings.folder}. Para parar: Ctrl+C.", flush=True)
    if not settings.is_loopback and settings.tls_cert is None:
        print(
            "Atenção: sem TLS, CPF e senha passam legíveis pela rede da loja. "
            "Defina ALMOXARIFE_TERMINAL_TLS_CERT e ALMOXARIFE_TERMINAL_TLS_KEY.",
            flush=True,
        )
    if work.put_aside is not None:
        print(f"Atenção: a fila de envio estava danificada e foi guardada em {work.put_aside}.", flush=True)


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for name in ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and not (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, stop)
    return stopping


def _load_certificate(settings: TerminalSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # A key with a passphrase is refused like a wrong one: nobody is there to type it.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise TerminalError(
            f"O certificado {settings.tls_cert} e a chave {settings.tls_key} não servem juntos. "
            "Confira ALMOXARIFE_TERMINAL_TLS_CERT e ALMOXARIFE_TERMINAL_TLS_KEY: arquivos PEM, a chave sem senha."
        ) from None
    return context


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise TerminalError(f"O certificado {ca} não pôde ser lido. Confira o arquivo.") from None


def _raise_open_files() -> None:
    """Each session has its connection and one to the server."""
    if sys.platform != "win32":
        import resource

        wanted = MOST_SESSIONS * _FILES_A_SESSION + _OTHER_FILES
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < most:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


if __name__ == "__main__":
    sys.exit(main())
