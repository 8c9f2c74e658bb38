"""One terminal session: the requests and sales of a conversation, for the person who is logged in."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from almoxarife.brazil import SAO_PAULO, format_datetime, format_money, format_time
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError, password_needed
from almoxarife.clients.api.shop_zone import find_zone
from almoxarife.clients.queue.outgoing import Owner, QueuedRow, State
from almoxarife.clients.queue.store import Outbox, OutboxFailed, SessionSuperseded
from almoxarife.clients.terminal.conversation.days import Days
from almoxarife.clients.terminal.open_sessions import OpenSession
from almoxarife.clients.terminal.sending import SaleState, Sender, Sold
from almoxarife.clients.terminal.server_status import ServerStatus
from almoxarife.wire.accounts import (
    Credentials,
    LoggedInUser,
    PasswordChange,
    Registered,
    Registration,
    Role,
    Seller,
    SellerRole,
)
from almoxarife.wire.fields import FullName
from almoxarife.wire.problem import explain
from almoxarife.wire.sales import Ranked, SaleIn, SalesTotal
from almoxarife.wire.stores import Chain, Shop

log = logging.getLogger(__name__)

_FULL_NAME: TypeAdapter[str] = TypeAdapter(FullName)
_LOGINS_BUSY = "entradas-ocupadas"
_MAX_LOGIN_TRIES = 5
_MIN_PAUSE_S, _MAX_PAUSE_S = 0.2, 2.0

T = TypeVar("T")
_Model = TypeVar("_Model", bound=BaseModel)


def read_full_name(text: str) -> str:
    """Raises ValueError with a Portuguese sentence."""
    try:
        return _FULL_NAME.validate_python(text)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


class Session:
    """Methods that ask the server raise ApiError, after updating ``status``."""

    def __init__(self, number: int, api: ApiClient, *, outbox: Outbox, sender: Sender, status: ServerStatus) -> None:
        self.number = number
        self._api = api
        self._outbox = outbox
        self._sender = sender
        self._status = status
        self._last_event = status.newest
        self._owner: Owner | None = None
        self._queue_session: int | None = None
        """The number from ``Outbox.begin_session``; None before the queue was described to the person."""
        self._open_session: OpenSession | None = None
        self._zone = find_zone(SAO_PAULO)
        self._shops: list[Shop] = []
        self._shown_refused: list[QueuedRow] = []
        self._knows_last = False
        self._coordination_known: datetime | None = None
        self.user: LoggedInUser | None = None
        self.has_hung_up: Callable[[], bool] = lambda: False
        """Whether the client has disconnected; lines received before may still be processed."""

    def close(self) -> None:
        """End the session. What waits is still sent."""
        self._leave_open_sessions()
        if self._owner is not None:
            self._sender.leave(self._owner, self._api)
        else:
            self._api.close()

    # --- reports ------------------------------------------------------------------------

    def describe_server(self) -> str:
        return self._status.describe(self._zone)

    def tell_news(self) -> list[str]:
        """Sentences about what happened since the last call."""
        events = self._status.events_after(self._last_event)
        if events:
            self._last_event = events[-1].number
        own = self._sender.take_news(self._owner) if self._owner else []
        return [event.describe(self._zone) for event in events] + own

    def describe_work(self) -> list[str]:
        """The last sale, waiting and rejected ones, so that the person does not type a sale again."""
        if self._owner is None:
            return []
        for row in self._shown_refused:  # the person has seen them and gone on
            self._outbox.discard(row)
        if self._open_session is None:
            self._open_session = self._sender.open_sessions.open(self._owner.account, self.has_hung_up)
            with suppress(OutboxFailed):  # the next sale will report it
                self._queue_session = self._outbox.begin_session(self._owner)
        lines = [*self._describe_coordination(), *self._describe_messages()]
        if not self._knows_last:
            lines += self._describe_last_sale(self._outbox.find_newest_sale(self._owner))
        self._knows_last = True
        if waiting := self._sender.count_waiting(self._owner):
            lines.append("1 venda aguardando envio." if waiting == 1 else f"{waiting} vendas aguardando envio.")
        shown = self._outbox.shown_to(self._owner, since=datetime.now(UTC))
        self._shown_refused = [row for row in shown if row.state is State.REJECTED]
        lines += [f"Recusada pelo servidor: {row.label}. {row.reason}" for row in self._shown_refused]
        return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]

    def _describe_coordination(self) -> list[str]:
        """The state of a cluster and its new events; empty if the server is away or no cluster."""
        if self._status.is_away:
            return []
        try:
            state = self._ask(self._api.coordination)
        except ApiError:
            return []
        known = self._coordination_known
        # By the server's clock.
        self._coordination_known = state.events[-1].at if state.events else datetime.fromtimestamp(0, UTC)
        events = [event for event in state.events if known is not None and event.at > known]
        news = [f"[{format_time(event.at, self._zone)}] {state.describe_event(event)}" for event in events]
        return [*news, state.describe(self._zone), *filter(None, [state.describe_nodes()])]

    def _describe_messages(self) -> list[str]:
        if self._status.is_away:
            return []
        try:
            number = self._ask(self._api.unread_messages).unread
        except ApiError:
            return []
        return [] if not number else ["1 recado novo."] if number == 1 else [f"{number} recados novos."]

    def _describe_last_sale(self, last: QueuedRow | None) -> list[str]:
        """The last sale in this computer's queue, and the last one on the server if another computer sent it."""
        lines = []
        if last is not None and last.state is not State.REJECTED:
            where = "registrada" if last.state is State.ACKED else "aguardando envio"
            moment = format_datetime(last.confirmed_at, self._zone)
            lines.append(f"Última venda daqui: {last.label}, {moment}, {where}.")
        if self._status.is_away or self.user is None or self.user.role.includes(Role.MANAGER):
            return lines
        with suppress(ApiError):
            for sale in self._ask(lambda: self._api.sales(newest=1)):
                if last is None or sale.id != last.recorded_id:
                    moment = format_datetime(sale.occurred_at, self._zone)
                    lines.append(f"Sua última venda no servidor: {format_money(sale.amount)}, {moment}.")
        return lines

    # --- the account --------------------------------------------------------------------

    def log_in(self, username: str, password: str) -> LoggedInUser:
        """Raises ValueError for what no account can have."""
        credentials = _build(Credentials, username=username, password=password)
        for tries_left in reversed(range(_MAX_LOGIN_TRIES)):
            try:
                response = self._api.login(credentials)
                break
            except ApiError as error:
                self._status.failed(error)
                if error.code != _LOGINS_BUSY or not tries_left:
                    raise
                # Many people log in at the same time in the morning: retry instead of asking them to.
                time.sleep(min(max(error.retry_after_s or 0.0, _MIN_PAUSE_S), _MAX_PAUSE_S))
        self._status.answered(self._api.base_url)
        log.info("terminal_login", {"session": self.number, "person": response.user.id})
        self._zone = find_zone(response.timezone)
        self.user = response.user
        # Another person may have been logged in before.
        self._leave_open_sessions()
        self._shops, self._shown_refused, self._knows_last = [], [], False
        self._owner = Owner(response.user.account, response.user.username, self._api.main_url)
        if not response.user.must_change_password:
            self._sender.enter(self._owner, self._api)
        return response.user

    def register(self, *, cpf: str, name: str, birth_year: int, role: SellerRole, password: str) -> Registered:
        """Raises ValueError for what no account can have."""
        request = _build(
            Registration, cpf=cpf, nome=name, ano_nascimento=birth_year, papel=role.value, password=password
        )
        return self._ask(lambda: self._api.register(request))

    def change_password(self, current: str, new: str) -> None:
        """Raises ValueError for what no account can have."""
        change = _build(PasswordChange, senha_atual=current, senha_nova=new)
        self._ask(lambda: self._api.change_password(change))
        if self._owner is not None:
            self._sender.enter(self._owner, self._api)

    # --- sales --------------------------------------------------------------------------

    def list_shops(self, *, with_inactive: bool = False) -> list[Shop]:
        """The shops, oldest first; those of the last response if the server is away."""
        if not (self._shops and self._status.is_away):
            try:
                self._shops = self._ask(self._api.shops)
            except ApiError as error:
                if not (error.is_connection_fault and self._shops):
                    raise
        return [shop for shop in self._shops if shop.active or with_inactive]

    def sell(self, shop: Shop, amount: Decimal) -> Sold:
        """Raises NotWritten if the sale was not recorded anywhere, EOFError if the client has disconnected."""
        sold = self._put(self._require_owner(), SaleIn(loja_id=shop.id, valor=amount))
        log.info("terminal_sale", {"session": self.number, "key": sold.key, "state": sold.state.name})
        if sold.state is SaleState.REFUSED and (row := self._outbox.find(sold.key)) is not None:
            self._shown_refused.append(row)
        return sold

    def find_own_total(self, days: Days) -> SalesTotal:
        return self.find_total(days, seller_id=self._require_owner().account.split()[0])

    def find_total(
        self,
        days: Days,
        *,
        seller_id: str | None = None,
        shop_id: str | None = None,
        chain_id: str | None = None,
    ) -> SalesTotal:
        return self._ask(
            lambda: self._api.sales_total(
                seller_id=seller_id, shop_id=shop_id, chain_id=chain_id, since=days.first, until=days.last
            )
        )

    def list_best_shops(self, days: Days) -> list[Ranked]:
        return self._ask(lambda: self._api.best_shop(since=days.first, until=days.last))

    def list_best_sellers(self, days: Days) -> list[Ranked]:
        return self._ask(lambda: self._api.best_seller(since=days.first, until=days.last))

    def list_sellers(self) -> list[Seller]:
        return self._ask(self._api.sellers)

    def list_chains(self) -> list[Chain]:
        return self._ask(self._api.chains)

    # --- helpers ------------------------------------------------------------------------

    def _put(self, owner: Owner, sale: SaleIn) -> Sold:
        """Queue the sale under this session's number. Raises what ``sell`` raises."""
        while True:
            if self._queue_session is None:
                self._queue_session = self._outbox.begin_session(owner)
            try:
                return self._sender.sell(owner, sale, session=self._queue_session)
            except SessionSuperseded:
                if self.has_hung_up():
                    # The person has logged in again and was told that there is no such sale, so they type it again.
                    log.info("terminal_sale_overtaken", {"session": self.number})
                    raise EOFError from None
                self._queue_session = None  # the person works at two terminals

    def _leave_open_sessions(self) -> None:
        if self._owner is not None and self._open_session is not None:
            self._sender.open_sessions.close(self._owner.account, self._open_session)
        self._open_session = self._queue_session = None

    def _ask(self, ask: Callable[[], T]) -> T:
        try:
            result = ask()
        except ApiError as error:
            self._status.failed(error)
            raise
        self._status.answered(self._api.base_url)
        return result

    def _require_owner(self) -> Owner:
        if self._owner is None:
            raise password_needed()
        return self._owner


def _build(model: type[_Model], **fields: object) -> _Model:
    """Raises ValueError with the sentence of the first thing that is wrong."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise ValueError(explain(error, model)[0].message) from None
