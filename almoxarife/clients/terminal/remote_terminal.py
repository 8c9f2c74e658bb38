"""``almoxarife terminal HOST:PORT``: a small telnet client for a terminal server on another computer.

It sends a telnet command at once, so that the server asks it to hide passwords.
"""

import re
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from almoxarife.clients.terminal.line_reader import DO, DONT, ECHO, IAC, SB, WILL, WONT
from almoxarife.clients.terminal.settings import DEFAULT_PORT, TerminalError, parse_port

CONNECT_S = 10.0
_HELLO = bytes((IAC, DO, ECHO))
_PLACE = re.compile(r"\[(?P<v6>[^\]]+)\](?::(?P<v6_port>.*))?|(?P<host>[^:]+)(?::(?P<port>.*))?")
_COMMAND = re.compile(rb"\xff[\xfb-\xfe](.)|\xff[^\xfb-\xff]", re.DOTALL)


def parse_place(text: str) -> tuple[str, int]:
    """Parse "192.168.0.10:3333" or an address without port. Raises TerminalError."""
    found = _PLACE.fullmatch(text.strip())
    if found is None:
        raise TerminalError(f"“{text}” não é um endereço. Escreva assim: 192.168.0.10:3333")
    port = found["v6_port"] or found["port"]
    try:
        return found["v6"] or found["host"], parse_port(port) if port else DEFAULT_PORT
    except ValueError as error:
        raise TerminalError(f"“{port}” {error}") from None


def connect(host: str, port: int, tls: ssl.SSLContext | None) -> None:
    """Connect and run until the server ends the session. Raises TerminalError."""
    try:
        connection = socket.create_connection((host, port), timeout=CONNECT_S)
        if tls is not None:
            connection = tls.wrap_socket(connection, server_hostname=host)
    except ssl.SSLError:
        raise TerminalError(f"Não foi possível confirmar a identidade de {host} (certificado).") from None
    except OSError:
        raise TerminalError(f"O terminal de {host}, porta {port}, não responde. Confira o endereço.") from None
    connection.settimeout(None)
    with connection, suppress(OSError):
        connection.sendall(_HELLO)
        threading.Thread(target=_send_typed, args=(connection,), daemon=True).start()
        with _echo_restored():
            _show(connection)


def _send_typed(connection: socket.socket) -> None:
    with suppress(OSError):
        while line := sys.stdin.buffer.readline():
            connection.sendall(line.replace(bytes((IAC,)), bytes((IAC, IAC))))
        connection.shutdown(socket.SHUT_WR)


def _show(connection: socket.socket) -> None:
    """Print what is received, and execute the telnet commands in it."""
    rest = b""
    while data := connection.recv(4096):
        data = rest + data
        # A command may be received in two parts. UTF-8 text never contains the byte IAC.
        cut = data.rfind(IAC)
        rest = (
            data[cut:] if cut >= 0 and len(data) - cut < (3 if data[cut + 1 : cut + 2] >= bytes((SB,)) else 2) else b""
        )
        data = data[: len(data) - len(rest)]
        for command in _COMMAND.finditer(data):
            _obey(connection, command[0])
        sys.stdout.buffer.write(_COMMAND.sub(b"", data).replace(b"\r\n", b"\n"))
        sys.stdout.buffer.flush()


def _obey(connection: socket.socket, command: bytes) -> None:
    reply = b""
    if command == bytes((IAC, WILL, ECHO)):
        _set_echo(False)
        reply = bytes((IAC, DO, ECHO))
    elif command == bytes((IAC, WONT, ECHO)):
        _set_echo(True)
    elif command[1] == WILL:
        reply = bytes((IAC, DONT, command[2]))
    elif command[1] == DO:
        reply = bytes((IAC, WONT, command[2]))
    with suppress(OSError):  # after end of input the socket is closed for writing
        connection.sendall(reply)


@contextmanager
def _echo_restored() -> Iterator[None]:
    try:
        yield
    finally:
        _set_echo(True)


def _set_echo(is_on: bool) -> None:
    """Show or hide what is typed. Does nothing if the input is not a terminal."""
    if not sys.stdin.isatty():
        return
    if sys.platform == "win32":
        import ctypes

        console, mode = ctypes.windll.kernel32.GetStdHandle(-10), ctypes.c_uint32()
        ctypes.windll.kernel32.GetConsoleMode(console, ctypes.byref(mode))
        ctypes.windll.kernel32.SetConsoleMode(console, mode.value | 4 if is_on else mode.value & ~4)
    else:
        import termios

        state = termios.tcgetattr(sys.stdin)
        state[3] = state[3] | termios.ECHO if is_on else state[3] & ~termios.ECHO
        termios.tcsetattr(sys.stdin, termios.TCSANOW, state)
