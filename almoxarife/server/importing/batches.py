"""A long list is written in pieces that tills pass, and is whole or taken back all the same.

Each piece is a transaction of its own, with its products and their balances. The report is kept
with the last one: an import without it has not come to its end, whatever ended it, and is taken
back by the process that wrote it, by the next start or before the next long import. What somebody
has sold or changed meanwhile stays theirs.
"""

import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import tzinfo
from threading import BoundedSemaphore, Event
from time import monotonic, sleep

from almoxarife.server.errors import RequestFailed, ServerBusy, StoreUnavailable, Unavailable, WriteFailed
from almoxarife.server.identity import Identity
from almoxarife.server.importing import service, store
from almoxarife.server.importing.errors import ImportCancelled, ImportNotUnderWay
from almoxarife.server.importing.rows import Import
from almoxarife.server.importing.service import GoOn
from almoxarife.server.importing.store import Past
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database, is_unique_violation
from almoxarife.server.store.idempotency import Once
from almoxarife.wire.accounts import Role

FEW_ROWS = 1000
"""Up to so many are written by one transaction."""
PIECE = 500
PATIENCE_S = 30
"""How long a long import waits for the one before it."""
MOST_LOOKS = 3
"""How often the rest of a list is judged again beside those who change products, before they have to wait."""
_NAME = "a long import"
JUDGING_S = 10.0
"""How long another process may judge a list before it writes what can be called back."""
LOOK_S = 0.1
WRITTEN = "\n"
"""Behind a key, where none has it: claimed as the key is, while its import is written in pieces."""

log = logging.getLogger(__name__)


class LongImports:
    """Long imports one after another, over all processes: one at a time is in memory, and unfinished."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._only = BoundedSemaphore(1)

    @contextmanager
    def turn(self, rows: int) -> Iterator[None]:
        """For an import of so many. Raises ServerBusy, StoreUnavailable."""
        if rows <= FEW_ROWS:
            yield
            return
        if not self._only.acquire(timeout=PATIENCE_S):
            raise ServerBusy(retry_after=10)
        try:
            claim = self._database.claim(_NAME, wait_s=PATIENCE_S)
            if claim is None:
                raise ServerBusy(retry_after=10)
            # The collector would walk through all rows again and again, a third of the time that it takes.
            gc.disable()
            try:
                _take_back_all(self._database)
                yield
            finally:
                gc.enable()
                claim.release()
        finally:
            self._only.release()


def give_memory_back() -> None:
    """To the system, where the C library can be told to (glibc): so much is seldom needed again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def write(
    database: Database,
    asked: Import,
    *,
    is_partial: bool,
    by: Identity,
    go_on: GoOn,
    verify_rights: Callable[[], None],
    once: Once | None,
) -> tuple[bytes, bool]:
    """``service.import_products``, in as many transactions as it takes. Raises as it does, and as ``verify_rights``.

    That is asked before each piece: a person may lose their account or shop in the middle of a long list.
    """
    if len(asked.rows) <= FEW_ROWS:
        with database.transaction(alone=True) as session:
            return service.import_products(session, asked, is_partial=is_partial, by=by, go_on=go_on, once=once)
    with database.reading() as session:
        answer = service.find_answer(session, by, once)
    if answer is not None:
        return answer, True
    if asked.is_refused and not is_partial:
        return asked.report(written=False), False
    written = once and replace(once, key=f"{once.key}{WRITTEN}")
    with idempotency.running(database, by.user_id, written):
        return _write_long(
            database, asked, is_partial=is_partial, by=by, go_on=go_on, verify_rights=verify_rights, once=once
        )


def _write_long(
    database: Database,
    asked: Import,
    *,
    is_partial: bool,
    by: Identity,
    go_on: GoOn,
    verify_rights: Callable[[], None],
    once: Once | None,
) -> tuple[bytes, bool]:
    with database.transaction() as session:
        past = service.open_import(session, asked.shop_id, by)
    is_whole = False
    try:

        def go_on_while_let_in() -> None:
            go_on()
            verify_rights()

        is_whole = _write_pieces(database, asked, past, is_partial=is_partial, by=by, go_on=go_on_while_let_in)
        if is_whole:
            with database.transaction() as session:
                store.require_under_way(session, past.import_id)
                report = service.close_import(session, asked, past.import_id, by, once)
                go_on()
            return report, False
    finally:
        # Otherwise the next start does it, or the next long import. Of a COMMIT that failed it is unknown
        # whether the import is whole: the look at it tells.
        if not is_whole or sys.exception() is not None:
            with suppress(WriteFailed, StoreUnavailable):
                _take_back(database, past, by)
    return asked.report(written=False), False


