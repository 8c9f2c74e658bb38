"""The long steps of an import, for worker threads: reading the file, asking the server to check, and to write.

The one who waits sees how far it got and may cancel. What is cancelled before the last byte of the
confirmed rows has gone has changed nothing: the server has nothing to write. After that it is called off there.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.upload import CalledBack, Upload
from almoxarife.clients.desktop.cadastro.importing import reading, rows
from almoxarife.clients.desktop.cadastro.importing.reading import Choice
from almoxarife.clients.desktop.cadastro.importing.rows import Verdict
from almoxarife.tables.columns import Columns
from almoxarife.tables.headings import UNIT
from almoxarife.tables.product_cells import Values
from almoxarife.tables.reader import Cancelled, Dialect, Table, TableUnreadable, read_table
from almoxarife.wire.catalog import ImportReport

_PERCENT = 100
_AS_IT_COMES = Dialect()
_HAS_ALL = "o servidor já recebeu tudo."
_CALLED_OFF = "Cancelando… se o servidor já tiver gravado, a importação é desfeita."


class Work:
    """One step under way: what it does, how far it got, and a way out of it."""

    def __init__(
        self, what: str, *, writes: bool = False, key: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``writes``: what the server does with it remains; otherwise it can be abandoned at any time.

        ``key`` is the one by which the server can be told to drop it.
        """
        self.key = key
        self._what = what
        self._writes = writes
        self._clock = clock
        self._began = clock()
        self._fraction = 0.0
        self._upload: Upload | None = None
        self._is_cancelled = threading.Event()
        self.is_called_off = False
        """Whether the server has been told to drop it."""

    @property
    def percent(self) -> int | None:
        """None while the server works: it does not say how far it is."""
        if self._upload is not None:
            return None if self._upload.is_sent else int(self._upload.fraction * _PERCENT)
        return int(self._fraction * _PERCENT)

    @property
    def is_beyond_recall(self) -> bool:
        """The server has all of it, and maybe has written it."""
        return self._writes and self._upload is not None and self._upload.is_sent

    @property
    def can_stop(self) -> bool:
        return not self.is_called_off and (bool(self.key) or not self.is_beyond_recall)

    @property
    def sentence(self) -> str:
        if self.is_called_off:
            return _CALLED_OFF
        percent = self.percent
        told = f"{self._what} {f'{int(self._clock() - self._began)} s' if percent is None else f'{percent} %'}"
        return f"{told} · {_HAS_ALL}" if self.is_beyond_recall else told

    def cancel(self) -> bool:
        """False when it is too late: what was sent is being written."""
        if self._upload is not None and not self._upload.call_back() and self._writes:
            return False
        self._is_cancelled.set()
        return True

    def advance(self, fraction: float) -> None:
        """Raises Cancelled."""
        if self._is_cancelled.is_set():
            raise Cancelled
        self._fraction = fraction

    def send(self, content: bytes) -> Upload:
        """Raises Cancelled."""
        self.advance(1.0)
        self._upload = Upload(content)
        return self._upload


def read(work: Work, file: Path, asked: Dialect = _AS_IT_COMES) -> Table | None:
    """None when it was cancelled. Raises TableUnreadable."""
    try:
        return read_table(file, asked=asked, progress=work.advance)
    except Cancelled:
        return None


def read_as_before(
    work: Work, file: Path, choice: Choice, known: Mapping[str, Mapping[str, str]]
) -> tuple[Table, Choice] | str | None:
    """As ``choice`` says, or else as the last file of its kind was; a sentence where it cannot be read."""
    try:
        table = read(work, file, choice.dialect)
        if table is None:
            return None
        kind = reading.kind_of(table)
        before = reading.recall(known, kind)
        if before.dialect != Dialect():
            try:
                table = read(work, file, before.dialect)
            except TableUnreadable:
                before = choice  # Of this file it is not true.
    except TableUnreadable as error:
        return str(error)
    return None if table is None else (table, replace(before if known else choice, kind=kind))


def check(
    work: Work,
    api: ApiClient,
    table: Table,
    columns: Columns,
    *,
    decimal_point: bool | None,
    shop_id: str | None = None,
) -> Verdict | None:
    """What the server would do with these rows, the quantities being a shop's; None when it was cancelled.

    Raises ApiError.
    """
    units = rows.name_units(api.units()) if UNIT in columns else {}
    prepared = rows.prepare(table, columns, decimal_point=decimal_point, units=units)
    if not prepared.values:
        return rows.nothing_good(prepared)
    try:
        report = api.import_products(work.send(_body(prepared.values)), simulate=True, shop_id=shop_id)
    except (Cancelled, CalledBack):
        return None
    return rows.judge(prepared, report)


def write(
    work: Work,
    api: ApiClient,
    values: Sequence[Values],
    key: str,
    *,
    shop_id: str | None = None,
    adjusts: bool = False,
) -> ImportReport | None:
    """The same rows under the same key are written once, however often this is tried. Raises ApiError."""
    try:
        return api.import_products(work.send(_body(values)), simulate=False, key=key, shop_id=shop_id, adjust=adjusts)
    except (Cancelled, CalledBack):
        return None


def _body(values: Sequence[Values]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
