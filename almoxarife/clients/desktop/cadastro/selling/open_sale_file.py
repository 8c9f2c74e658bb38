"""The open sale on disk, one file each, so that a crash or a power cut offers it again.

A file is held by the window that sells: two windows of one person on one computer never
take the same sale. It goes only after the sale is safe in the queue.
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
"""A sale that nobody went on with for so long is none any more; the queue remembers keys for longer than this."""


class NotKept(Exception):
    """The disk did not take it. The sentence is fit to show."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    sale: OpenSale


class OpenSaleFiles:
    """Those of one computer, in ``folder``; this window holds one at a time.

    ``is_confirmed`` says of a key whether the queue has it: such a sale is not offered again.
    """

    def __init__(self, folder: Path, *, is_confirmed: Callable[[str], bool]) -> None:
        self._folder = folder / FOLDER
        self._is_confirmed = is_confirmed
        self._held: tuple[str, BinaryIO] | None = None

    def take(self, account: str) -> OpenSale | None:
        """The oldest open sale of this person that no window has; it is this window's from now on."""
        self.release()
        for file in self._oldest_first():
            lock = self._try_lock(file.stem)
            if lock is None:
                continue
            kept = self._read(file)
            is_own = kept is not None and kept.account == account
            is_over = is_own and self._is_over(file)
            if kept is not None and is_own and not is_over:
                self._held = (file.stem, lock)
                return kept.sale
            lock.close()
            if is_over:  # only now: Windows removes no file that is open
                self._delete(file.stem)
        return None

    def keep(self, sale: OpenSale, account: str) -> None:
        """Raises NotKept."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._held is None or self._held[0] != sale.key:
                self.release()
                lock = try_lock(self._lock_path(sale.key))
                self._held = (sale.key, lock) if lock is not None else None
            content = _Kept(account=account, sale=sale).model_dump_json().encode()
            write_atomically(self._folder / f"{sale.key}.json", content)
        except OSError as error:
            reason = disk_reason(error)
            raise NotKept(f"Esta venda não está guardada contra queda de energia ({reason}).") from error

    def drop(self, key: str) -> None:
        """It is in the queue, or nobody wants it any more."""
        if self._held is not None and self._held[0] == key:
            self.release()
        self._delete(key)

    def release(self) -> None:
        """Another window, or the same person later, may take it."""
        if self._held is not None:
            self._held[1].close()
            self._held = None

    # --- below --------------------------------------------------------------------------

    def _oldest_first(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)

    def _read(self, file: Path) -> _Kept | None:
        """None for one that is gone, or that nothing can be made of: that one is put aside."""
        try:
            return _Kept.model_validate_json(file.read_bytes())
        except ValidationError:
            with suppress(OSError):
                file.replace(file.with_suffix(".danificada"))
        except OSError:
            pass  # Another window has just closed it, or the disk fails: there is nothing to offer.
        return None

    def _is_over(self, file: Path) -> bool:
        """Confirmed just before a crash, or forgotten long ago."""
        return self._is_confirmed(file.stem) or time.time() - file.stat().st_mtime > OFFERED_FOR_S

    def _delete(self, key: str) -> None:
        """What the disk does not let go of is known by its key: the queue has it."""
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
