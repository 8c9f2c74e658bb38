"""A long request body that shows its progress and can be cancelled while it is being sent."""

import threading
from collections.abc import Iterator

_PIECE = 64 * 1024


class UploadCancelled(Exception):
    """The upload was cancelled before its last byte was sent, so the server cannot act on it."""


class Upload:
    """Read by the sending thread; another one watches it and may ``cancel`` it.

    Reading the last piece and cancelling exclude each other under the lock, so the result of
    ``cancel`` says for certain whether the server can receive the whole body.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._lock = threading.Lock()
        self._is_cancelled = False

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
        """Return the next piece. Raises UploadCancelled."""
        with self._lock:
            if self._is_cancelled:
                raise UploadCancelled
            end = len(self._content) if size < 0 else min(len(self._content), self._at + size)
            piece = self._content[self._at : end]
            self._at = end
            return piece

    def cancel(self) -> bool:
        """Cancel; False if the last piece has been read already."""
        with self._lock:
            if not self.is_sent:
                self._is_cancelled = True
            return self._is_cancelled
