"""An append-only file with exactly one line for each ``seq``, even after crashes.

The position is read from the file's last line, not kept elsewhere. An incomplete last line, left by a
crash, is cut off when the file is opened; its movement is fetched again.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

ROTATE_AT_BYTES = 10_000_000
_TAIL_BYTES = 65_536


class AppendOnce:
    """``seq_of`` parses the ``seq`` of a line, or raises ValueError."""

    def __init__(self, path: Path, seq_of: Callable[[str], int], *, rotate_at_bytes: int = ROTATE_AT_BYTES) -> None:
        self._path = path
        self._seq_of = seq_of
        self._rotate_at_bytes = rotate_at_bytes
        self.last_seq = self._recover()

    def tail(self) -> list[str]:
        """The last few hundred lines."""
        return self._tail(self._path).decode("utf-8", errors="replace").splitlines()

    def append(self, lines: dict[int, str]) -> None:
        """Append lines by ``seq``, in ascending order, without those already there. Raises OSError."""
        new = {seq: text for seq, text in lines.items() if self.last_seq is None or seq > self.last_seq}
        if not new:
            return
        self._rotate_if_large()
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("".join(f"{text}\n" for text in new.values()))
        self.last_seq = max(new)

    def put_aside(self, why: str) -> None:
        """Rename the file and start a new one."""
        if self._path.exists():
            self._rename(f"{why}-{_stamp()}")
        self.last_seq = None

    def _recover(self) -> int | None:
        last = self._last_line(self._path)
        if not last:
            rotated = sorted(self._path.parent.glob(f"{self._path.stem}.2*{self._path.suffix}"))
            last = self._last_line(rotated[-1]) if rotated else ""
        if not last:
            return None
        try:
            return self._seq_of(last)
        except ValueError:
            self.put_aside("danificado")
            return None

    def _last_line(self, path: Path) -> str:
        return self._tail(path).rstrip(b"\n").rsplit(b"\n", 1)[-1].decode("utf-8", errors="replace")

    def _tail(self, path: Path) -> bytes:
        """Return the last complete lines, and cut off an incomplete one after them."""
        if not path.exists():
            return b""
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            start = file.seek(max(0, size - _TAIL_BYTES))
            read = file.read()
            end = read.rfind(b"\n") + 1
            if end < len(read):
                file.truncate(start + end)
        # Unless read from the start, the text before the first newline may be half a line.
        begin = read.find(b"\n") + 1 if start else 0
        return read[begin:end]

    def _rotate_if_large(self) -> None:
        if self._path.exists() and self._path.stat().st_size >= self._rotate_at_bytes:
            self._rename(_stamp())

    def _rename(self, word: str) -> None:
        self._path.replace(self._path.with_name(f"{self._path.stem}.{word}{self._path.suffix}"))


def _stamp() -> str:
    return datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
