"""The terminal over TCP: a thread for each session, most of which wait for a person.

A thread that waits costs next to nothing, and one that is held up by a server that does not answer
holds up nobody else. Limits: so many sessions, in all and from one address, so long without a line,
so many bytes of one.
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

from almoxarife.clients.terminal.channel import hold
from almoxarife.clients.terminal.conversation.dialogue import converse
from almoxarife.clients.terminal.conversation.prompter import wrap
from almoxarife.clients.terminal.line_reader import LineReader
from almoxarife.clients.terminal.session import Session
from almoxarife.clients.terminal.settings import TerminalError

MOST_SESSIONS = 500
SHARE = MOST_SESSIONS // 8
"""Of one address: an IPv6 network of 64 bits counts as one, this computer has no share."""
IDLE_S = 600.0
SEND_S = 30.0
"""For the other side to take what it is sent."""
HANDSHAKE_S = 10.0
FAREWELL_S = 1.0
STOP_S = 15.0
MOST_UNUSED = 1024 * 1024
"""Bytes that come without being a line."""
_PIECE = 4096
_PAUSE_S = 0.05

OpenSession = Callable[[int, str], Session]
"""From the number of a session and the address of its peer."""

log = logging.getLogger(__name__)


class IdleTooLong(Exception):
    """Nobody has typed a line for so long."""


class SocketChannel:
    def __init__(self, connection: socket.socket, *, idle_s: float = IDLE_S) -> None:
        self._connection = connection
        self._idle_s = idle_s
        self._reader = LineReader()

    def write(self, lines: Iterable[str]) -> None:
        pieces = [piece for line in lines for piece in wrap(line)]
        self._send("".join(f"{piece}\r\n" for piece in pieces).encode(errors="replace"))

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        """Raises IdleTooLong too."""
        reader = self._reader
        self._send(prompt.encode() + (reader.hide() if is_secret else b""))
        deadline_s, left = time.monotonic() + self._idle_s, MOST_UNUSED
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
        left_s = deadline_s - time.monotonic()
        if left_s <= 0:
            raise IdleTooLong
        self._connection.settimeout(left_s)
        try:
            return self._connection.recv(_PIECE)
        except TimeoutError:
            raise IdleTooLong from None

    def _send(self, data: bytes) -> None:
        if data:
            self._connection.settimeout(SEND_S)
            self._connection.sendall(data)


class TerminalServer:
    def __init__(
        self,
        listener: socket.socket,
        open_session: OpenSession,
        *,
        tls: ssl.SSLContext | None = None,
        most_sessions: int = MOST_SESSIONS,
        share: int = SHARE,
        idle_s: float = IDLE_S,
    ) -> None:
        self._listener = listener
        self._open_session = open_session
        self._tls = tls
        self._most_sessions = most_sessions
        self._share = share
        self._idle_s = idle_s
        self._mutex = threading.Lock()
        self._sessions: dict[int, tuple[socket.socket, threading.Thread]] = {}
        self._holders: Counter[str] = Counter()
        """How many sessions each address has that has a share."""
        self._count = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._accept, name="terminal", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Take nobody any more, and end those who are here. What they confirmed is kept."""
        self._is_over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        with self._mutex:
            open_ones = list(self._sessions.values())
        for connection, _ in open_ones:
            with suppress(OSError):
                # Under TLS there are no last words: a stream that just ends is an attack there. Not TLS's own
                # method either, which takes the TLS away from the thread that reads.
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
        holder = find_share_holder(peer)
        with self._mutex:
            if len(self._sessions) >= self._most_sessions:
                refusal = "Terminal cheio: há sessões demais."
            elif holder is not None and self._holders[holder] >= self._share:
                refusal = "Há sessões demais abertas no seu endereço. Feche as que não usa."
            else:
                refusal = ""
                self._count += 1
                number = self._count
                thread = threading.Thread(target=self._serve, args=(connection, number, peer), daemon=True)
                self._sessions[number] = connection, thread
                if holder is not None:
                    self._holders[holder] += 1
        if refusal:
            log.warning("terminal_full", {"address": peer})
            _turn_away(connection, refusal)
            return
        thread.start()

    def _serve(self, connection: socket.socket, number: int, peer: str) -> None:
        log.info("terminal_session_opened", {"session": number, "address": peer})
        reason = "closed"
        try:
            with self._secured(connection) as secured:
                with self._mutex:
                    # What ``close`` wakes: TLS has taken the other one over.
                    self._sessions[number] = secured, threading.current_thread()
                reason = self._converse(secured, number, peer)
        except OSError:
            reason = "lost"
        finally:
            connection.close()
            with self._mutex:
                del self._sessions[number]
                if (holder := find_share_holder(peer)) is not None:
                    self._holders[holder] -= 1
                    self._holders += Counter()  # without those that have none any more
            log.info("terminal_session_closed", {"session": number, "reason": reason})

    def _secured(self, connection: socket.socket) -> socket.socket:
        """Raises OSError."""
        if self._tls is None:
            return connection
        connection.settimeout(HANDSHAKE_S)
        return self._tls.wrap_socket(connection, server_side=True)

    def _converse(self, connection: socket.socket, number: int, peer: str) -> str:
        """Why it ended. Raises OSError."""
        session = self._open_session(number, peer)
        session.has_hung_up = partial(has_hung_up, connection)
        channel = SocketChannel(connection, idle_s=self._idle_s)
        try:
            hold(converse(session), channel)
            _close_in_peace(connection)
            return "left"
        except IdleTooLong:
            channel.write(["", f"Sessão encerrada: {self._idle_s / 60:.0f} minutos sem uso."])
            _close_in_peace(connection)
            return "idle"
        except EOFError:
            if self._is_over:
                channel.write(["", "O terminal está sendo fechado."])
            return "hung up"
        finally:
            session.close()


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the other side sends nothing any more, whatever of it is still to be read; not said of TLS everywhere."""
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
    """Raises TerminalError."""
    remedy = f"Feche o outro programa ou escolha outra em ALMOXARIFE_TERMINAL_PORT, por exemplo {port % 65535 + 1}."
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit both: answers do not wait for the peer's ACK, and dead peers are noticed.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.bind((host, port))
        listener.listen(MOST_SESSIONS)
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
    """An IPv4 address as one, without the zone that only this machine understands."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def find_share_holder(peer: str) -> str | None:
    """Who has one share for all that comes from ``peer``; None for this computer."""
    address = ipaddress.ip_address(peer)
    if address.is_loopback:
        return None
    return peer if address.version == 4 else str(ipaddress.ip_network(f"{peer}/64", strict=False))


def _turn_away(connection: socket.socket, refusal: str) -> None:
    with connection, suppress(OSError):
        connection.setblocking(False)
        connection.sendall(f"{refusal} Tente de novo em alguns minutos.\r\n".encode())


def _close_in_peace(connection: socket.socket) -> None:
    """So that the last words arrive: closed on unread bytes, a socket would take them back."""
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
