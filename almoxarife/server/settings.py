"""The settings, read from environment variables into one frozen object.

Every value is validated at the start. A wrong one ends the start with a sentence that names the variable, the value
and the remedy. There is no default secret: keys are generated at the first start.
"""

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from almoxarife import brazil, files
from almoxarife.server.errors import StartupError

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

GATEWAY = "gateway"
"""The folder for the gateway's files in the data directory."""
DECLARED = "gateway.env"
"""The file in it by which the gateway tells all servers of this data directory about itself, as variables."""


class RegistrationPolicy(StrEnum):
    OPEN = "open"
    """Open if the server listens only on loopback; otherwise people wait for approval."""
    APPROVAL = "approval"
    CLOSED = "closed"


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_POSTGRESQL = ("postgresql://", "postgres://")
MAX_FIXED_PORT = 32_767
"""Linux, macOS and Windows assign higher ports to programs that ask for any free one."""
_USUAL_GATEWAY = Address("127.0.0.1", 8080)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 5000
    database_url: str | None = field(default=None, repr=False)
    """None for SQLite in the data directory. The URL of a PostgreSQL may contain a password."""
    read_url: str | None = field(default=None, repr=False)
    """The URL of a standby of that PostgreSQL, for requests that only read."""
    secret_key: str | None = field(default=None, repr=False)
    secret_key_file: Path | None = None
    cpf_key_file: Path | None = None
    service_keys_dir: Path | None = None
    """The folder of the service keys; None for the one in the data directory."""
    terminal_key: str | None = field(default=None, repr=False)
    """The key with which the text terminal may name its user's address. None: no terminal may."""
    registration: RegistrationPolicy = RegistrationPolicy.OPEN
    temporary_password_days: int = 7
    """Days until a temporary password expires."""
    trusted_proxies: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()
    """Further host names that requests may be sent to (``http.access.HostCheck``)."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    log_file: Path | None = None
    """None for standard error."""
    backups: int = 14
    """How many nightly backups are kept; 0 to make none."""
    log_days: int = 90
    """How many days log entries of programs are kept; 0 for ever."""
    log_megabytes: int = 1024
    """Limit of the size of that log; 0 for none."""
    cluster: tuple[str, ...] = ()
    """URLs of Patroni on the nodes of a cluster, this node's own first; empty for a single machine."""
    main_node: str | None = None
    """The name of the node that coordinates if it can."""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo(brazil.SAO_PAULO))
    gateway: Address = _USUAL_GATEWAY
    """The address that the gateway listens on."""
    gateway_tls_cert: Path | None = None
    gateway_tls_key: Path | None = None
    gateway_apis: tuple[Address, ...] = ()
    """The servers behind the gateway; empty for the one of these settings."""
    gateway_logs: Address | None = None
    """A separate log service for entries of programs; None: the servers take them."""
    gateway_log: Address | None = None
    """The UDP address for the gateway's own log; None: it is not received."""

    @property
    def is_loopback(self) -> bool:
        """Whether the listening address can only be reached from this machine."""
        return is_loopback(self.host)

    @property
    def own_address(self) -> Address:
        """The address by which programs on this machine reach the server, also if it listens on all addresses."""
        loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # looked up, not listened on
        return Address(loopback.get(self.host, self.host), self.port)

    @property
    def own_url(self) -> str:
        """The URL of ``own_address``."""
        return f"{'https' if self.tls_cert else 'http'}://{self.own_address}"

    @property
    def audited(self) -> dict[str, str]:
        """The settings whose changes are recorded in the audit trail, by variable. No secrets, no folders.

        They decide who is let in and from where, when a day begins, and how long data is kept.
        """
        return {
            "ALMOXARIFE_HOST": self.host,
            "ALMOXARIFE_REGISTRATION": self.registration.value,
            "ALMOXARIFE_TEMPORARY_PASSWORD_DAYS": str(self.temporary_password_days),
            "ALMOXARIFE_TRUSTED_PROXIES": ",".join(map(str, self.trusted_proxies)),
            "ALMOXARIFE_TIMEZONE": self.timezone.key,
            "ALMOXARIFE_LOG_DAYS": str(self.log_days),
            "ALMOXARIFE_LOG_MB": str(self.log_megabytes),
            "ALMOXARIFE_BACKUPS": str(self.backups),
        }

    @classmethod
    def from_mapping(cls, variables: Mapping[str, str]) -> Self:
        """Read ``ALMOXARIFE_*``. Raises StartupError with the variable, the value and the remedy."""

        def read(name: str, parse: Callable[[str], T], default: T) -> T:
            text = variables.get(f"ALMOXARIFE_{name}", "").strip()
            if not text:
                return default
            try:
                return parse(text)
            except ValueError as error:
                shown = "***" if name == "SECRET_KEY" or "@" in text else repr(text)
                raise StartupError(f"ALMOXARIFE_{name}={shown} {error}") from None

        data_dir = find_data_dir(variables)
        declared = read_declared(data_dir)
        settings = cls(
            data_dir=data_dir,
            host=read("HOST", _host, "127.0.0.1"),
            port=read("PORT", _port, 5000),
            database_url=read("DATABASE_URL", _database_url, None),
            read_url=read("READ_URL", _read_url, None),
            secret_key=read("SECRET_KEY", _secret, None),
            secret_key_file=read("SECRET_KEY_FILE", _existing_file, None),
            cpf_key_file=read("CPF_KEY_FILE", _existing_file, None),
            service_keys_dir=read("SERVICE_KEYS_DIR", _path, None),
            registration=read("REGISTRATION", _registration, RegistrationPolicy.OPEN),
            temporary_password_days=read("TEMPORARY_PASSWORD_DAYS", _few_days, 7),
            # Our own gateway is one more: what is set for another proxy does not take its place.
            trusted_proxies=_join(
                read("TRUSTED_PROXIES", _networks, ()), _networks(declared.get("ALMOXARIFE_TRUSTED_PROXIES", ""))
            ),
            hosts=_join(read("HOSTS", _names, ()), _names(declared.get("ALMOXARIFE_HOSTS", ""))),
            tls_cert=read("TLS_CERT", _existing_file, None),
            tls_key=read("TLS_KEY", _existing_file, None),
            log_file=read("LOG_FILE", _path, None),
            backups=read("BACKUPS", _count, 14),
            log_days=read("LOG_DAYS", _days, 90),
            log_megabytes=read("LOG_MB", _megabytes, 1024),
            cluster=read("CLUSTER", _addresses, ()),
            main_node=read("MAIN_NODE", str, None),
            timezone=read("TIMEZONE", parse_zone, ZoneInfo(brazil.SAO_PAULO)),
            gateway=read("GATEWAY", _address, _USUAL_GATEWAY),
            gateway_tls_cert=read("GATEWAY_TLS_CERT", _existing_file, None),
            gateway_tls_key=read("GATEWAY_TLS_KEY", _existing_file, None),
            gateway_apis=read("GATEWAY_APIS", lambda text: tuple(map(_address, text.split(","))), ()),
            gateway_logs=read("GATEWAY_LOGS", _address, None),
            gateway_log=read("GATEWAY_LOG", _fixed_address, _find_address(declared.get("ALMOXARIFE_GATEWAY_LOG"))),
        )
        if settings.read_url and not (settings.database_url or "").startswith(_POSTGRESQL):
            raise StartupError(
                "ALMOXARIFE_READ_URL é de uma réplica: defina também ALMOXARIFE_DATABASE_URL, do PostgreSQL original."
            )
        for cert, key, names in (
            (settings.tls_cert, settings.tls_key, "ALMOXARIFE_TLS_CERT e ALMOXARIFE_TLS_KEY"),
            (
                settings.gateway_tls_cert,
                settings.gateway_tls_key,
                "ALMOXARIFE_GATEWAY_TLS_CERT e ALMOXARIFE_GATEWAY_TLS_KEY",
            ),
        ):
            if (cert is None) != (key is None):
                raise StartupError(f"{names} andam juntas: defina as duas ou nenhuma.")
        return settings

    @classmethod
    def from_environment(cls) -> Self:
        return cls.from_mapping(os.environ)


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def find_data_dir(variables: Mapping[str, str]) -> Path:
    """The data directory. Other variables are not validated."""
    if text := variables.get("ALMOXARIFE_DATA_DIR", "").strip(' "'):  # SET NAME="" leaves the quotes
        return _path(text)
    from platformdirs import user_data_path

    return user_data_path("Almoxarife", appauthor=False)


