"""Splits received bytes into lines, from nc, telnet or a serial console.

A line ends with LF, CR LF, CR NUL (telnet) or a single CR (serial console). Telnet commands are removed
and every option is refused except ECHO, which is used to hide passwords. A client that has sent no telnet
command gets none. Byte sequences that are no valid telnet command are treated as text.
"""

import re
from collections import deque

MAX_LINE_BYTES = 1024
"""Bytes of a line, without the line break."""

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO = 1
HIDE = bytes((IAC, WILL, ECHO))
SHOW = bytes((IAC, WONT, ECHO))

_MAX_COMMAND_LENGTH = 512
_OPTIONS = frozenset(range(48)) - {10, 13} | {138, 139, 140}
"""Telnet options in use. None is a line break or an ASCII digit."""
_PLAIN_COMMANDS = frozenset(range(241, 250))
_LINE_END = re.compile(rb"\r\n|\r\0|\r|\n")
_ERASE = "\b\x7f"


class BadLine(ValueError):
    """An unusable line; the sentence says why."""


class LineReader:
    """Feed it bytes and take lines. ``replies``: telnet replies to be sent to the client."""

    def __init__(self) -> None:
        self.replies = bytearray()
        self.speaks_telnet = False
        self.is_echo_ours = False
        """The client has agreed not to echo what is typed."""
        self._lines: deque[bytes | None] = deque()
        self._command = b""
        self._partial = bytearray()
        self._is_too_long = False
        self._skips_lf = False
        self._hides = False

    def feed(self, data: bytes) -> None:
        self._split_lines(self._remove_commands(self._command + data))

    def has_line(self) -> bool:
        return bool(self._lines)

    def take_line(self) -> str:
        """Raises BadLine."""
        raw = self._lines.popleft()
        if raw is None:
            raise BadLine(f"A linha tem mais de {MAX_LINE_BYTES} bytes. Digite de novo.")
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise BadLine("A linha não está em UTF-8. Confira o terminal e digite de novo.") from None
        text = _erase(text.replace("\t", " ")) if not text.isprintable() else text
        if any(sign < " " or sign == "\x7f" for sign in text):
            raise BadLine("A linha tem teclas que não valem aqui (setas?). Digite de novo.")
        return text

    def _split_lines(self, data: bytes) -> None:
        if not data:
            return
        if self._skips_lf:
            data = data[1:] if data[0] in b"\n\0" else data
            self._skips_lf = False
        begin = 0
        for end in _LINE_END.finditer(data):
            self._add(data[begin : end.start()])
            self._lines.append(None if self._is_too_long else bytes(self._partial))
            self._partial.clear()
            self._is_too_long = False
            begin = end.end()
        self._skips_lf = data.endswith(b"\r")
        self._add(data[begin:])

    def _add(self, piece: bytes) -> None:
        if len(self._partial) + len(piece) > MAX_LINE_BYTES:
            self._is_too_long = True
            self._partial.clear()
        elif not self._is_too_long:
            self._partial += piece

    # --- telnet -------------------------------------------------------------------------

    def _remove_commands(self, data: bytes) -> bytes:
        """Handle the telnet commands and return the text. An incomplete command is kept for the next call."""
        self._command = b""
        plain = bytearray()
        at = 0
        while (found := data.find(IAC, at)) >= 0:
            plain += data[at:found]
            length = self._read_command(data, found)
            if length == 0:
                self._command = data[found:]
                return bytes(plain)
            if length < 0:
                plain.append(IAC)
                length = 1
            at = found + length
        plain += data[at:]
        return bytes(plain)

    def _read_command(self, data: bytes, at: int) -> int:
        """Return the length of the command at this index: 0 if it is incomplete, -1 if it is none."""
        if len(data) - at < 2:
            return 0
        command = data[at + 1]
        if command in _PLAIN_COMMANDS:
            return 2
        if command not in {WILL, WONT, DO, DONT, SB}:
            return -1
        if len(data) - at < 3:
            return 0
        option = data[at + 2]
        if option not in _OPTIONS:
            return -1
        if command == SB:
            end = data.find(bytes((IAC, SE)), at + 3)
            if end < 0:
                return 0 if self.speaks_telnet and len(data) - at < _MAX_COMMAND_LENGTH else -1
            return end + 2 - at
        self.speaks_telnet = True
        self._negotiate(command, option)
        return 3

    def _negotiate(self, command: int, option: int) -> None:
        if option == ECHO and command in {DO, DONT}:
            if self._hides:
                self.is_echo_ours = command == DO
                return
            self.is_echo_ours = False
        if command == DO:
            self.replies += bytes((IAC, WONT, option))
        elif command == WILL:
            self.replies += bytes((IAC, DONT, option))

    def hide(self) -> bytes:
        """Return the bytes to send before a secret is typed."""
        if not self.speaks_telnet:
            return b""
        self._hides = True
        return HIDE

    def show(self) -> bytes:
        """Return the bytes to send after it, including the line break that the client has not echoed."""
        if not self._hides:
            return b""
        self._hides = False
        return SHOW + (b"\r\n" if self.is_echo_ours else b"")


def _erase(text: str) -> str:
    """Apply backspaces: a terminal without line editing sends them as characters."""
    kept: list[str] = []
    for sign in text:
        if sign not in _ERASE:
            kept.append(sign)
        elif kept:
            kept.pop()
    return "".join(kept)
