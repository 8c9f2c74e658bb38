"""``ApiClient``: one typed method for each route of the server.

The token is kept in memory only, never in a file, a window title or a log. Writes take an
idempotency key, made once for each action that a person confirms: retrying the action with another
key would record it twice.
"""

from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus

from pydantic import TypeAdapter

from almoxarife.clients.api.administration import AdministrationClient
from almoxarife.clients.api.messages import MessagesClient
from almoxarife.clients.api.sales import SalesClient
from almoxarife.clients.api.session import Listing, LoggedInSession, path_of, without_none
from almoxarife.clients.api.transport import IMPORT_TIMEOUT_S, TIMEOUT_S
from almoxarife.clients.api.upload import Upload
from almoxarife.wire.accounts import (
    AccountState,
    Credentials,
    LoggedIn,
    PasswordChange,
    Registered,
    Registration,
    Seller,
    TemporaryPassword,
    User,
    UserChange,
    UserDay,
)
from almoxarife.wire.catalog import (
    ImportCancellation,
    ImportReport,
    PartlyUndone,
    PastImport,
    Product,
    ProductChange,
    ProductIn,
    ShownProduct,
    UnitIn,
    UnitOut,
)
from almoxarife.wire.health import AuditHead, Coordination, Health
from almoxarife.wire.stock import Movement, MovementIn, ReversalIn, Summary
from almoxarife.wire.stores import Chain, Shop

_PRODUCTS = TypeAdapter(list[Product])
_MOVEMENTS = TypeAdapter(list[Movement])
_USERS = TypeAdapter(list[User])
_SHOPS = TypeAdapter(list[Shop])
_CHAINS = TypeAdapter(list[Chain])
_SELLERS = TypeAdapter(list[Seller])
_UNITS = TypeAdapter(list[UnitOut])
_IMPORTS = TypeAdapter(list[PastImport])


@dataclass(frozen=True)
class DayResponse:
    """One person's events of a day, and the raw bytes of the response for the JSON export."""

    day: UserDay
    content: bytes


