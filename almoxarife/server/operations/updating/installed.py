"""The folder of a program installed by the ZIP for Windows: its versions, and a file that names the one in use.

    start_sistema_completo.bat   starts the version in use
    versao.txt                   0.2.0+5f0c1a2b
    versoes/0.2.0+5f0c1a2b/      a complete program; its pacote.json is written last

The folder of a version gets its name when it is complete, and never changes afterwards. ``versao.txt`` is replaced
atomically, so even after a power cut it names a complete version.
"""

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from almoxarife import files
from almoxarife.build import ABOUT, name_build
from almoxarife.server.errors import StartupError

CURRENT = "versao.txt"
VERSIONS = "versoes"
_PARTIAL = ".parcial"
_NAME = re.compile(r"(\d{1,6}(?:\.\d{1,6}){1,3})\+[0-9a-f]{8}")


class Release(NamedTuple):
    """A version of the program: ``0.2.0+5f0c1a2b``, built at ``made`` (seconds since 1970; 0 if unknown)."""

    name: str
    made: int

    @classmethod
    def parse(cls, about: bytes) -> "Release":
        """Parse the contents of ``pacote.json``. Raises ValueError."""
        description = orjson.loads(about)
        match description:
            case {"versao": str(name), "feito": int(made)} if _NAME.fullmatch(name):
                return cls(name, made)
        raise ValueError("not a package's description")

    def describe(self) -> bytes:
        return orjson.dumps({"versao": self.name, "feito": self.made})

    def is_newer_than(self, other: "Release") -> bool:
        """Compares the numbers (0.2.0), and for equal numbers the time of the build."""
        return self.name != other.name and (self.numbers, self.made) > (other.numbers, other.made)

    @property
    def numbers(self) -> list[int]:
        numbers = [int(number) for number in self.name.partition("+")[0].split(".")]
        while numbers[-1:] == [0]:
            del numbers[-1]
        return numbers


class Installed(NamedTuple):
    """The installed program, in ``folder``."""

    folder: Path

    @property
    def current(self) -> str:
        """The name of the version in use."""
        return (self.folder / CURRENT).read_text("ascii").strip()

    def place(self, name: str) -> Path:
        """The folder of a version."""
        return self.folder / VERSIONS / name

    def part(self, name: str) -> Path:
        """The folder in which a version is unpacked until it is complete."""
        return self.folder / VERSIONS / f"{name}{_PARTIAL}"

    def use(self, name: str) -> None:
        """Make a version the one in use."""
        # cmd.exe reads the first line.
        files.write_atomically(self.folder / CURRENT, f"{name}\r\n".encode("ascii"))

    def remove_all_but(self, names: Iterable[str]) -> None:
        """Remove all other versions; one that is still running stays until the next update."""
        kept = {*names}
        for version in (self.folder / VERSIONS).iterdir():
            if version.name not in kept and version.is_dir() and not _is_in_use(version):
                remove(version)


def _is_in_use(version: Path) -> bool:
    """Whether its Python runs: a window that is open for days may still load modules and pictures from it."""
    try:
        with (version / "python" / "python.exe").open("r+b"):
            return False
    except FileNotFoundError:
        return False
    except OSError:
        return True


def remove(version: Path) -> None:
    """Remove a version; ``pacote.json`` first, so that a half-removed one does not look complete."""
    try:
        files.remove(version / ABOUT)
    except OSError:
        return
    shutil.rmtree(version, ignore_errors=True)


def find() -> Installed | None:
    """The installation of this program; None if it does not come from a package."""
    version = own_folder()
    if version.parent.name != VERSIONS or not (version / ABOUT).is_file():
        return None
    return Installed(version.parent.parent)


def own_folder() -> Path:
    return Path(__file__).resolve().parents[4]


def own_release() -> Release:
    try:
        return Release.parse((own_folder() / ABOUT).read_bytes())
    except (OSError, ValueError):
        return Release(name_build(), made=0)


def python_of(version: Path) -> Path:
    """The Python that runs a version: the one in its folder, which packages for Windows have, or this one."""
    own = version / "python" / "python.exe"
    return own if own.is_file() else Path(sys.executable)


def require_data_elsewhere(data_dir: Path) -> None:
    """Raises StartupError if the data directory is in the program's folder, whose versions are removed by updates."""
    installed = find()
    if installed is not None and data_dir.resolve().is_relative_to(installed.folder.resolve()):
        raise StartupError(
            f"Os dados ficariam dentro da pasta do programa ({installed.folder}), e sumiriam com ela. "
            "Mude o programa de pasta, ou escolha outra para os dados em ALMOXARIFE_DATA_DIR."
        )
