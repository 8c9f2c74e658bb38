"""The terminal server: TCP, one thread for each session.

Waiting threads cost little, and one that waits for a slow API does not delay the others. Limited are the
number of sessions, in total and by address, the idle time, and the bytes received without a line.
"""

import ipaddress
import logging
import select
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from almoxarife.clients.terminal.channel import run_conversation
from almoxarife.clients.terminal.conversation.dialogue import converse
from almoxarife.clients.terminal.conversation.prompter import wrap
from almoxarife.clients.terminal.line_reader import LineReader
from almoxarife.clients.terminal.session import Session
from almoxarife.clients.terminal.settings import TerminalError

MAX_SESSIONS = 500
MAX_FROM_ADDRESS = MAX_SESSIONS // 8
"""Sessions from one address. An IPv6 /64 network counts as one address; this computer is not limited."""
IDLE_S = 600.0
SEND_S = 30.0
"""Timeout for sending."""
HANDSHAKE_S = 10.0
FAREWELL_S = 1.0
STOP_S = 15.0
MAX_UNUSED = 1024 * 1024
"""Bytes received while waiting for one line, telnet commands included."""
_PIECE = 4096
_PAUSE_S = 0.05
_LOOK_S = 0.5 if sys.platform == "win32" else IDLE_S
"""How often a reading session checks whether the terminal is closing: on Windows, a shutdown does not end a read."""

MakeSession = Callable[[int, str], Session]
"""Called with the session's number and the client's address."""

log = logging.getLogger(__name__)


class IdleTooLong(Exception):
    """No line was typed for ``idle_s``."""


class SocketChannel:
    def __init__(self, connection: socket.socket, *, idle_s: float, is_over: Callable[[], bool]) -> None:
        self._connection = connection
        self._idle_s = idle_s
        self._is_over = is_over
        self._reader = LineReader()

    def write(self, lines: Iterable[str]) -> None:
        pieces = [piece for line in lines for piece in wrap(line)]
        self._send("".join(f"{piece}\r\n" for piece in pieces).encode(errors="replace"))

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        """Also raises IdleTooLong."""
        reader = self._reader
        self._send(prompt.encode() + (reader.hide() if is_secret else b""))
        deadline_s, left = time.monotonic() + self._idle_s, MAX_UNUSED
        while not reader.has_line():
            data = self._receive(deadline_s)
            left -= len(data)
            if not data or left < 0:
                raise EOFError
            reader.feed(data)
            if reader.replies:
                self._send(bytes(reader.replies))
                reader.replies.clear()
        self._send(reader.show())
        return reader.take_line()

    def _receive(self, deadline_s: float) -> bytes:
        while (left_s := deadline_s - time.monotonic()) > 0:
            self._connection.settimeout(min(left_s, _LOOK_S))
            try:
                return self._connection.recv(_PIECE)
            except TimeoutError:
                if self._is_over():
                    raise EOFError from None
        raise IdleTooLong

    def _send(self, data: bytes) -> None:
        if data:
            self._connection.settimeout(SEND_S)
            self._connection.sendall(data)


