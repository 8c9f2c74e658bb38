"""The file by which the gateway tells the servers of the same data directory about itself; they read it at their start.

So the gateway is always a trusted proxy. A server that did not know it would take all requests as coming from one
address, the gateway's.
"""

import socket
from contextlib import suppress

from almoxarife import files
from almoxarife.server.data_directory import announcement, folder
from almoxarife.server.settings import DECLARED, GATEWAY, Address, Settings, is_loopback, read_declared

DEFAULT_LOG = Address("127.0.0.1", 8514)

_HEAD = (
    "# Escrito por almoxarife gateway: cada servidor destes dados o lê quando inicia.\n"
    "# Sem gateway, apague este arquivo e reinicie o servidor.\n"
)


def find_apis(settings: Settings) -> tuple[Address, ...]:
    """The servers behind the gateway: those of ``gateway_apis``, else the one of these settings."""
    if settings.gateway_apis:
        return settings.gateway_apis
    return (settings.own_address,)


def find_own_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses from which the gateway connects to its servers, as they see them."""
    servers = (*find_apis(settings), *((settings.gateway_logs,) if settings.gateway_logs else ()))
    return tuple(dict.fromkeys(find_source(address) for address in servers))


def find_source(address: Address) -> str:
    """The local address from which this machine connects to ``address``."""
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_DGRAM) as trial:
        with suppress(OSError):  # without a route to it, it gets no requests either
            trial.connect(address)  # sends nothing
        source: str = trial.getsockname()[0]
    return source


def declare(settings: Settings) -> bool:
    """Write the file; returns whether the running server has started before and must be restarted.

    Raises StartupError.
    """
    variables = {
        "ALMOXARIFE_TRUSTED_PROXIES": ",".join(find_own_addresses(settings)),
        "ALMOXARIFE_HOSTS": ",".join(settings.hosts),
        "ALMOXARIFE_GATEWAY_LOG": str(settings.gateway_log or DEFAULT_LOG),
    }
    place = folder.prepare(folder.prepare(settings.data_dir) / GATEWAY) / DECLARED
    if read_declared(settings.data_dir) != variables:
        text = _HEAD + "".join(f"{name}={value}\n" for name, value in variables.items())
        try:
            files.write_atomically(place, text.encode())
        except OSError as error:
            raise folder.unwritable(place.parent, error) from error
    server = settings.data_dir / announcement.SERVER
    try:
        return server.stat().st_mtime_ns < place.stat().st_mtime_ns
    except OSError:
        return False


def list_far_servers(settings: Settings) -> list[Address]:
    """The servers on other machines, which do not read this file and must be configured by hand."""
    return [address for address in find_apis(settings) if not is_loopback(address.host)]
