"""The long steps of an import, run in worker threads: read the file, let the server check it, write it.

Each shows its progress and can be cancelled. Until the last byte of the confirmed rows is sent, cancelling
has no effect on the server; after that the server must be asked to cancel (``undo.ImportUndo``).
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.upload import Upload, UploadCancelled
from almoxarife.clients.desktop.cadastro.importing import reading, rows
from almoxarife.clients.desktop.cadastro.importing.reading import Choice
from almoxarife.clients.desktop.cadastro.importing.rows import CheckResult
from almoxarife.tables.columns import Columns
from almoxarife.tables.product_cells import Values
from almoxarife.tables.reader import Cancelled, Dialect, Table, TableUnreadable, read_table
from almoxarife.tables.vocabulary.fields import UNIT
from almoxarife.wire.catalog import ImportReport

_PERCENT = 100
_DETECT_ALL = Dialect()
_HAS_ALL = "o servidor já recebeu tudo."
_CANCELLING = "Cancelando… se o servidor já tiver gravado, a importação é desfeita."


class ImportTask:
    """A running step, its progress, and whether and how it can be cancelled."""

    def __init__(
        self, what: str, *, writes: bool = False, key: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``writes``: the server changes data, so it cannot simply be abandoned after everything was sent.

        ``key``: the idempotency key by which the server can cancel it.
        """
        self.key = key
        self._what = what
        self._writes = writes
        self._clock = clock
        self._began = clock()
        self._fraction = 0.0
        self._upload: Upload | None = None
        self._is_cancelled = threading.Event()
        self.is_cancellation_sent = False
        """Whether the server has been asked to cancel it."""

    @property
    def percent(self) -> int | None:
        """None while the server is working, since it reports no progress."""
        if self._upload is not None:
            return None if self._upload.is_sent else int(self._upload.fraction * _PERCENT)
        return int(self._fraction * _PERCENT)

    @property
    def has_server_all(self) -> bool:
        """The server has received everything and may have written it."""
        return self._writes and self._upload is not None and self._upload.is_sent

    @property
    def can_stop(self) -> bool:
        return not self.is_cancellation_sent and (bool(self.key) or not self.has_server_all)

    @property
    def sentence(self) -> str:
        if self.is_cancellation_sent:
            return _CANCELLING
        percent = self.percent
        text = f"{self._what} {f'{int(self._clock() - self._began)} s' if percent is None else f'{percent} %'}"
        return f"{text} · {_HAS_ALL}" if self.has_server_all else text

    def cancel(self) -> bool:
        """Cancel; False if the server may be writing already."""
        if self._upload is not None and not self._upload.cancel() and self._writes:
            return False
        self._is_cancelled.set()
        return True

    def advance(self, fraction: float) -> None:
        """Report progress. Raises Cancelled."""
        if self._is_cancelled.is_set():
            raise Cancelled
        self._fraction = fraction

    def send(self, content: bytes) -> Upload:
        """Return the request body, whose progress is then this task's. Raises Cancelled."""
        self.advance(1.0)
        self._upload = Upload(content)
        return self._upload


def read(task: ImportTask, file: Path, dialect: Dialect = _DETECT_ALL) -> Table | None:
    """Read the file; None if cancelled. Raises TableUnreadable."""
    try:
        return read_table(file, dialect=dialect, progress=task.advance)
    except Cancelled:
        return None


def read_as_before(
    task: ImportTask, file: Path, choice: Choice, known: Mapping[str, Mapping[str, str]]
) -> tuple[Table, Choice] | str | None:
    """Read the file as ``choice`` says, or else as files of its kind were read before.

    Returns a sentence if it cannot be read, None if cancelled.
    """
    try:
        table = read(task, file, choice.dialect)
        if table is None:
            return None
        kind = reading.kind_of(table)
        before = reading.recall(known, kind)
        if before.dialect != Dialect():
            try:
                table = read(task, file, before.dialect)
            except TableUnreadable:
                before = choice  # this file cannot be read like the former ones
    except TableUnreadable as error:
        return str(error)
    return None if table is None else (table, replace(before if known else choice, kind=kind))


def check(
    task: ImportTask,
    api: ApiClient,
    table: Table,
    columns: Columns,
    *,
    decimal_point: bool | None,
    shop_id: str | None = None,
) -> CheckResult | None:
    """Ask the server what it would do with these rows; None if cancelled. Raises ApiError.

    ``shop_id``: the shop that has the quantities.
    """
    units = rows.name_units(api.units()) if UNIT in columns else {}
    prepared = rows.prepare(table, columns, decimal_point=decimal_point, units=units)
    if not prepared.values:
        return rows.nothing_good(prepared)
    try:
        report = api.import_products(task.send(_body(prepared.values)), simulate=True, shop_id=shop_id)
    except (Cancelled, UploadCancelled):
        return None
    return rows.read_report(prepared, report)


def write(
    task: ImportTask,
    api: ApiClient,
    values: Sequence[Values],
    key: str,
    *,
    shop_id: str | None = None,
    adjusts: bool = False,
) -> ImportReport | None:
    """Let the server write the rows; None if cancelled. Repeating it with the same key is safe. Raises ApiError."""
    try:
        return api.import_products(task.send(_body(values)), simulate=False, key=key, shop_id=shop_id, adjust=adjusts)
    except (Cancelled, UploadCancelled):
        return None


def _body(values: Sequence[Values]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
