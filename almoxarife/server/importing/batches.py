"""Writes and undoes a long list in several transactions, so that tills can write in between.

Each piece has its own transaction, with its products and their balances. The last one stores the
report: an import without a report is unfinished, and is taken back by the process that wrote it, by the next
start, or before the next long import. Products that somebody has sold or changed in between are kept.
"""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import tzinfo
from threading import Event
from time import monotonic, sleep

from almoxarife.server.errors import RequestFailed, ServerBusy, StoreUnavailable, Unavailable, WriteFailed
from almoxarife.server.identity import Identity
from almoxarife.server.importing import service, store
from almoxarife.server.importing.errors import ImportCancelled, ImportNotUnderWay
from almoxarife.server.importing.rows import CheckCancelled, ImportRequest
from almoxarife.server.importing.store import ImportRecord
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database, is_unique_violation
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.waiting import BoundedLock
from almoxarife.wire.accounts import Role

FEW_ROWS = 1000
"""A list with up to so many rows is written in one transaction."""
PIECE = 500
MAX_WAITING = 4
"""How many lists may wait in memory for the one before them."""
TIMEOUT_S = 30
"""How long a long import waits for the one before it."""
MAX_LOOKS = 3
"""How often the remaining rows are checked again while others may write; after that, the others must wait."""
_NAME = "a long import"
CHECKING_S = 10.0
"""How long another process may check a list before it begins to write it, and can be told to cancel."""
POLL_S = 0.1
WRITTEN = "\n"
"""Appended to the idempotency key, which never contains it, to claim that its import is being written in pieces."""

log = logging.getLogger(__name__)


