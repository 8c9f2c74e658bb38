"""Imports that are being judged or written: the person who sent one may call it back until its COMMIT."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep

from almoxarife.server.errors import ServerBusy
from almoxarife.server.importing import store
from almoxarife.server.importing.errors import ImportCancelled, ImportNotUnderWay
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import Once

GoOn = Callable[[], None]
"""Asked between two steps of an import. Raises ImportCancelled; what is written of it is taken back."""

PATIENCE_S = 10.0
"""How long another process may judge a list before it writes what can be called back."""
LOOK_S = 0.1
WRITTEN = "\n"
"""Behind a key, where none has it: claimed as the key is, while its import is written in pieces."""


class ImportsUnderWay:
    """Those of this process, by their person and key."""

    def __init__(self) -> None:
        self._cancelled: dict[tuple[int, str], Event] = {}

    @contextmanager
    def watch(self, user_id: int, once: Once | None) -> Iterator[GoOn]:
        """Around an import whose key is held, so that no other has it; one without a key cannot be named."""
        cancelled = Event()

        def go_on() -> None:
            if cancelled.is_set():
                raise ImportCancelled

        if once is None:
            yield go_on
            return
        self._cancelled[user_id, once.key] = cancelled
        try:
            yield go_on
        finally:
            del self._cancelled[user_id, once.key]

    def cancel(self, database: Database, user_id: int, key: str) -> None:
        """Raises ImportNotUnderWay, ServerBusy. The import's own answer says whether it was in time."""
        cancelled = self._cancelled.get((user_id, key))
        if cancelled is None:
            _cancel_elsewhere(database, user_id, key)
        else:
            cancelled.set()


def _cancel_elsewhere(database: Database, user_id: int, key: str) -> None:
    """In another process, which holds the key. A list that one transaction writes is over before it is reached."""
    deadline = monotonic() + PATIENCE_S
    while idempotency.is_running_elsewhere(database, user_id, key):
        # Another list of theirs may be written while this one waits for its turn.
        if idempotency.is_running_elsewhere(database, user_id, f"{key}{WRITTEN}"):
            with database.transaction() as session:
                if store.call_back(session, user_id):
                    return
        if monotonic() > deadline:
            raise ServerBusy(retry_after=2)
        sleep(LOOK_S)
    raise ImportNotUnderWay
