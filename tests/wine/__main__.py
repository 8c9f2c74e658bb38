"""``python -m tests.wine smoke``: does a shop's Windows PC get a server that keeps what it confirmed?

It tries what ``python -m release windows`` would put into its ZIP. ``zip ARCHIVE`` asks the same of one that was made,
and then unpacks, moves and updates it as a shop does; ``open ARCHIVE`` double-clicks it, and no more;
``update ARCHIVE`` updates it, twenty times with a power cut.
``installer ARCHIVE`` installs, upgrades and removes what ``python -m release installer`` has made.
``suites [FOLDER …]`` runs the tests themselves there, but for those listed with their reason; nothing at all means
all of them, and the launcher's walk with its windows.
``pictures INSTALLER`` pictures its pages.
``--windows FOLDER`` keeps what was made there, for the next run.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import release.windows
from almoxarife.server.operations.updating.archives import TOP
from almoxarife.server.operations.updating.installed import Installed
from release import windows_python
from tests.server.processes import free_port
from tests.wine import installation, opening, package, pictures, places, prefix, smoke, updating
from tests.wine.suites import python, running

WHAT = ("suites", "smoke", "zip", "open", "update", "installer", "pictures")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.wine", description=__doc__)
    parser.add_argument("what", nargs="?", default="suites", choices=WHAT)
    parser.add_argument("archive", nargs="*", help="what is to be tried")
    parser.add_argument("--windows", type=Path, metavar="FOLDER", help="where Wine's files are, or will be")
    arguments = parser.parse_args()
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="almoxarife-wine-")))
            windows = prefix.make((arguments.windows or folder / "windows").absolute())
            stack.callback(windows.end)
            match arguments.what, arguments.archive:
                case "suites", suites:
                    return try_suites(windows, suites, folder)
                case "smoke", []:
                    smoke.run(package.with_its_python(windows, assemble(folder)), folder)
                case what, [archive]:
                    try_archive(windows, what, Path(archive).absolute(), folder)
                case _:
                    parser.error("one file after zip, open, update, installer and pictures, none after smoke")
    except windows_python.Failed as reason:
        print(f"Nothing was tried on Windows. {reason}", file=sys.stderr)
        return 1
    return 0


def try_suites(windows: prefix.Windows, suites: list[str], folder: Path) -> int:
    python.install(windows)
    failed = running.run(windows, suites)
    if not suites:
        opening.run(new_pc(windows, assemble(folder).folder), folder / "screen")
    for test in failed:
        print(f"Neither passed nor listed with a reason: {test}")
    return 1 if failed else 0


def try_archive(windows: prefix.Windows, what: str, archive: Path, folder: Path) -> None:
    match what:
        case "installer":
            installation.run(windows, archive)
        case "pictures":
            pictures.run(windows, archive, folder)
        case "zip":
            unpacked = package.unpack(archive, folder / "Programas & mais")
            smoke.run(package.with_its_python(windows, unpacked), folder)
            opening.run(new_pc(windows, package.unpack(archive, folder / "new").folder), folder / "screen")
            places.run(windows, archive, folder / "pc")
            updating.run(windows, archive, folder / "shop")
        case "open":
            opening.run(new_pc(windows, package.unpack(archive, folder / "new").folder), folder / "screen")
        case "update":
            updating.run(windows, archive, folder / "shop")


def new_pc(windows: prefix.Windows, program: Path) -> package.Pc:
    return package.Pc(windows, program, r"C:\dados", free_port())


def assemble(folder: Path) -> Installed:
    """What the ZIP would hold."""
    program = folder / "new" / TOP
    release.windows.assemble(program)
    return Installed(program)


if __name__ == "__main__":
    sys.exit(main())
