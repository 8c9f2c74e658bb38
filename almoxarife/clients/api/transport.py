"""Sends one HTTP request and turns every failure into ``ApiError``.

urllib3's retries are off: the callers (``desktop.frame.connection``, the senders of the queue) retry, so that they
can show it. With several servers, a request that certainly had no effect, or may be repeated, goes
to the next server at once. Redirects are never followed, because the token would be sent along.
"""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import requests
from pydantic import ValidationError
from requests.utils import get_environ_proxies
from urllib3.exceptions import MaxRetryError, NewConnectionError
from urllib3.util import Retry

from almoxarife.clients.api.address import host_and_port, is_loopback, split_addresses
from almoxarife.clients.api.bounded import BoundedAdapter, ResponseTooLong
from almoxarife.clients.api.errors import FOREIGN_RESPONSE, NO_RESPONSE, ApiError
from almoxarife.clients.api.servers import Servers
from almoxarife.clients.api.upload import Upload
from almoxarife.wire.health import Health
from almoxarife.wire.problem import Problem

TIMEOUT_S = (2.0, 4.0)
"""(timeout to connect, timeout between two reads); ``bounded`` limits the whole response."""

IMPORT_TIMEOUT_S = (2.0, 120.0)
"""For an import: the server checks all rows before it sends the first byte."""

_PROBE_TIMEOUT_S = (1.0, 2.0)
_MAX_WAIT_S = 3600.0
_BROKEN_OFF = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


@dataclass(frozen=True)
class RawResponse:
    status: int
    headers: Mapping[str, str]
    content: bytes
    address: str
    """The server that gave it."""


class Transport:
    """Usable from several threads, each with a ``requests.Session`` of its own.

    ``addresses`` as ``parse_addresses`` returns them; ``servers`` shares their failover state with other clients.
    """

    def __init__(self, addresses: str, *, user_agent: str, servers: Servers | None) -> None:
        self.servers = servers or Servers(split_addresses(addresses))
        self._user_agent = user_agent
        self._proxies = {address: _find_proxies(address) for address in self.servers.addresses}
        self._of_thread = threading.local()
        self._opened: list[requests.Session] = []

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | Upload | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> RawResponse:
        """Return a 2xx or 304 response. Raises ApiError for any other, and for none."""
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/json"
        tries_left = len(self.servers.addresses)
        while True:
            address, tries_left = self.servers.in_use, tries_left - 1
            try:
                return self._ask(address, method, path, params, body, sent, timeout_s)
            except ApiError as error:
                has_another = error.is_connection_fault and self.servers.leave(address)
                may_repeat = error.was_never_sent or method == "GET"
                if not (has_another and may_repeat and tries_left):
                    raise

    def _ask(
        self,
        address: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | Upload | None,
        headers: Mapping[str, str],
        timeout_s: tuple[float, float],
    ) -> RawResponse:
        if self.servers.is_probe_due():
            # In a separate thread, so that this request does not wait for the probe.
            threading.Thread(target=self._probe_main, name="servidor-principal", daemon=True).start()
        try:
            response = self._session().request(
                method,
                address + path,
                params=params,
                data=body,
                headers=headers,
                timeout=timeout_s,
                allow_redirects=False,
                proxies=self._proxies[address],
                stream=True,
            )
            with response:
                # Our server never compresses, and a compressed body could expand without limit.
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise _foreign(address, response.status_code)
                content = response.content
        except requests.RequestException as error:
            raise _no_response(address, error) from error
        except ResponseTooLong as error:
            raise _foreign(address) from error
        if response.ok and not response.is_redirect:
            return RawResponse(response.status_code, response.headers, content, address)
        if response.status_code == 304:
            return RawResponse(304, response.headers, b"", address)
        raise _refusal(address, response)

    def _probe_main(self) -> None:
        """Return to the main server if it is healthy again."""
        address, started = self.servers.main, time.monotonic()
        with self._new_session() as session, suppress(requests.RequestException, ResponseTooLong):
            response = session.get(
                f"{address}/saude",
                timeout=_PROBE_TIMEOUT_S,
                allow_redirects=False,
                proxies=self._proxies[address],
            )
            # A server that sends a byte now and then is not healthy.
            is_prompt = time.monotonic() - started < sum(_PROBE_TIMEOUT_S)
            if response.ok and is_prompt and _is_ours(response.content):
                self.servers.return_to_main()

    def close(self) -> None:
        """Close the connections of all threads. None may be in use."""
        while self._opened:
            self._opened.pop().close()

    def reject(self, response: RawResponse) -> ApiError:
        """The error for a successful response that is not from Almoxarife. Another server is used from now on."""
        self.servers.leave(response.address)
        return _foreign(response.address)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = self._new_session()
            self._opened.append(session)
        return session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        # Not from the environment: proxies are chosen by ``_find_proxies``, and ~/.netrc would replace our token.
        session.trust_env = False
        adapter = BoundedAdapter(max_retries=Retry(0, read=False))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": self._user_agent}
        )
        return session


def _foreign(address: str, status: int | None = None) -> ApiError:
    """The error for a response that is not from Almoxarife: a captive portal, another program on the port."""
    return ApiError(
        f"Quem respondeu em {host_and_port(address)} não é o servidor do Almoxarife. Confira o endereço e a rede.",
        status=status if status in {502, 503, 504} else None,
        code=FOREIGN_RESPONSE,
    )


def _no_response(address: str, error: requests.RequestException) -> ApiError:
    if isinstance(error, requests.exceptions.SSLError):
        sentence = "Não foi possível confirmar a identidade do servidor (certificado)."
        return ApiError(sentence, code="certificado", was_never_sent=_is_not_trusted(error))
    if isinstance(error, requests.ReadTimeout):
        return ApiError("O servidor demorou demais para responder.", code=NO_RESPONSE)
    if isinstance(error, _BROKEN_OFF):
        return ApiError("Servidor fora do ar.", code=NO_RESPONSE, was_never_sent=_is_unconnected(error))
    return _foreign(address)


def _refusal(address: str, response: requests.Response) -> ApiError:
    try:
        if "json" not in response.headers.get("Content-Type", ""):
            raise ValueError("not JSON")
        problem = Problem.model_validate(json.loads(response.content))
    except (ValueError, RecursionError, ValidationError):
        return _foreign(address, response.status_code)
    return ApiError(
        problem.message,
        status=response.status_code,
        code=problem.code,
        errors=problem.errors,
        retry_after_s=_seconds(response.headers.get("Retry-After")),
        existing=problem.existing,
        request_id=problem.request_id,
    )


def _find_proxies(address: str) -> dict[str, str]:
    """The environment's proxies, but none for a server on this machine."""
    return {} if is_loopback(address) else dict(get_environ_proxies(address))


def _is_unconnected(error: requests.RequestException) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    reason = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or (
        isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)
    )


def _is_not_trusted(error: requests.RequestException) -> bool:
    """Whether a certificate was refused: nothing is sent before it is accepted."""
    reason = error.args[0] if error.args else None
    return isinstance(reason, MaxRetryError) and "CERTIFICATE_VERIFY_FAILED" in str(reason.reason)


def _is_ours(content: bytes) -> bool:
    with suppress(ValueError, RecursionError):
        return Health.model_validate_json(content).name == "almoxarife"
    return False


def _seconds(text: str | None) -> float | None:
    """``Retry-After`` in seconds; our server never sends the form with a date."""
    # str.isdigit accepts "²", float does not.
    if text is None or not (text.isascii() and text.strip().isdigit()):
        return None
    return min(float(text), _MAX_WAIT_S)
