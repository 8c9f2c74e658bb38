"""The terminal's settings from environment variables. An invalid one raises TerminalError with a remedy."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from almoxarife.clients.api.address import DEFAULT_URL, is_loopback, parse_addresses, split_addresses
from almoxarife.clients.queue.folder import client_dir
from almoxarife.files import typed_path

T = TypeVar("T")

DEFAULT_PORT = 3333
FOLDER = "terminal"


class TerminalError(Exception):
    """The terminal cannot start; the sentence says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class TerminalSettings:
    addresses: str
    """The servers, as ``parse_addresses`` returns them."""
    folder: Path
    """The folder of the queue."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    tls_cert: Path | None = None
    tls_key: Path | None = None
    key_file: Path | None = None
    """The key file of the server on this computer. The server trusts a client that knows the key to name its peers."""

    @property
    def data_dir(self) -> Path | None:
        """The data directory of that server; the terminal stops together with it."""
        return None if self.key_file is None else self.key_file.parent

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback

    @classmethod
    def from_mapping(cls, variables: Mapping[str, str]) -> Self:
        """Raises TerminalError."""

        def read(name: str, parse: Callable[[str], T], default: T) -> T:
            text = variables.get(f"ALMOXARIFE_{name}", "").strip()
            try:
                return parse(text) if text else default
            except ValueError as error:
                raise TerminalError(f"ALMOXARIFE_{name}={text!r} {error}") from None

        settings = cls(
            addresses=read("URL", _addresses, DEFAULT_URL),
            folder=client_dir(variables) / FOLDER,
            host=read("TERMINAL_HOST", _host, "127.0.0.1"),
            port=read("TERMINAL_PORT", parse_port, DEFAULT_PORT),
            tls_cert=read("TERMINAL_TLS_CERT", _existing_file, None),
            tls_key=read("TERMINAL_TLS_KEY", _existing_file, None),
            key_file=read("TERMINAL_KEY_FILE", typed_path, None),
        )
        if (settings.tls_cert is None) != (settings.tls_key is None):
            raise TerminalError(
                "ALMOXARIFE_TERMINAL_TLS_CERT e ALMOXARIFE_TERMINAL_TLS_KEY andam juntas: defina as duas ou nenhuma."
            )
        return settings

    @classmethod
    def from_environment(cls) -> Self:
        return cls.from_mapping(os.environ)

    def describe_peer(self, peer: str) -> dict[str, str]:
        """Headers that tell the server the client's address, by which wrong passwords are counted.

        The server accepts them with the key, or from an address in its ``ALMOXARIFE_TRUSTED_PROXIES``.
        """
        headers = {"X-Forwarded-For": peer}
        if key := self._read_key():
            return {**headers, "X-Almoxarife-Terminal": key}
        # Without the key, the header would make the server treat a person at this computer as remote.
        return {} if ipaddress.ip_address(peer).is_loopback else headers

    def _read_key(self) -> str:
        """Empty unless all servers are on this computer: the key must not be sent elsewhere."""
        if self.key_file is None or not all(map(is_loopback, split_addresses(self.addresses))):
            return ""
        try:
            key = self.key_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
        return key if key.isprintable() else ""


def parse_port(text: str) -> int:
    """Raises ValueError with the second half of a sentence."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise ValueError("não é um número de porta. Use um número de 1 a 65535, por exemplo 3333.")
    return int(text)


def _addresses(text: str) -> str:
    try:
        return parse_addresses(text)
    except ValueError as error:
        raise ValueError(f"não é um endereço. {error}") from None


def _host(text: str) -> str:
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(
            "não é um endereço deste computador. Use 127.0.0.1 (só aqui) ou 0.0.0.0 (rede da loja)."
        ) from None


def _existing_file(text: str) -> Path:
    path = typed_path(text)
    if not path.is_file():
        raise ValueError("não é um arquivo que exista. Confira o caminho.")
    return path
