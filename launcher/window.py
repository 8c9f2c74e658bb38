"""The API's window on Windows: runs it, and copies what it complains about into the log.

Usage: ``window.py LOG PROGRAM…``. Closing the window ends both.
"""

import subprocess
import sys
from pathlib import Path


def main(log: str, *command: str) -> int:
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetConsoleTitleW("Almoxarife: servidor")
    print("Almoxarife: servidor. Deixe esta janela aberta; para parar, feche-a.", flush=True)
    with Path(log).open("ab") as copy, subprocess.Popen(command, stderr=subprocess.PIPE) as program:
        assert program.stderr is not None  # noqa: S101 - PIPE was asked for
        while True:
            try:
                line = program.stderr.readline()
            except KeyboardInterrupt:
                # The program had the same Ctrl-C and is finishing what it accepted.
                continue
            if not line:
                break
            copy.write(line)
            copy.flush()
            print(line.decode("utf-8", "replace").rstrip(), file=sys.stderr, flush=True)
    return program.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
