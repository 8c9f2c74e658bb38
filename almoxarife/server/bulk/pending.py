"""Lists that an administrador has uploaded: checked first, then processed by a thread.

They are kept in this process's memory for half an hour, each only for the person who uploaded it, because they hold
personal data and finally the passwords, which can be fetched once.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic

from almoxarife.server.bulk.errors import ListNotFound, ListUnderWay, PasswordsGone
from almoxarife.server.bulk.importing import Outcome
from almoxarife.server.bulk.validation import CheckedPerson
from almoxarife.server.errors import RequestFailed, ServerBusy
from almoxarife.wire.programs.useradd import AddedPerson

MAX_LISTS = 8
KEPT_S = 30 * 60

log = logging.getLogger(__name__)


class ListState(StrEnum):
    LOOKED_AT = "conferida"
    UNDER_WAY = "cadastrando"
    DONE = "pronta"


@dataclass(slots=True)
class PendingList:
    id: str
    owner: int
    values: list[object]
    checked: list[CheckedPerson]
    """The result of the check, and later what became of each object."""
    state: ListState = ListState.LOOKED_AT
    done: int = 0
    outcome: Outcome | None = None
    failure: str | None = None
    """Why processing failed."""
    touched: float = field(default_factory=monotonic)


class PendingLists:
    def __init__(self) -> None:
        self._lists: dict[str, PendingList] = {}
        self._mutex = threading.Lock()

    def add(self, owner: int, values: list[object], checked: list[CheckedPerson]) -> PendingList:
        """Raises ServerBusy if all ``MAX_LISTS`` lists are being processed."""
        with self._mutex:
            self._forget_old_ones()
            if len(self._lists) >= MAX_LISTS:
                idle = [each for each in self._lists.values() if each.state is not ListState.UNDER_WAY]
                if not idle:
                    raise ServerBusy(retry_after=30)
                del self._lists[min(idle, key=lambda each: each.touched).id]
            added = PendingList(secrets.token_urlsafe(12), owner, values, checked)
            self._lists[added.id] = added
            return added

    def get(self, list_id: str, owner: int) -> PendingList:
        """Raises ListNotFound, also for somebody else's list."""
        with self._mutex:
            self._forget_old_ones()
            found = self._lists.get(list_id)
            if found is None or found.owner != owner:
                raise ListNotFound
            found.touched = monotonic()
            return found

    def start(self, pending: PendingList, work: Callable[[], Outcome]) -> None:
        """Create its people in a thread. Raises ListUnderWay if that has been started."""
        with self._mutex:
            if pending.state is not ListState.LOOKED_AT:
                raise ListUnderWay
            pending.state = ListState.UNDER_WAY
        threading.Thread(target=self._run, args=(pending, work), name="list of people", daemon=True).start()

    def _run(self, pending: PendingList, work: Callable[[], Outcome]) -> None:
        try:
            pending.outcome = work()
        except RequestFailed as error:
            pending.failure = str(error)
        except Exception:  # nobody waits for this thread: the page has to be told
            log.exception("fault")
            pending.failure = "Algo deu errado no servidor. Confira em Minha conta o que foi gravado."
        pending.values = []
        pending.touched = monotonic()
        pending.state = ListState.DONE

    def take_passwords(self, pending: PendingList) -> list[AddedPerson]:
        """The passwords, which are given once. Raises PasswordsGone afterwards, ListUnderWay before."""
        with self._mutex:
            if pending.state is not ListState.DONE:
                raise ListUnderWay
            if pending.outcome is None or pending.outcome.are_passwords_taken:
                raise PasswordsGone
            pending.outcome.are_passwords_taken = True
            return pending.outcome.added

    def _forget_old_ones(self) -> None:
        latest = monotonic() - KEPT_S
        for each in list(self._lists.values()):
            if each.touched < latest and each.state is not ListState.UNDER_WAY:
                del self._lists[each.id]