class LongImports:
    """Lets only one long import run at a time, over all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = BoundedLock(waiting=MAX_WAITING, timeout_s=TIMEOUT_S)

    @contextmanager
    def slot(self, rows: int) -> Iterator[None]:
        """Wait to import so many rows. Raises ServerBusy, StoreUnavailable."""
        if rows <= FEW_ROWS:
            yield
            return
        with self._lock.hold():
            claim = self._database.claim(_NAME, wait_s=TIMEOUT_S)
            if claim is None:
                raise ServerBusy(retry_after=10)
            # Garbage collection would traverse all rows again and again: a third of the whole time.
            gc.disable()
            try:
                _take_back_all(self._database)
                yield
            finally:
                gc.enable()
                claim.release()


def release_memory() -> None:
    """Return freed memory to the system (glibc only): so much of it is seldom needed again."""
    import ctypes  # only for this

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def write(database: Database, request: ImportRequest) -> tuple[bytes, bool]:
    """``service.import_products``, in several transactions for a long list. Raises as it and ``require_rights`` do."""
    product_list, given_key = request.product_list, request.given_key
    if len(product_list.rows) <= FEW_ROWS:
        with database.transaction(own_commit=True) as session:
            return service.import_products(session, request)
    with database.reading() as session:
        answer = service.find_report(session, request.by, given_key)
    if answer is not None:
        return answer, True
    if request.is_refused:
        return product_list.report(written=False), False
    written = given_key and given_key._replace(key=f"{given_key.key}{WRITTEN}")
    with idempotency.running(database, request.by.user_id, written):
        return _write_long(database, request), False


def _write_long(database: Database, request: ImportRequest) -> bytes:
    product_list, by = request.product_list, request.by
    with database.transaction() as session:
        record = service.open_import(session, product_list.shop_id, by)
    is_whole = False
    try:
        is_whole = _write_pieces(database, request, record.import_id)
        if is_whole:
            with database.transaction() as session:
                store.require_under_way(session, record.import_id)
                report = service.close_import(session, product_list, record.import_id, by, request.given_key)
                request.check_cancelled()
            return report
    finally:
        # If this fails, the next start or the next long import does it. After a failed COMMIT it is unknown whether the
        # import is finished: ``_take_back`` looks.
        if not is_whole or sys.exception() is not None:
            with suppress(WriteFailed, StoreUnavailable):
                _take_back(database, record, by)
    return product_list.report(written=False)


def _write_pieces(database: Database, request: ImportRequest, import_id: int) -> bool:
    """Write all rows; False if a row is refused now that was not refused when the list was checked."""
    product_list = request.product_list
    for start in range(0, len(product_list.rows), PIECE):
        request.check_cancelled()
        request.require_rights()
        for look in range(MAX_LOOKS + 1):
            others_wait = look == MAX_LOOKS
            if _write_piece(database, request, import_id, start, others_wait=others_wait):
                break
            if not others_wait:
                with database.reading() as session:
                    product_list.check_again(session, written=start)
            if request.is_refused:
                product_list.forget_made(written=start)
                return False
    return True


def _write_piece(database: Database, request: ImportRequest, import_id: int, start: int, *, others_wait: bool) -> bool:
    """Write one piece. Returns False and writes nothing if products have changed, so that rows must be checked again.

    With ``others_wait`` they are checked again here, while nobody else can write.
    """
    product_list = request.product_list
    rows = product_list.rows[start : start + PIECE]
    with database.transaction(own_commit=True) as session:
        store.require_under_way(session, import_id)
        if not product_list.is_current(session, rows):
            if not others_wait:
                return False
            product_list.check_again(session, written=start)
            if request.is_refused:
                return False
        product_list.compare_quantities(session, rows)
        service.write_rows(session, product_list, rows, import_id, request.by)
    return True


# --- cancelling ---------------------------------------------------------------------------


class ImportsUnderWay:
    """The imports of this process by person and key: the person who sent one may cancel it until its COMMIT."""

    def __init__(self) -> None:
        self._cancelled: dict[tuple[int, str], Event] = {}

    @contextmanager
    def watch(self, user_id: int, given_key: GivenKey | None) -> Iterator[CheckCancelled]:
        """Yields a function that raises ImportCancelled once the import whose key is held was cancelled.

        Without a key it cannot be cancelled.
        """
        cancelled = Event()

        def check_cancelled() -> None:
            if cancelled.is_set():
                raise ImportCancelled

        if given_key is None:
            yield check_cancelled
            return
        self._cancelled[user_id, given_key.key] = cancelled
        try:
            yield check_cancelled
        finally:
            del self._cancelled[user_id, given_key.key]

    def cancel(self, database: Database, user_id: int, key: str) -> None:
        """Raises ImportNotUnderWay, ServerBusy. The response to the import says whether it was cancelled in time."""
        cancelled = self._cancelled.get((user_id, key))
        if cancelled is None:
            _cancel_elsewhere(database, user_id, key)
        else:
            cancelled.set()


def _cancel_elsewhere(database: Database, user_id: int, key: str) -> None:
    """Cancel an import in another process, which holds the key. A short list is over before that is possible."""
    deadline = monotonic() + CHECKING_S
    while idempotency.is_running_elsewhere(database, user_id, key):
        # Only if this list is being written: it may still wait for another list of the same person.
        if idempotency.is_running_elsewhere(database, user_id, f"{key}{WRITTEN}"):
            with database.transaction() as session:
                if store.request_cancellation(session, user_id):
                    return
        if monotonic() > deadline:
            raise ServerBusy(retry_after=2)
        sleep(POLL_S)
    raise ImportNotUnderWay


# --- undoing ----------------------------------------------------------------------------


def undo(database: Database, import_id: int, *, rows: int, zone: tzinfo, by: Identity) -> list[str]:
    """``service.undo_import`` of so many rows, in as many transactions as it takes. Raises as it does.

    Returns the names of the products that are kept, because somebody used them while the others were taken back.
    """
    if rows <= FEW_ROWS:
        with database.transaction(own_commit=True) as session:
            service.undo_import(session, import_id, zone=zone, by=by)
        return []
    with database.reading() as session:
        service.get_undoable(session, import_id, zone=zone, by=by)
        service.require_untouched(session, import_id)
    with database.transaction() as session:
        record = service.get_undoable(session, import_id, zone=zone, by=by)
        record = store.begin_undo(session, record, by)
    taken_back = _take_back(database, record, by)
    with database.reading() as session:
        return store.list_others(session, import_id, taken_back)


def take_back_unfinished(database: Database) -> None:
    """Take back the imports whose process ended before they were finished. Raises WriteFailed, StoreUnavailable."""
    claim = database.claim(_NAME, wait_s=0)
    if claim is None:
        return  # another process is writing one
    try:
        _take_back_all(database)
    finally:
        claim.release()


def hide_left_over(database: Database) -> None:
    """Hide the products that older versions took back and left visible. Raises WriteFailed, StoreUnavailable."""
    with database.reading() as session:
        left = store.list_left_over(session, 1)
    while left:
        with database.transaction(own_commit=True) as session:  # read again: another server may have done it
            left = store.list_left_over(session, PIECE)
            service.hide_taken_back(session, left)


def _take_back_all(database: Database) -> None:
    with database.reading() as session:
        unfinished = store.list_unfinished(session)
    for record, user_id, username in unfinished:
        _take_back(database, record, Identity(user_id, username, Role.STOCK_CLERK, (), session_id=0))


def _take_back(database: Database, record: ImportRecord, by: Identity) -> set[int]:
    """Take back an unfinished import; returns the products that were not kept. Raises as ``_take_back_lines``."""
    taken_back: set[int] = set()
    with database.transaction() as session:
        if not store.stop_writing(session, record.import_id):
            return taken_back
    log.warning("import taken back", {"import": record.import_id})
    after: int | None = 0
    while after is not None:
        with database.reading() as session:
            lines = store.list_untouched(session, record.import_id, after=after, limit=PIECE)
        after = lines[-1].product_id if lines else None
        taken_back.update(_take_back_lines(database, record, [line.product_id for line in lines], by))
    with database.transaction() as session:
        if store.is_unfinished(session, record.import_id):
            service.note_undone(session, record.import_id, by)
    return taken_back


def _take_back_lines(database: Database, record: ImportRecord, product_ids: list[int], by: Identity) -> list[int]:
    """Take back products together, or one by one if that fails because somebody uses the old name of one.

    Raises WriteFailed, StoreUnavailable: the import stays unfinished, and the rest is taken back later.
    """
    try:
        with database.transaction(own_commit=True) as session:
            return service.take_back_some(session, record, product_ids, by)
    except Exception as error:
        is_refused = isinstance(error, RequestFailed) and not isinstance(error, Unavailable)
        if not (is_refused or is_unique_violation(error)):
            raise
        if len(product_ids) == 1:
            return []
        return [taken for product_id in product_ids for taken in _take_back_lines(database, record, [product_id], by)]
