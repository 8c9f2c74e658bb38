"""Open sales on disk, one file each, so that a sale can be continued after a crash.

The window that edits a sale holds a lock on it, so that two windows never continue the same sale. The
file is deleted only after the sale is in the queue.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from almoxarife.files import disk_reason, try_lock, write_atomically
from almoxarife.wire.selling.open_sale import OpenSale

FOLDER = "vendas"
OFFERED_FOR_S = 7 * 24 * 3600.0
"""An older open sale is not offered any more. Must be shorter than the queue keeps keys (``KEPT``)."""


class OpenSaleNotSaved(Exception):
    """The sale was not written. The message is a sentence to show."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    sale: OpenSale


class OpenSaleFiles:
    """The files of this computer, of which this window holds one at a time.

    ``is_confirmed``: whether the queue has a sale with this key, which then must not be offered again.
    """

    def __init__(self, folder: Path, *, is_confirmed: Callable[[str], bool]) -> None:
        self._folder = folder / FOLDER
        self._is_confirmed = is_confirmed
        self._locked: tuple[str, BinaryIO] | None = None

    def take(self, account: str) -> OpenSale | None:
        """Lock and return this person's oldest open sale that no other window holds."""
        self.release()
        for file in self._oldest_first():
            lock = self._try_lock(file.stem)
            if lock is None:
                continue
            kept = self._read(file)
            is_own = kept is not None and kept.account == account
            is_over = is_own and self._is_over(file)
            if kept is not None and is_own and not is_over:
                self._locked = (file.stem, lock)
                return kept.sale
            lock.close()
            if is_over:  # after the lock is closed: Windows does not delete open files
                self._delete(file.stem)
        return None

    def keep(self, sale: OpenSale, account: str) -> None:
        """Write the sale. Raises OpenSaleNotSaved."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._locked is None or self._locked[0] != sale.key:
                self.release()
                lock = try_lock(self._lock_path(sale.key))
                self._locked = (sale.key, lock) if lock is not None else None
            content = _Kept(account=account, sale=sale).model_dump_json().encode()
            write_atomically(self._folder / f"{sale.key}.json", content)
        except OSError as error:
            reason = disk_reason(error)
            raise OpenSaleNotSaved(f"Esta venda não está guardada contra queda de energia ({reason}).") from error

    def drop(self, key: str) -> None:
        """Delete the file: the sale is in the queue or was discarded."""
        if self._locked is not None and self._locked[0] == key:
            self.release()
        self._delete(key)

    def release(self) -> None:
        """Release the lock, so that another window or a later login can continue the sale."""
        if self._locked is not None:
            self._locked[1].close()
            self._locked = None

    # --- files and locks ----------------------------------------------------------------

    def _oldest_first(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)

    def _read(self, file: Path) -> _Kept | None:
        """None if the file is gone or invalid; an invalid one is renamed."""
        try:
            return _Kept.model_validate_json(file.read_bytes())
        except ValidationError:
            with suppress(OSError):
                file.replace(file.with_suffix(".danificada"))
        except OSError:
            pass  # another window has just deleted it, or the disk fails
        return None

    def _is_over(self, file: Path) -> bool:
        """Whether the sale is in the queue (it was confirmed just before a crash) or too old."""
        return self._is_confirmed(file.stem) or time.time() - file.stat().st_mtime > OFFERED_FOR_S

    def _delete(self, key: str) -> None:
        """Failing is harmless: a sale whose key is in the queue is not offered again."""
        for path in (self._folder / f"{key}.json", self._lock_path(key)):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _try_lock(self, key: str) -> BinaryIO | None:
        try:
            return try_lock(self._lock_path(key))
        except OSError:
            return None

    def _lock_path(self, key: str) -> Path:
        return self._folder / f"{key}.lock"
