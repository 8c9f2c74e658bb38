"""Binds the listening socket and verifies the TLS certificate."""

import socket
import sys

from almoxarife.server.errors import StartupError
from almoxarife.server.settings import Settings

BACKLOG = 2048
TLS_BACKLOG = 128
"""With TLS granian accepts all waiting connections at once: fewer than ``open_files.RESERVE``."""
UNTAKEN_S = 30
"""How long a client may receive nothing of a response."""
SEND_BUFFER = 128 * 1024
"""Bytes of the socket's send buffer: 2.5 MB a second with a round trip of 50 ms."""


def bind(host: str, port: int, *, backlog: int = BACKLOG) -> socket.socket:
    """A listening socket that does not share its port. Raises StartupError if that is not possible.

    granian itself would bind with SO_REUSEPORT, and
    two servers would answer in turn.
    """
    remedy = f"Feche o outro programa ou escolha outra em ALMOXARIFE_PORT, por exemplo {port % 65535 + 1}."
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit it; without it a response may wait 40 ms for the peer's ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _notice_dead_peers(listener)
        listener.bind((host, port))
        listener.listen(backlog)
    except PermissionError:
        listener.close()
        raise StartupError(f"A porta {port} já está em uso ou não é permitida a este usuário. {remedy}") from None
    except OSError as error:
        listener.close()
        if error.errno in _NOT_OUR_ADDRESS:
            raise StartupError(f"O endereço {host} não é deste computador. Confira ALMOXARIFE_HOST.") from None
        raise StartupError(f"A porta {port} já está em uso por outro programa. {remedy}") from None
    return listener


def _notice_dead_peers(listener: socket.socket) -> None:
    """Set keep-alive and buffers, which accepted connections inherit.

    A till that lost power is noticed within two minutes, and its thread becomes free.
    """
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    # Linux can also close connections whose peer is alive but acknowledges no data.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNTAKEN_S * 1000)
    # By default the system buffers megabytes for a stalled reader, and reports late that it reads again.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


# EADDRNOTAVAIL on Linux, macOS and Windows.
_NOT_OUR_ADDRESS = {99, 49, 10049}


def verify_certificate(settings: Settings) -> None:
    """Raises StartupError. granian would abort on a bad one."""
    if settings.tls_cert is None:
        return
    import ssl

    try:
        # A key with a passphrase is refused like a wrong one: nobody could type it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise StartupError(
            f"O certificado {settings.tls_cert} e a chave {settings.tls_key} não servem juntos. "
            "Confira ALMOXARIFE_TLS_CERT e ALMOXARIFE_TLS_KEY: arquivos PEM, a chave sem senha."
        ) from None
