"""The base of the API client: the logged-in session, sending requests and parsing responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from almoxarife import __version__
from almoxarife.clients.api.address import host_and_port
from almoxarife.clients.api.errors import ApiError, password_needed
from almoxarife.clients.api.servers import Servers
from almoxarife.clients.api.transport import TIMEOUT_S, RawResponse, Transport
from almoxarife.clients.api.upload import Upload
from almoxarife.wire.times import NOT_BEFORE, WAITED, to_iso

T = TypeVar("T")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class Listing(Generic[T]):
    """A list with its ETag. ``items`` is None if nothing changed since the ETag that was sent (304)."""

    items: list[T] | None
    etag: str | None


class LoggedInSession(NamedTuple):
    token: str
    account: str


class ApiSession:
    """The base class of the clients for groups of routes. Every method raises ApiError."""

    def __init__(
        self,
        addresses: str,
        *,
        program: str = "cliente",
        headers: Mapping[str, str] | None = None,
        servers: Servers | None = None,
    ) -> None:
        """``headers`` are sent with every request. Clients that share ``servers`` fail over together."""
        self._headers = dict(headers or {})
        self._transport = Transport(addresses, user_agent=f"Almoxarife-{program}/{__version__}", servers=servers)
        self._session: LoggedInSession | None = None
        self.addresses = addresses
        """The addresses in the form of ``parse_addresses``, the main server first."""

    @property
    def main_url(self) -> str:
        """The main server's address, which identifies the whole cluster."""
        return self._transport.servers.main

    @property
    def base_url(self) -> str:
        """The address of the server in use now."""
        return self._transport.servers.in_use

    @property
    def reserve(self) -> str:
        """ "10.0.0.6:5000" while a server other than the main one is in use; else empty."""
        return "" if self.base_url == self.main_url else host_and_port(self.base_url)

    @property
    def is_logged_in(self) -> bool:
        return self._session is not None

    def is_logged_in_as(self, account: str) -> bool:
        session = self._session
        return session is not None and session.account == account

    def close(self) -> None:
        self._transport.close()

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Upload | None = None,
        headers: Mapping[str, str] | None = None,
        is_public: bool = False,
        only_as: str | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> RawResponse:
        sent = {**self._headers, **(headers or {})}
        session = None if is_public else self._session
        # Read once: a login in another thread may replace the session meanwhile.
        if only_as is not None and (session is None or session.account != only_as):
            raise password_needed()
        if session is not None:
            sent["Authorization"] = f"Bearer {session.token}"
        try:
            return self._transport.send(method, path, params=params, body=body, headers=sent, timeout_s=timeout_s)
        except ApiError as error:
            # A late 401 for an old token must not end the session that replaced it.
            if error.is_session_over and session is not None and session is self._session:
                self._session = None
            raise

    def _post(
        self,
        path: str,
        model: BaseModel | None,
        *,
        key: str | None = None,
        is_public: bool = False,
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> RawResponse:
        body = None if model is None else json_body(model)
        headers = {"Idempotency-Key": key} if key else None
        return self._send("POST", path, body=body, headers=headers, is_public=is_public, timeout_s=timeout_s)

    def _post_as(
        self,
        account: str,
        path: str,
        body: bytes,
        key: str,
        timeout_s: tuple[float, float],
        waited_s: int = 0,
        not_before: datetime | None = None,
    ) -> RawResponse:
        """Send these bytes only while ``account`` is logged in.

        ``waited_s``: seconds since the request was confirmed. ``not_before``: when the previous one happened.
        """
        headers = {"Idempotency-Key": key}
        if waited_s:
            headers[WAITED] = str(waited_s)
            if not_before is not None:
                headers[NOT_BEFORE] = to_iso(not_before)
        return self._send("POST", path, body=body, headers=headers, only_as=account, timeout_s=timeout_s)

    def _listing(
        self, adapter: TypeAdapter[list[T]], path: str, params: Mapping[str, str], etag: str | None
    ) -> Listing[T]:
        headers = {"If-None-Match": etag} if etag else None
        response = self._send("GET", path, params=params, headers=headers)
        if response.status == 304:
            return Listing(None, etag)
        return Listing(self._read_list(adapter, response), response.headers.get("ETag"))

    def _read(self, model: type[_Model], response: RawResponse) -> _Model:
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            raise self._transport.reject(response) from error

    def _find(self, model: type[_Model], path: str) -> _Model | None:
        """GET ``path``; None if the server answers 404."""
        try:
            return self._read(model, self._send("GET", path))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def _read_list(self, adapter: TypeAdapter[list[T]], response: RawResponse) -> list[T]:
        try:
            return adapter.validate_json(response.content)
        except ValidationError as error:
            raise self._transport.reject(response) from error


def json_body(model: BaseModel) -> bytes:
    return model.model_dump_json(by_alias=True, exclude_none=True).encode()


def path_of(*parts: object) -> str:
    """ "/produtos/p1/movimentacoes": ids are quoted, because they may contain what separates or ends a path."""
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def without_none(**params: object) -> dict[str, str]:
    """Query parameters, without those that are None."""
    return {name: str(value) for name, value in params.items() if value is not None}
