"""A ZIP as a shop unpacks and opens it, and a newer one."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from almoxarife.build import ABOUT
from almoxarife.server.operations.updating.installed import Installed, Release
from release import bytecode
from release.windows import give_name, pack
from tests.server.processes import BOLTS, Client
from tests.wine.prefix import Windows
from tests.wine.smoke import Program

NEWER = "99.0.0"


@dataclass
class Pc:
    """A program's folder, data on a drive of their own, and the one file that a person opens."""

    windows: Windows
    folder: Path
    data: str
    port: int
    more: dict[str, str] = field(default_factory=dict)

    @property
    def python(self) -> str:
        """Its own, as Windows names it."""
        installed = Installed(self.folder)
        return self.windows.path(installed.place(installed.current) / "python" / "python.exe")

    def open(self, *arguments: str) -> tuple[int, str]:
        """``start_sistema_completo.bat``."""
        program = self.begin(*arguments)
        return program.finish(), "\n".join(program.said)

    def begin(self, *arguments: str) -> Program:
        return self.begin_batch("start_sistema_completo.bat", *arguments)

    def begin_batch(self, name: str, *arguments: str) -> Program:
        command = ["wine", "cmd", "/c", f".\\{name}", *arguments]
        program = Program(self.windows, command, settings=self.settings, folder=self.folder)
        assert program.process.stdin is not None
        program.process.stdin.close()  # nobody is there to press a key
        return program

    @property
    def settings(self) -> dict[str, str]:
        return {"ALMOXARIFE_DATA_DIR": self.data, "ALMOXARIFE_PORT": str(self.port), "PYTHONUTF8": "1", **self.more}

    def start(self) -> None:
        code, said = self.open("start")
        assert code == 0, said

    def stop(self) -> None:
        code, said = self.open("stop")
        assert (code, "Servidor parado." in said) == (0, True), said

    def version(self) -> str:
        with Client(self.port) as anybody:
            return str(anybody.get("/saude").body["versao"])

    def balance(self) -> int:
        with Client(self.port) as ana:
            assert ana.log_in().status == 200
            return int(ana.balance(BOLTS))

    def register_and_receive(self, quantity: int) -> None:
        with Client(self.port) as ana:
            assert ana.register().status == 201
            assert ana.log_in().status == 200
            assert ana.new_product("Parafuso sextavado de aço") == BOLTS
            assert ana.receive(BOLTS, quantity).status == 201


def with_its_python(windows: Windows, installed: Installed) -> Windows:
    program = installed.place(installed.current)
    return replace(windows, program=program, executable=windows.path(program / "python" / "python.exe"))


def unpack(archive: Path, folder: Path) -> Installed:
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    return Installed(folder / "Almoxarife")


@contextmanager
def left_unwritten(folder: Path) -> Iterator[None]:
    """What a start loads and the build did not know of would be compiled into it."""
    before = list_files(folder)
    yield
    changed = sorted({name for name, _ in before ^ list_files(folder)})
    assert not changed, changed


def list_files(folder: Path) -> set[tuple[str, int]]:
    return {(str(path.relative_to(folder)), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def make_newer(archive: Path, work: Path, pendrive: Path, *, is_broken: bool = False) -> Release:
    """The same program under a higher number; a broken one under the highest."""
    shutil.rmtree(work, ignore_errors=True)
    installed = unpack(archive, work)
    version = installed.place(installed.current)
    number = f"{NEWER}.9" if is_broken else NEWER
    init = version / "almoxarife" / "__init__.py"
    init.write_text(init.read_text("utf-8").replace('__version__ = "', f'__version__ = "{number}" or "'), "utf-8")
    bytecode.compile_version(version)
    if is_broken:
        (version / "api.py").write_text("raise SystemExit('broken')\n")
    (version / ABOUT).unlink()
    version.rename(version.with_name("new"))
    release = give_name(installed.folder)
    pack(installed.folder, pendrive / f"Almoxarife-{number}-windows-x64.zip")
    return release
