"""Where the server is: one address or several, given by a person or by ALMOXARIFE_URL, never searched for."""

import ipaddress
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:5000"


def parse_addresses(text: str) -> str:
    """ "10.0.0.5:5000, 10.0.0.6:5000" as "http://10.0.0.5:5000,http://10.0.0.6:5000", the main server first.

    Raises ValueError with a Portuguese sentence.
    """
    parts = [part for part in text.split(",") if part.strip()]
    return ",".join(dict.fromkeys(map(_parse_address, parts or [""])))


def split_addresses(addresses: str) -> list[str]:
    """The single addresses in what ``parse_addresses`` returned."""
    return addresses.split(",")


def _parse_address(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("Digite o endereço do servidor.")
    url = text if "://" in text else f"http://{text}"
    url = url if url.endswith("://") else url.rstrip("/")
    if not _is_plain(url):
        raise ValueError("Escreva o endereço assim: http://192.168.0.10:5000")
    return url


def _is_plain(url: str) -> bool:
    """Whether it is scheme, host and port alone. User and password are refused: they would end up in logs."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it raises ValueError when it is not a number
    except ValueError:
        return False
    if parts.username or parts.password or parts.query or parts.fragment or set(url) & set(' \t\\<>"'):
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.netloc.endswith(":")


def host_and_port(url: str) -> str:
    """ "127.0.0.1:5000", for a status line."""
    return urlsplit(url).netloc


def is_loopback(url: str) -> bool:
    """Whether the server is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_exposed(url: str) -> bool:
    """Whether this is plain HTTP to another machine, so that passwords travel unencrypted."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)