def read_declared(data_dir: Path) -> dict[str, str]:
    """The variables in the gateway's file (``DECLARED``); empty without a gateway. Raises StartupError."""
    path = data_dir / GATEWAY / DECLARED
    try:
        lines = path.read_text("utf-8").splitlines()
        variables = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        _networks(variables["ALMOXARIFE_TRUSTED_PROXIES"])
        _address(variables["ALMOXARIFE_GATEWAY_LOG"])
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError):
        raise StartupError(
            f"O arquivo {path} não pôde ser lido. Grave-o de novo com almoxarife gateway render, ou apague-o se não "
            "há mais gateway."
        ) from None
    return variables


def _host(text: str) -> str:
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise ValueError(
            "não é um endereço deste computador. Use 127.0.0.1 (só aqui) ou 0.0.0.0 (rede da loja)."
        ) from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError("não é um número de porta. Use um número de 1 a 65535.")
    return int(text)


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", *_POSTGRESQL)):
        raise ValueError(
            "não é um banco conhecido. Use sqlite:///caminho/do/arquivo.db, "
            "postgresql://usuario:senha@servidor/banco ou deixe sem valor."
        )
    return text


def _read_url(text: str) -> str:
    if not text.startswith(_POSTGRESQL):
        raise ValueError(
            "não é o endereço de uma réplica. Use postgresql://usuario:senha@replica/banco ou deixe sem valor."
        )
    return text


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("é curta demais. Use 32 caracteres aleatórios ou mais, ou deixe sem valor.")
    return text


