"""Sends the sales of all terminal sessions from the queue, each person's in order and under their own login.

A sale is first written to the queue on disk. If the server does not answer, a thread probes it every second and then
sends the waiting rows, also those of closed sessions, whose login is kept in memory until none of their rows waits.
After a restart of this process, rows wait for their owner's next login.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError, password_needed
from almoxarife.clients.queue.delivery import Delivery, deliver_locked, say_why_it_waits
from almoxarife.clients.queue.outgoing import Owner, State, of_sale
from almoxarife.clients.queue.store import Outbox, OutboxFailed
from almoxarife.clients.terminal.open_sessions import OpenSessions
from almoxarife.clients.terminal.server_status import ServerStatus
from almoxarife.wire.sales import SaleIn

LOOK_EVERY_S = 1.0
LOCK_TIMEOUT_S = 5.0
_BUSY_S = 0.02
_STOP_PATIENCE_S = 10.0


class SaleState(Enum):
    RECORDED = "registrada"
    WAITING = "aguardando envio"
    REFUSED = "recusada"


@dataclass(frozen=True)
class Sold:
    key: str
    state: SaleState
    reason: str = ""
    """Why it waits or was refused."""
    waiting: int = 0
    """How many of this person's sales wait, including this one."""


@dataclass
class _User:
    """A person with logins or waiting rows. ``news``: sentences for their next question."""

    owner: Owner
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Keeps two sessions of the person from sending the same row."""
    logins: list[ApiClient] = field(default_factory=list)
    leaving: list[ApiClient] = field(default_factory=list)
    """Those of ``logins`` whose session is closed; they log out once nothing waits."""
    news: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    not_before_s: float = 0.0
    """Until when the server has asked to pause (``Retry-After``)."""


class Sender:
    """``probe``: a client without login, to see whether the server is back."""

    def __init__(
        self, outbox: Outbox, status: ServerStatus, probe: ApiClient, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._outbox = outbox
        self._status = status
        self._probe = probe
        self._look_every_s = look_every_s
        self._sending_lock = _SharedSendingLock(outbox)
        self._mutex = threading.Lock()
        self._users: dict[str, _User] = {}
        self.open_sessions = OpenSessions()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="envio", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop sending; what waits stays in the queue."""
        self._over.set()
        self._thread.join(_STOP_PATIENCE_S)

    # --- called by sessions -------------------------------------------------------------

    def enter(self, owner: Owner, api: ApiClient) -> None:
        """Use this login for the person from now on, and send their waiting rows."""
        with self._mutex:
            user = self._users.setdefault(owner.account, _User(owner))
            user.owner = owner
            if api not in user.logins:  # the same client may log in again after a 401
                user.logins.append(api)
            user.not_before_s = 0.0
        if not self._status.is_away and self._outbox.has_next(owner):
            self._send(user)

    def leave(self, owner: Owner, api: ApiClient) -> None:
        """Log out, now or as soon as none of the person's rows waits."""
        with self._mutex:
            user = self._users.get(owner.account)
            if user is not None and api in user.logins:
                user.leaving.append(api)
        if user is None or api not in user.leaving:
            api.close()
            return
        with suppress(OutboxFailed):  # the thread looks again
            self._end_logins(user)

    def sell(self, owner: Owner, sale: SaleIn, *, session: int | None = None) -> Sold:
        """Queue and send a sale. Raises NotWritten or SessionSuperseded if it was not recorded anywhere."""
        key = self._outbox.put(of_sale(sale), owner, session=session)
        with self._mutex:
            user = self._users.setdefault(owner.account, _User(owner))
        reason = "O servidor não responde." if self._status.is_away else self._send(user, reported=key)
        row = self._outbox.find(key)
        if row is None:
            return Sold(key, SaleState.REFUSED, "O motivo já foi lido em outra sessão sua.")
        if row.state is State.ACKED:
            return Sold(key, SaleState.RECORDED)
        if row.state is State.REJECTED:
            return Sold(key, SaleState.REFUSED, row.reason)
        return Sold(key, SaleState.WAITING, reason, self.count_waiting(owner))

    def count_waiting(self, owner: Owner) -> int:
        return self._outbox.count_waiting()[owner]

    def take_news(self, owner: Owner) -> list[str]:
        """Sentences about the results of this person's waiting sales. Each is returned once."""
        user = self._users.get(owner.account)
        sentences: list[str] = []
        while user is not None and user.news:
            sentences.append(user.news.popleft())
        return sentences

    # --- sending ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._over.wait(self._look_every_s):
            with suppress(OutboxFailed):  # the seller is told by the session
                self._look()

    def _look(self) -> None:
        if self._status.is_away:
            try:
                self._probe.health()
            except ApiError as error:
                self._status.failed(error)
                return
            self._status.answered(self._probe.base_url)
        for user in list(self._users.values()):
            if self._over.is_set() or self._status.is_away:
                return
            if user.not_before_s <= time.monotonic() and self._outbox.has_next(user.owner):
                self._send(user)
            self._end_logins(user)

    def _send(self, user: _User, *, reported: str = "") -> str:
        """Send all waiting rows of this person. Returns why some still wait, or an empty text.

        The caller reports on the row with the key ``reported``, so it is left out of ``news``.
        """
        sent = refused = 0
        reason = ""
        with user.lock, self._sending_lock.held() as is_ours:
            if not is_ours:
                return "Outro terminal deste computador está enviando."
            while True:
                try:
                    delivery = self._deliver(user)
                except ApiError as error:
                    reason = say_why_it_waits(error)
                    break
                if delivery is Delivery.NOTHING:
                    break
                sent += delivery is Delivery.ACKED
                refused += delivery is Delivery.REJECTED
        self._tell(user, sent, refused, reported)
        return reason

    def _deliver(self, user: _User) -> Delivery:
        """Send one row, with any of the person's logins. Raises ApiError if it has to wait."""
        others_left = self._probe.addresses.count(",")
        while user.logins:
            api = user.logins[-1]
            url = api.base_url
            try:
                delivery = deliver_locked(self._outbox, api, user.owner)
            except ApiError as error:
                if error.is_connection_fault and api.base_url != url and others_left:
                    others_left -= 1  # try the next server: the idempotency key is the same
                    continue
                self._status.failed(error)
                if error.is_session_over:
                    self._forget(user, api)
                    continue
                if error.retry_after_s:
                    user.not_before_s = time.monotonic() + error.retry_after_s
                raise
            self._status.answered(api.base_url)
            return delivery
        raise password_needed()

    def _tell(self, user: _User, sent: int, refused: int, reported: str) -> None:
        row = self._outbox.find(reported) if reported else None
        sent -= row is not None and row.state is State.ACKED
        refused -= row is not None and row.state is State.REJECTED
        if sent > 0:
            many = f"{sent} vendas que esperavam foram enviadas."
            user.news.append("1 venda que esperava foi enviada." if sent == 1 else many)
        if refused > 0:
            many = f"{refused} vendas que esperavam foram recusadas."
            user.news.append("1 venda que esperava foi recusada." if refused == 1 else many)

    def _end_logins(self, user: _User) -> None:
        if not user.leaving or (user.logins and self._outbox.has_next(user.owner)):
            return
        for api in user.leaving[:]:
            if not self._forget(user, api):
                continue  # another thread is doing it
            if not self._status.is_away:
                with suppress(ApiError):
                    api.logout()
            api.close()
        with self._mutex:
            if not user.logins and not user.news:
                self._users.pop(user.owner.account, None)

    def _forget(self, user: _User, api: ApiClient) -> bool:
        """Remove a login; False if it was removed already."""
        with self._mutex:
            is_known = api in user.logins
            for logins in (user.logins, user.leaving):
                if api in logins:
                    logins.remove(api)
            return is_known


class _SharedSendingLock:
    """``Outbox.sending_lock`` for several threads of this process at once, each of which sends for another person."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._mutex = threading.Lock()
        self._holders = 0
        self._stack = ExitStack()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Yields whether this process has the lock, after waiting a little for another process."""
        is_ours = self._enter()
        try:
            yield is_ours
        finally:
            if is_ours:
                with self._mutex:
                    self._holders -= 1
                    if not self._holders:
                        self._stack.close()

    def _enter(self) -> bool:
        deadline_s = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            with self._mutex:
                if self._holders or self._stack.enter_context(self._outbox.sending_lock()):
                    self._holders += 1
                    return True
            if time.monotonic() > deadline_s:
                return False
            time.sleep(_BUSY_S)
