"""A Windows for the tests: Wine, as it comes from Debian.

What Wine cannot show: how long things take on a real disk, antivirus, firewall, SmartScreen, fonts.
"""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from release import windows_python
from tests.wine.forwarding_dll import forward

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = (b"python.exe", b"windows-x64.exe")
"""How the names of a package's Python and of an installer end."""


@dataclass(frozen=True)
class Windows:
    prefix: Path
    program: Path = ROOT
    """The folder of the program that is tried."""
    executable: str = r"C:\python\python.exe"

    @property
    def environ(self) -> dict[str, str]:
        """This machine's, without settings of ours; a program that crashes ends, and no debugger waits for a person."""
        kept = {
            name: value
            for name, value in os.environ.items()
            # Without what is compiled, every start compiles the whole program, which costs it twice as much.
            if not name.startswith("ALMOXARIFE_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return {
            **kept,
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "winemenubuilder.exe,winedbg.exe=d",
        }

    @property
    def drive(self) -> Path:
        return self.prefix / "drive_c"

    def python(self, *arguments: str) -> list[str]:
        return ["wine", self.executable, "-X", "utf8", *arguments]

    def path(self, path: Path) -> str:
        """The Windows name of a file of this machine."""
        return "Z:" + str(path).replace("/", "\\")

    def cut_the_power(self) -> None:
        """Each Python and installer of this prefix is gone at once; what Wine itself would start anew goes on."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environ = (process / "environ").read_bytes().split(b"\0")
                program = (process / "cmdline").read_bytes().split(b"\0")[0]
                if f"WINEPREFIX={self.prefix}".encode() in environ and program.endswith(OURS):
                    os.kill(int(process.name), signal.SIGKILL)

    def stay_up(self) -> None:
        """Until ``end``, instead of being started anew by the first program after the last has ended."""
        subprocess.run(["wineserver", "--persistent"], env=self.environ, check=True)
        # Its services come with the first program, and keep the pipes of that.
        windows_python.run(["wine", "cmd", "/c", "exit"], self.environ)

    def end(self) -> None:
        """End every program of this prefix, and no other's."""
        subprocess.run(["wineserver", "--kill"], env=self.environ, check=False)
        self.wait_for_the_end()

    def wait_for_the_end(self) -> None:
        subprocess.run(["wineserver", "--wait"], env=self.environ, check=False)


def make(folder: Path) -> Windows:
    """Return the Windows in ``folder``, made there unless one is complete. Raises ``windows_python.Failed``."""
    for program in ("wine", "wineboot", "wineserver"):
        if not shutil.which(program):
            raise windows_python.Failed(
                f"There is no {program} here. On Debian: apt-get install --no-install-recommends wine wine64"
            )
    windows = Windows(folder / "prefix")
    complete = folder / "complete"
    if complete.exists():
        return windows
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(windows.prefix, ignore_errors=True)
    windows_python.run(["wineboot", "--init"], windows.environ)
    # Its services go on for seconds, and a server that is to stay up takes no place that is taken.
    windows.wait_for_the_end()
    # Wheels made with Rust want it; Wine has it from its version 9 on.
    library = windows.drive / "windows" / "system32" / "bcryptprimitives.dll"
    if not library.exists():
        library.write_bytes(forward(library.name, "ProcessPrng", "advapi32.SystemFunction036"))
    complete.touch()
    return windows