def _write_pieces(
    database: Database, asked: Import, past: Past, *, is_partial: bool, by: Identity, go_on: GoOn
) -> bool:
    """Whether all is written; not where a row is refused that was not when the list was judged."""
    for start in range(0, len(asked.rows), PIECE):
        go_on()
        for look in range(MOST_LOOKS + 1):
            others_wait = look == MOST_LOOKS
            if _write_piece(database, asked, past, start, others_wait=others_wait, is_partial=is_partial, by=by):
                break
            if not others_wait:
                with database.reading() as session:
                    asked.judge_again(session, written=start)
            if asked.is_refused and not is_partial:
                asked.forget_made(written=start)
                return False
    return True


def _write_piece(
    database: Database, asked: Import, past: Past, start: int, *, others_wait: bool, is_partial: bool, by: Identity
) -> bool:
    """False, with nothing written, where the products have changed: the rest of the rows is to be judged again.

    With ``others_wait`` that is done here, while nobody can change them once more.
    """
    rows = asked.rows[start : start + PIECE]
    with database.transaction(alone=True) as session:
        store.require_under_way(session, past.import_id)
        if not asked.is_current(session, rows):
            if not others_wait:
                return False
            asked.judge_again(session, written=start)
            if asked.is_refused and not is_partial:
                return False
        asked.weigh(session, rows)
        service.write_rows(session, asked, rows, past.import_id, by)
    return True


# --- called back ------------------------------------------------------------------------


class ImportsUnderWay:
    """Those of this process, by their person and key: who sent one may call it back until its COMMIT."""

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
    deadline = monotonic() + JUDGING_S
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


# --- the way back -----------------------------------------------------------------------


def undo(database: Database, import_id: int, *, rows: int, zone: tzinfo, by: Identity) -> list[str]:
    """``service.undo_import`` of so many rows, in as many transactions as it takes. Raises as it does.

    The names of the products that somebody has worked with while the others were taken back: theirs stay.
    """
    if rows <= FEW_ROWS:
        with database.transaction(alone=True) as session:
            service.undo_import(session, import_id, zone=zone, by=by)
        return []
    with database.reading() as session:
        service.get_undoable(session, import_id, zone=zone, by=by)
        service.require_untouched(session, import_id)
    with database.transaction() as session:
        past = service.get_undoable(session, import_id, zone=zone, by=by)
        past = store.begin_undo(session, past, by)
    taken_back = _take_back(database, past, by)
    with database.reading() as session:
        return store.list_others(session, import_id, taken_back)


def take_back_unfinished(database: Database) -> None:
    """What an import has left that ended with its process. Raises WriteFailed, StoreUnavailable."""
    claim = database.claim(_NAME, wait_s=0)
    if claim is None:
        return  # another process writes one just now
    try:
        _take_back_all(database)
    finally:
        claim.release()


def hide_left_over(database: Database) -> None:
    """What older versions have taken back and left to be seen. Raises WriteFailed, StoreUnavailable."""
    with database.reading() as session:
        left = store.list_left_over(session, 1)
    while left:
        with database.transaction(alone=True) as session:  # another server may have been faster
            left = store.list_left_over(session, PIECE)
            service.hide_taken_back(session, left)


def _take_back_all(database: Database) -> None:
    with database.reading() as session:
        unfinished = store.list_unfinished(session)
    for past, user_id, username in unfinished:
        _take_back(database, past, Identity(user_id, username, Role.STOCK_CLERK, (), session_id=0))


def _take_back(database: Database, past: Past, by: Identity) -> set[int]:
    """The products but for those that somebody has worked with. Raises as ``_take_back_lines``."""
    taken_back: set[int] = set()
    with database.transaction() as session:
        if not store.give_up(session, past.import_id):
            return taken_back
    log.warning("import taken back", {"import": past.import_id})
    after: int | None = 0
    while after is not None:
        with database.reading() as session:
            lines = store.list_untouched(session, past.import_id, after=after, limit=PIECE)
        after = lines[-1].product_id if lines else None
        taken_back.update(_take_back_lines(database, past, [line.product_id for line in lines], by))
    with database.transaction() as session:
        if store.is_unfinished(session, past.import_id):
            service.note_undone(session, past.import_id, by)
    return taken_back


def _take_back_lines(database: Database, past: Past, product_ids: list[int], by: Identity) -> list[int]:
    """Together, or where that cannot be each by itself: what somebody has taken meanwhile, a name, stays theirs.

    Raises WriteFailed, StoreUnavailable: the import stays unfinished, and the rest is taken back later.
    """
    try:
        with database.transaction(alone=True) as session:
            return service.take_back_some(session, past, product_ids, by)
    except Exception as error:
        is_refused = isinstance(error, RequestFailed) and not isinstance(error, Unavailable)
        if not (is_refused or is_unique_violation(error)):
            raise
        if len(product_ids) == 1:
            return []
        return [taken for product_id in product_ids for taken in _take_back_lines(database, past, [product_id], by)]
