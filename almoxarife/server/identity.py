"""Who sent a request and from where: a person, a program, or somebody on the server's own machine."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from almoxarife.server.errors import ShopNotFound, ShopNotVisible, ShopRequired
from almoxarife.wire.accounts import Role


class Origin(NamedTuple):
    """Where a request comes from."""

    address: str
    request_id: str
    is_local: bool = False
    """From the server's own machine, directly: loopback peer and host name, and no sign of a proxy."""
    is_forwarded: bool = False
    """Through a trusted proxy."""

    @property
    def network(self) -> str:
        """What limits by address count: the address, or for IPv6 its /64 network, which one subscriber gets."""
        return network_of(self.address)


NOWHERE = Origin(address="", request_id="")


class Identity(NamedTuple):
    """An authenticated person, and what they may do and see."""

    user_id: int
    username: str
    role: Role
    shop_ids: tuple[int, ...]
    """The shops that they see, sorted; for an administrador all shops."""
    session_id: int
    must_change_password: bool = False
    is_password_weak: bool = False
    origin: Origin = NOWHERE
    usual_shop_id: int | None = None
    """The shop for an administrador's requests that name none."""

    def may(self, role: Role) -> bool:
        return self.role.includes(role)

    def with_origin(self, origin: Origin) -> "Identity":
        """The same person, asking from there: half of what ``_replace`` takes, for each entry."""
        return Identity._make((*self[:_ORIGIN], origin, *self[_ORIGIN + 1 :]))

    def choose_shop(self, shop_id: int | None) -> int:
        """The shop to act in, by default the only visible one. Raises ShopNotVisible, ShopNotFound, ShopRequired."""
        if shop_id is not None:
            if shop_id not in self.shop_ids:
                # Only somebody who sees all shops may learn whether one exists.
                raise ShopNotFound if self.role is Role.ADMIN else ShopNotVisible
            return shop_id
        if len(self.shop_ids) > 1:
            raise ShopRequired
        if not self.shop_ids:
            raise ShopNotVisible("Sua conta ainda não tem loja. Fale com um administrador.")
        return self.shop_ids[0]

    def visible_shops(self, shop_id: int | None) -> tuple[int, ...]:
        """The shops to read: all visible ones, or only ``shop_id``. Raises ShopNotVisible, ShopNotFound."""
        return self.shop_ids if shop_id is None else (self.choose_shop(shop_id),)


_ORIGIN = Identity._fields.index("origin")


class Authenticator(Protocol):
    def identify(self, token: str) -> Identity | None:
        """The person behind a token, None when it is bad, expired or revoked."""

    def is_ours(self, token: str) -> bool:
        """Whether the signature is good and the token not expired; it may be revoked. Does not use the database."""


def parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an IP address, without a zone id; an IPv4-mapped IPv6 address becomes IPv4."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=1000)
def canonical_address(text: str) -> str:
    """The canonical spelling of an address; a text that is none stays as it is."""
    return str(parse_address(text) or text)


@lru_cache(maxsize=1000)
def network_of(address: str) -> str:
    """See ``Origin.network``."""
    parsed = parse_address(address)
    if parsed is None or parsed.version == 4 or parsed.is_loopback:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class Purpose(StrEnum):
    """What a service key allows: each is a set of routes."""

    LOG = "log"
    USERS = "users"
    USERADD = "useradd"


class ServiceKey(NamedTuple):
    name: str
    created_at: datetime
    purposes: frozenset[Purpose]
    zone: ZoneInfo | None = None
    """The time zone for times that its program sends without an offset; None: the shop's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls a route for programs: an administrador, a program with a key, or the server's own machine (neither)."""

    origin: Origin
    identity: Identity | None = None
    key: ServiceKey | None = None
