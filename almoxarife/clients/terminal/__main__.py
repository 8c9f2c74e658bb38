"""``python -m almoxarife.clients.terminal server|screen [HOST:PORT]``, started by ``almoxarife terminal…``."""

import argparse
import contextlib
import logging
import os
import ssl
import sys
from collections.abc import Iterator, Sequence

from almoxarife import sidecars
from almoxarife.clients.api.address import split_addresses
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.servers import Servers
from almoxarife.clients.queue.store import Outbox, OutboxFailed
from almoxarife.clients.terminal import remote_terminal
from almoxarife.clients.terminal.channel import run_conversation
from almoxarife.clients.terminal.conversation.dialogue import converse
from almoxarife.clients.terminal.screen import ScreenChannel
from almoxarife.clients.terminal.sending import Sender
from almoxarife.clients.terminal.server import MAX_SESSIONS, TerminalServer, bind
from almoxarife.clients.terminal.server_status import ServerStatus
from almoxarife.clients.terminal.session import Session
from almoxarife.clients.terminal.settings import TerminalError, TerminalSettings
from almoxarife.files import disk_reason
from almoxarife.signals import stop_on_signals

CANNOT_START = 2
_PROGRAM = "terminal"
_LOOK_S = 0.5
_FILES_A_SESSION = 3
"""The session's socket, its connection to the server, and one in reserve."""
_OTHER_FILES = 100


class TerminalProgram:
    """What all sessions of this process share: the queue, the sender and the state of the server."""

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
        # All sessions fail over together, so that they never report different servers.
        self._servers = Servers(split_addresses(settings.addresses))
        self._probe = ApiClient(settings.addresses, program=_PROGRAM, servers=self._servers)
        self._status = ServerStatus(self._probe.main_url)
        self._sender = Sender(self._outbox, self._status, self._probe)
        self.put_aside = self._outbox.put_aside

    def open_session(self, number: int, peer: str = "") -> Session:
        """``peer``: the person's address; empty on the local screen."""
        headers = self._settings.describe_peer(peer) if peer else {}
        api = ApiClient(self._settings.addresses, program=_PROGRAM, headers=headers, servers=self._servers)
        return Session(number, api, outbox=self._outbox, sender=self._sender, status=self._status)

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
    options = parser.parse_args(arguments)
    try:
        if options.what == "server":
            serve(TerminalSettings.from_environment())
        elif options.place:
            tls = _load_ca(options.ca) if options.tls or options.ca else None
            remote_terminal.connect(*remote_terminal.parse_place(options.place), tls)
        else:
            run_on_screen(TerminalSettings.from_environment())
    except TerminalError as error:
        print(error, file=sys.stderr)
        return CANNOT_START
    except KeyboardInterrupt:
        print()
    return 0


def serve(settings: TerminalSettings) -> None:
    """Until SIGTERM, Ctrl-C or ``almoxarife stop``. Raises TerminalError."""
    stopping = stop_on_signals()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s %(args)s")
    tls = _load_certificate(settings)
    _raise_open_files()
    listener = bind(settings.host, settings.port)
    with listener:
        program = TerminalProgram(settings)
        _print_banner(settings, program)
        with program.sending(), sidecars.beside(settings.data_dir) as is_asked_to_end:
            server = TerminalServer(listener, program.open_session, tls=tls)
            server.start()
            # On Windows, Ctrl-C cannot interrupt a wait without timeout.
            while not (stopping.wait(_LOOK_S) or is_asked_to_end()):
                pass
            server.close()
    print("Terminal encerrado. O que foi confirmado está guardado.", flush=True)


def run_on_screen(settings: TerminalSettings) -> None:
    """Hold one conversation on the local screen. Raises TerminalError."""
    program = TerminalProgram(settings)
    with program.sending():
        session = program.open_session(os.getpid())
        try:
            run_conversation(converse(session), ScreenChannel())
        except EOFError:
            print()
        finally:
            session.close()


def _print_banner(settings: TerminalSettings, program: TerminalProgram) -> None:
    secured = " com TLS" if settings.tls_cert else ""
    print(f"Terminal de texto no ar em {settings.host}, porta {settings.port}{secured}.", flush=True)
    print(f"Servidor: {settings.addresses}. Fila em {settings.folder}. Para parar: Ctrl+C.", flush=True)
    if not settings.is_loopback and settings.tls_cert is None:
        print(
            "Atenção: sem TLS, CPF e senha passam legíveis pela rede da loja. "
            "Defina ALMOXARIFE_TERMINAL_TLS_CERT e ALMOXARIFE_TERMINAL_TLS_KEY.",
            flush=True,
        )
    if program.put_aside is not None:
        print(f"Atenção: a fila de envio estava danificada e foi guardada em {program.put_aside}.", flush=True)


def _load_certificate(settings: TerminalSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # The empty password makes a key with a passphrase fail instead of asking for it on the terminal.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise TerminalError(
            f"O certificado {settings.tls_cert} e a chave {settings.tls_key} não servem juntos. "
            "Confira ALMOXARIFE_TERMINAL_TLS_CERT e ALMOXARIFE_TERMINAL_TLS_KEY: arquivos PEM, a chave sem senha."
        ) from None
    return context


def _load_ca(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError):
        raise TerminalError(f"O certificado {ca} não pôde ser lido. Confira o arquivo.") from None


def _raise_open_files() -> None:
    """Raise the limit of open files, as far as the system allows, for ``MAX_SESSIONS`` sessions."""
    if sys.platform != "win32":
        import resource

        wanted = MAX_SESSIONS * _FILES_A_SESSION + _OTHER_FILES
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        if soft != resource.RLIM_INFINITY and soft < limit:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


if __name__ == "__main__":
    sys.exit(main())
