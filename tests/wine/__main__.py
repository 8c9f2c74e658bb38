"""``python -m tests.wine smoke``: does a shop's Windows PC get a server that keeps what it confirmed?

``zip ARCHIVE`` asks the same of what ``python -m release windows`` has made, with the Python that is in it, and then
unpacks, moves and updates it as a shop does; ``open ARCHIVE`` double-clicks it, and no more, ``update ARCHIVE``
updates it, twenty times with a power cut.
``installer ARCHIVE`` installs, upgrades and removes what ``python -m release installer`` has made.
``suites [FOLDER …]`` runs the tests themselves there, but for those listed with their reason; nothing at all means
all of them, and the launcher's walk with its windows.
``pictures INSTALLER`` pictures its pages.
``--windows FOLDER`` keeps what was made there, for the next run.
"""

import argparse
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import release.windows
from almoxarife.server.operations.updating.installed import Installed
from tests.server.processes import free_port
from tests.wine import installation, opening, package, pictures, places, prefix, smoke, updating
from tests.wine import suites as suites_there

WHAT = ("suites", "smoke", "zip", "open", "update", "installer", "pictures")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.wine", description=__doc__)
    parser.add_argument("what", nargs="?", default="suites", choices=WHAT)
    parser.add_argument("archive", nargs="*", help="what is to be tried")
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
        match arguments.what, arguments.archive:
            case "installer", [archive]:
                installation.run(windows, Path(archive).absolute())
            case "zip", [archive]:
                smoke.run(unpacked(windows, Path(archive), folder / "Programas & mais"), folder)
                opening.run(new_pc(windows, package.unpack(Path(archive), folder / "new").folder), folder / "screen")
                places.run(windows, Path(archive).absolute(), folder / "pc")
                updating.run(windows, Path(archive).absolute(), folder / "shop")
            case "open", [archive]:
                opening.run(new_pc(windows, package.unpack(Path(archive), folder / "new").folder), folder / "screen")
            case "update", [archive]:
                updating.run(windows, Path(archive).absolute(), folder / "shop")
            case "pictures", [archive]:
                pictures.run(windows, Path(archive).absolute(), folder)
            case "suites", suites:
                failed = suites_there.run(windows, suites)
                if not suites:
                    release.windows.assemble(folder / "new" / "Almoxarife")
                    opening.run(new_pc(windows, folder / "new" / "Almoxarife"), folder / "screen")
                return say_what_failed(failed)
            case "smoke", []:
                smoke.run(windows, folder)
            case _:
                parser.error("one file after zip, open, update, installer and pictures, none after smoke")
    return 0


def new_pc(windows: prefix.Windows, program: Path) -> package.Pc:
    return package.Pc(windows, program, r"C:\dados", free_port())


def say_what_failed(failed: list[str]) -> int:
    for test in failed:
        print(f"Neither passed nor listed with a reason: {test}")
    return 1 if failed else 0


def unpacked(windows: prefix.Windows, archive: Path, folder: Path) -> prefix.Windows:
    """The ZIP as a person unpacks it, and its own Python."""
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    installed = Installed(folder / "Almoxarife")
    program = installed.place(installed.current)
    return replace(windows, program=program, executable=windows.path(program / "python" / "python.exe"))


if __name__ == "__main__":
    sys.exit(main())