def _address(text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    try:
        return Address(_host(host), _port(port))
    except ValueError:
        raise ValueError("não é um endereço com porta. Use por exemplo 127.0.0.1:8080.") from None


def _fixed_address(text: str) -> Address:
    """A UDP address whose port the system assigns to no other program, not even to nginx for sending."""
    address = _address(text)
    if address.port > MAX_FIXED_PORT:
        raise ValueError(
            "tem uma porta que o sistema pode dar a outro programa, e ao próprio nginx. "
            f"Use uma até {MAX_FIXED_PORT}, por exemplo 127.0.0.1:8514."
        )
    return address


def _find_address(text: str | None) -> Address | None:
    return None if text is None else _address(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _join(ours: tuple[T, ...], declared: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*ours, *declared)))


def _path(text: str) -> Path:
    return files.typed_path(text).absolute()


def _existing_file(text: str) -> Path:
    path = files.typed_path(text)
    if not path.is_file():
        raise ValueError("não é um arquivo que exista. Confira o caminho.")
    return path


def _registration(text: str) -> RegistrationPolicy:
    try:
        return RegistrationPolicy(text)
    except ValueError:
        raise ValueError("não é um modo de cadastro. Use open, approval ou closed.") from None


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("não é uma lista de endereços. Use por exemplo 127.0.0.1,10.0.0.0/8.") from None


def _addresses(text: str) -> tuple[str, ...]:
    addresses = tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())
    if not all(address.startswith(("http://", "https://")) for address in addresses):
        raise ValueError("não é uma lista de endereços. Use por exemplo http://10.0.0.1:8008,http://10.0.0.2:8008.")
    return addresses


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 3650):
        raise ValueError("não é um número de cópias. Use por exemplo 14, ou 0 para não fazer cópias.")
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 3650):
        raise ValueError("não é um número de dias. Use por exemplo 90, ou 0 para guardar sempre.")
    return int(text)


def _few_days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 90):
        raise ValueError("não é um número de dias de 1 a 90. Use por exemplo 7.")
    return int(text)


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or 0 < int(text) < 10:
        raise ValueError("não é um número de megabytes. Use por exemplo 1024, ao menos 10, ou 0 para não ter limite.")
    return int(text)


def parse_zone(text: str) -> ZoneInfo:
    """Raises ValueError with the second half of a sentence."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("não é um fuso horário. Use por exemplo America/Sao_Paulo.") from None
