"""``python -m tests.wine smoke``: does a shop's Windows PC get a server that keeps what it confirmed?

``zip ARCHIVE`` asks the same of what ``python -m release windows`` has made, with the Python that is in it.
``--windows FOLDER`` keeps what was made there, for the next run.
"""

import argparse
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from almoxarife.server.operations.updating.installed import Installed
from tests.wine import prefix, smoke


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.wine", description=__doc__)
    parser.add_argument("what", choices=["smoke", "zip"])
    parser.add_argument("archive", type=Path, nargs="?", help="the ZIP to be tried")
    parser.add_argument("--windows", type=Path, metavar="FOLDER", help="where Wine's files are, or will be")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="almoxarife-wine-")))
        try:
            windows = prefix.make((arguments.windows or folder / "windows").absolute())
        except prefix.CannotRun as reason:
            print(f"Nothing was tried on Windows. {reason}", file=sys.stderr)
            return 1
        stack.callback(windows.end)
        if arguments.what == "zip":
            windows = unpacked(windows, arguments.archive, folder / "Programas & mais")
        smoke.run(windows, folder)
    return 0


def unpacked(windows: prefix.Windows, archive: Path, folder: Path) -> prefix.Windows:
    """The ZIP as a person unpacks it, and its own Python."""
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    installed = Installed(folder / "Almoxarife")
    program = installed.place(installed.current)
    return replace(windows, program=program, executable=windows.path(program / "python" / "python.exe"))


if __name__ == "__main__":
    sys.exit(main())