class TerminalServer:
    def __init__(
        self,
        listener: socket.socket,
        open_session: MakeSession,
        *,
        tls: ssl.SSLContext | None = None,
        max_sessions: int = MAX_SESSIONS,
        max_from_address: int = MAX_FROM_ADDRESS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._listener = listener
        self._open_session = open_session
        self._tls = tls
        self._max_sessions = max_sessions
        self._max_from_address = max_from_address
        self._idle_s = idle_s
        self._mutex = threading.Lock()
        self._sessions: dict[int, tuple[socket.socket, threading.Thread]] = {}
        self._by_address: Counter[str] = Counter()
        """Number of sessions, by limited address."""
        self._count = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._accept, name="terminal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop accepting and end all sessions. What was confirmed is in the queue."""
        self._is_over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accepting thread
        self._listener.close()
        with self._mutex:
            open_ones = list(self._sessions.values())
        for connection, _ in open_ones:
            with suppress(OSError):
                # Without TLS the session can still send a last sentence. With TLS it cannot: the client would take
                # a stream cut short for an attack. Not SSLSocket.shutdown: it ends TLS under the reading thread.
                socket.socket.shutdown(connection, socket.SHUT_RD if self._tls is None else socket.SHUT_RDWR)
        deadline_s = time.monotonic() + STOP_S
        for _, thread in open_ones:
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def _accept(self) -> None:
        while not self._is_over:
            try:
                connection, address = self._listener.accept()
            except OSError as error:
                if not self._is_over:
                    log.warning("terminal_accept_failed", {"reason": error.strerror})
                    time.sleep(_PAUSE_S)
                continue
            self._begin(connection, _canonical(address[0]))

    def _begin(self, connection: socket.socket, peer: str) -> None:
        limited = find_limited_address(peer)
        with self._mutex:
            if len(self._sessions) >= self._max_sessions:
                refusal = "Terminal cheio: há sessões demais."
            elif limited is not None and self._by_address[limited] >= self._max_from_address:
                refusal = "Há sessões demais abertas no seu endereço. Feche as que não usa."
            else:
                refusal = ""
                self._count += 1
                number = self._count
                thread = threading.Thread(target=self._serve, args=(connection, number, peer), daemon=True)
                self._sessions[number] = connection, thread
                if limited is not None:
                    self._by_address[limited] += 1
        if refusal:
            log.warning("terminal_full", {"address": peer})
            _refuse(connection, refusal)
            return
        thread.start()

    def _serve(self, connection: socket.socket, number: int, peer: str) -> None:
        log.info("terminal_session_opened", {"session": number, "address": peer})
        reason = "closed"
        try:
            with self._secured(connection) as secured:
                with self._mutex:
                    # With TLS, ``close`` must shut down the wrapped socket.
                    self._sessions[number] = secured, threading.current_thread()
                reason = self._converse(secured, number, peer)
        except OSError:
            reason = "lost"
        finally:
            connection.close()
            with self._mutex:
                del self._sessions[number]
                if (limited := find_limited_address(peer)) is not None:
                    self._by_address[limited] -= 1
                    self._by_address += Counter()  # removes zero counts
            log.info("terminal_session_closed", {"session": number, "reason": reason})

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Raises OSError."""
        if self._tls is None:
            return connection
        connection.settimeout(HANDSHAKE_S)
        return self._tls.wrap_socket(connection, server_side=True)

    def _converse(self, connection: socket.socket, number: int, peer: str) -> str:
        """Hold the conversation and return why it ended. Raises OSError."""
        session = self._open_session(number, peer)
        session.has_hung_up = partial(has_hung_up, connection)
        channel = SocketChannel(connection, idle_s=self._idle_s, is_over=lambda: self._is_over)
        try:
            run_conversation(converse(session), channel)
            _close_gracefully(connection)
            return "left"
        except IdleTooLong:
            channel.write(["", f"Sessão encerrada: {self._idle_s / 60:.0f} minutos sem uso."])
            _close_gracefully(connection)
            return "idle"
        except (EOFError, OSError) as error:
            if self._is_over:
                # After the shutdown by ``close``, reading ends on Linux; on Windows it fails, or goes on.
                channel.write(["", "O terminal está sendo fechado."])
            elif isinstance(error, OSError):
                raise
            return "hung up"
        finally:
            session.close()


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the client has closed its side, with or without bytes left to read. Not reliable for TLS everywhere."""
    try:
        if hasattr(select, "POLLRDHUP"):
            poll = select.poll()
            poll.register(connection, select.POLLRDHUP)
            return bool(poll.poll(0))
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and not socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except (OSError, ValueError):  # closed
        return True


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises TerminalError."""
    remedy = f"Feche o outro programa ou escolha outra em ALMOXARIFE_TERMINAL_PORT, por exemplo {port % 65535 + 1}."
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by accepted connections: no delay by Nagle's algorithm, and dead clients are detected.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.bind((host, port))
        listener.listen(MAX_SESSIONS)
    except OSError as error:
        listener.close()
        if error.errno in _NOT_OUR_ADDRESS:
            raise TerminalError(
                f"O endereço {host} não é deste computador. Confira ALMOXARIFE_TERMINAL_HOST."
            ) from None
        raise TerminalError(f"A porta {port} do terminal já está em uso ou não é permitida. {remedy}") from None
    return listener


# EADDRNOTAVAIL on Linux, macOS and Windows.
_NOT_OUR_ADDRESS = {99, 49, 10049}


def _canonical(address: str) -> str:
    """Normalise an address: IPv4 instead of IPv4-mapped IPv6, without a zone."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def find_limited_address(peer: str) -> str | None:
    """The address or /64 network whose sessions are limited together; None for this computer."""
    address = ipaddress.ip_address(peer)
    if address.is_loopback:
        return None
    return peer if address.version == 4 else str(ipaddress.ip_network(f"{peer}/64", strict=False))


def _refuse(connection: socket.socket, refusal: str) -> None:
    with connection, suppress(OSError):
        connection.setblocking(False)
        connection.sendall(f"{refusal} Tente de novo em alguns minutos.\r\n".encode())


def _close_gracefully(connection: socket.socket) -> None:
    """Close so that the last lines arrive: with unread input, ``close`` alone would reset the connection."""
    with suppress(OSError):
        if isinstance(connection, ssl.SSLSocket):
            connection.settimeout(FAREWELL_S)
            connection = connection.unwrap()
        connection.shutdown(socket.SHUT_WR)
        deadline_s = time.monotonic() + FAREWELL_S
        while (left_s := deadline_s - time.monotonic()) > 0:
            connection.settimeout(left_s)
            if not connection.recv(_PIECE):
                return
