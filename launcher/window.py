"""Runs the API in its console window on Windows and copies its output to a log: ``window.py LOG PROGRAM``.

Both are one process, so that closing the window ends the API.
"""

import io
import runpy
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO


class Both(io.TextIOBase):
    """A stream that writes to another stream and to a file; if one fails, the other is still written."""

    def __init__(self, stream: TextIO, copy: TextIO) -> None:
        self._stream = stream
        self._copy = copy

    def write(self, text: str) -> int:
        for stream in (self._stream, self._copy):
            with suppress(OSError):
                stream.write(text)
                stream.flush()
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream.isatty()


def main(log: str, program: str) -> None:
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetConsoleTitleW("Almoxarife: servidor")
    print("Almoxarife: servidor. Deixe esta janela aberta; para parar, feche-a.", flush=True)
    copy = Path(log).open("a", encoding="utf-8", errors="replace")  # noqa: SIM115 - until the process ends
    sys.stdout = Both(sys.stdout, copy)
    sys.stderr = Both(sys.stderr, copy)
    sys.argv = [program]
    sys.path[0] = str(Path(program).parent)
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