class ApiClient(SalesClient, MessagesClient, AdministrationClient):
    """Used by one person at a time. Every method raises ApiError."""

    # --- the server and the account -----------------------------------------------------

    def health(self) -> Health:
        raw = self._transport.send("GET", "/saude")
        response = self._read(Health, raw)
        if response.name != "almoxarife":
            raise self._transport.reject(raw)
        return response

    def coordination(self) -> Coordination:
        """Which node of a cluster accepts writes, and its latest events."""
        return self._read(Coordination, self._send("GET", "/coordenacao"))

    def audit_head(self) -> str:
        """The audit trail's newest hash. Kept elsewhere, it proves that nothing before it was altered later."""
        return self._read(AuditHead, self._send("GET", "/auditoria/cabeca")).head

    def register(self, registration: Registration) -> Registered:
        return self._read(Registered, self._post("/registrar_usuario_app", registration, is_public=True))

    def login(self, credentials: Credentials) -> LoggedIn:
        raw = self._post("/login", credentials, is_public=True)
        response = self._read(LoggedIn, raw)
        # The token is sent in a header.
        if not (response.token.isascii() and response.token.isprintable() and " " not in response.token):
            raise self._transport.reject(raw)
        self._session = LoggedInSession(response.token, response.user.account)
        return response

    def logout(self) -> None:
        """Forgets the token even when the request fails."""
        try:
            self._post("/logout", None)
        finally:
            self._session = None

    def change_password(self, change: PasswordChange) -> None:
        self._post("/conta/senha", change)

    # --- people -------------------------------------------------------------------------

    def users(self, state: AccountState | None = None) -> list[User]:
        response = self._send("GET", "/usuarios", params={"estado": state.value} if state else None)
        return self._read_list(_USERS, response)

    def change_user(self, user_id: str, change: UserChange) -> User:
        body = change.model_dump_json(by_alias=True, exclude_unset=True).encode()
        return self._read(User, self._send("PATCH", path_of("usuarios", user_id), body=body))

    def reset_password(self, user_id: str) -> TemporaryPassword:
        return self._read(TemporaryPassword, self._post(path_of("usuarios", user_id, "senha"), None))

    def user_day(self, username: str, day: date) -> DayResponse:
        response = self._send("GET", path_of("usuarios", username, "historico"), params={"dia": day.isoformat()})
        return DayResponse(self._read(UserDay, response), response.content)

    def shops(self, chain_id: str | None = None) -> list[Shop]:
        """The shops that this person may see, oldest first; with ``chain_id`` those of one chain."""
        return self._read_list(_SHOPS, self._send("GET", "/lojas", params=without_none(rede=chain_id)))

    def chains(self) -> list[Chain]:
        """The chains of the shops that this person may see."""
        return self._read_list(_CHAINS, self._send("GET", "/redes"))

    def sellers(self) -> list[Seller]:
        """The sellers of this manager's shops, in order of registration."""
        return self._read_list(_SELLERS, self._send("GET", "/vendedores"))

    # --- products -----------------------------------------------------------------------

    def products(
        self,
        *,
        search: str | None = None,
        shop_id: str | None = None,
        with_inactive: bool = False,
        etag: str | None = None,
    ) -> Listing[Product]:
        params = without_none(busca=search, loja=shop_id, inativos="1" if with_inactive else None)
        return self._listing(_PRODUCTS, "/produtos", params, etag)

    def product(self, product_id: str) -> ShownProduct | None:
        """None if there is no such product."""
        return self._find(ShownProduct, path_of("produtos", product_id))

    def units(self) -> list[UnitOut]:
        return self._read_list(_UNITS, self._send("GET", "/unidades"))

    def create_unit(self, unit: UnitIn) -> UnitOut:
        return self._read(UnitOut, self._post("/unidades", unit))

    def remove_unit(self, code: str) -> None:
        self._send("DELETE", path_of("unidades", code))

    def create_product(self, product: ProductIn, *, key: str) -> Product:
        return self._read(Product, self._post("/produtos", product, key=key))

    def change_product(self, product_id: str, change: ProductChange, *, version: int) -> Product:
        body = change.model_dump_json(by_alias=True, exclude_unset=True).encode()  # unset fields stay as they are
        headers = {"If-Match": f'"{version}"'}
        response = self._send("PUT", path_of("produtos", product_id), body=body, headers=headers)
        return self._read(Product, response)

    def import_products(
        self,
        rows: Upload,
        *,
        simulate: bool,
        key: str | None = None,
        shop_id: str | None = None,
        adjust: bool = False,
        timeout_s: tuple[float, float] = IMPORT_TIMEOUT_S,
    ) -> ImportReport:
        """Import all rows or none. Also raises what ``rows`` raises while it is read (``UploadCancelled``).

        ``shop_id`` is the shop that has the quantities; ``adjust`` also adjusts its present balances to them.
        """
        headers = {"Idempotency-Key": key} if key else None
        params = without_none(simular="1" if simulate else None, loja=shop_id, ajustar="1" if adjust else None)
        response = self._send(
            "POST", "/produtos/importar", params=params, body=rows, headers=headers, timeout_s=timeout_s
        )
        return self._read(ImportReport, response)

    def imports(self) -> list[PastImport]:
        """The newest first."""
        return self._read_list(_IMPORTS, self._send("GET", "/produtos/importacoes"))

    def cancel_import(self, key: str) -> None:
        """Cancel the import that is running under this key. The response to that import says whether it was in time."""
        self._post("/produtos/importacoes/cancelar", ImportCancellation(chave=key))

    def undo_import(self, import_id: str) -> PartlyUndone | None:
        """None if all was undone; otherwise what was left because it has been used or changed since."""
        path = path_of("produtos", "importacoes", import_id, "desfazer")
        response = self._send("POST", path, timeout_s=IMPORT_TIMEOUT_S)
        return self._read(PartlyUndone, response) if response.status == 200 else None

    def product_movements(self, product_id: str, *, limit: int | None = None) -> list[Movement]:
        """Newest first; all, or the newest ``limit``."""
        response = self._send(
            "GET", path_of("produtos", product_id, "movimentacoes"), params=without_none(limite=limit)
        )
        return self._read_list(_MOVEMENTS, response)

    # --- movements ----------------------------------------------------------------------

    def movements(
        self,
        *,
        after: int | None = None,
        newest: int | None = None,
        limit: int | None = None,
        shop_id: str | None = None,
        etag: str | None = None,
    ) -> Listing[Movement]:
        """Oldest first: those with a ``seq`` above ``after``, or the ``newest`` n."""
        params = without_none(depois=after, ultimos=newest, limite=limit, loja=shop_id)
        return self._listing(_MOVEMENTS, "/inventario", params, etag)

    def record_movement(self, movement: MovementIn, *, key: str) -> Movement:
        return self._read(Movement, self._post("/inventario", movement, key=key))

    def reverse(self, movement_id: str, reversal: ReversalIn, *, key: str) -> Movement:
        path = path_of("inventario", movement_id, "estorno")
        return self._read(Movement, self._post(path, reversal, key=key))

    def summary(self, day: date | None = None, *, shop_id: str | None = None) -> Summary:
        params = without_none(dia=day.isoformat() if day else None, loja=shop_id)
        return self._read(Summary, self._send("GET", "/inventario/resumo", params=params))

    # --- requests from the queue: the bytes as they were confirmed --------------------------

    def post_movement_as(
        self,
        account: str,
        path: str,
        body: bytes,
        *,
        key: str,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        waited_s: int = 0,
        not_before: datetime | None = None,
    ) -> Movement:
        return self._read(Movement, self._post_as(account, path, body, key, timeout_s, waited_s, not_before))

    def post_event_as(
        self, account: str, path: str, body: bytes, *, key: str, timeout_s: tuple[float, float] = TIMEOUT_S
    ) -> None:
        response = self._post_as(account, path, body, key, timeout_s)
        if response.status != HTTPStatus.NO_CONTENT:
            raise self._transport.reject(response)
