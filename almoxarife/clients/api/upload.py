"""A long body on its way to the server: how far it got, and whether it may still be called back."""

import threading
from collections.abc import Iterator

_PIECE = 64 * 1024


class CalledBack(Exception):
    """It was called back before the last byte was sent: the server has nothing it could act on."""


class Upload:
    """Read by the thread that sends, watched and called back by another.

    The last byte and a call back exclude each other, so the caller of it knows for
    certain whether the server can have got the whole.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._lock = threading.Lock()
        self._is_called_back = False

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_PIECE):
            yield piece

    @property
    def fraction(self) -> float:
        return self._at / len(self._content) if self._content else 1.0

    @property
    def is_sent(self) -> bool:
        return self._at == len(self._content)

    def read(self, size: int = -1) -> bytes:
        """The next piece. Raises CalledBack."""
        with self._lock:
            if self._is_called_back:
                raise CalledBack
            end = len(self._content) if size < 0 else min(len(self._content), self._at + size)
            piece = self._content[self._at : end]
            self._at = end
            return piece

    def call_back(self) -> bool:
        """False when it is too late: all of it is on its way."""
        with self._lock:
            if not self.is_sent:
                self._is_called_back = True
            return self._is_called_back
