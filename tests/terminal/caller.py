"""Somebody at the other end of a socket, who waits for what can be read."""

import socket

from tests.programs import PATIENCE_S


class Caller:
    def __init__(self, port, *, tls=None, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S, source_address=source)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.raw = b""
        self.transcript = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def type(self, *lines):
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def read_until(self, text):
        """All that came up to and with ``text``; what came after it stays to be read."""
        wanted = text.encode()
        while wanted not in self.raw:
            data = self.socket.recv(65536)
            assert data, f"hung up before {text!r}: {self.transcript[-500:]!r}"
            self.raw += data
            self.transcript += data
        found, self.raw = self.raw.split(wanted, 1)
        return (found + wanted).decode()

    def answer(self, line, until):
        self.type(line)
        return self.read_until(until)

    def answer_either(self, line, *untils):
        """Which of them came."""
        self.type(line)
        while not any(until.encode() in self.raw for until in untils):
            data = self.socket.recv(65536)
            assert data, f"hung up before any of {untils!r}: {self.transcript[-500:]!r}"
            self.raw += data
            self.transcript += data
        came = min((until for until in untils if until.encode() in self.raw), key=lambda it: self.raw.find(it.encode()))
        self.read_until(came)
        return came

    def log_in(self, who, password, until="Número d"):
        self.read_until("usuário: ")
        self.answer(who, "Senha: ")
        return self.answer(password, until)

    def read_to_the_end(self):
        while data := self.socket.recv(65536):
            self.raw += data
            self.transcript += data
        found, self.raw = self.raw, b""
        return found.decode()
