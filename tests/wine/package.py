"""A ZIP as a shop unpacks, opens, updates and moves it about: on demand, for it takes minutes."""

import random
import shutil
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from almoxarife.build import ABOUT
from almoxarife.server.operations.updating.installed import Installed, Release
from release import bytecode
from release.windows import give_name, pack
from tests.server.processes import BOLTS, Client, free_port
from tests.wine.prefix import ROOT, Windows
from tests.wine.smoke import Program, step

NAMES = ("Loja São João & Cia", "a^b (x86)!c", "O'Hara & filhos", "C# vendas, 1+1=2")
"""Wine's cmd loses a "%" in a folder's name, which Windows' does not: such a one is tried without it."""
NEWER = "99.0.0"
CUTS = 5


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


def drive(windows: Windows, letter: str, folder: Path) -> None:
    """Another disk, or a pen drive."""
    folder.mkdir(parents=True, exist_ok=True)
    link = windows.prefix / "dosdevices" / f"{letter}:"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)


def run(windows: Windows, archive: Path, folder: Path) -> None:
    """Raises AssertionError at the first thing that a shop would trip over."""
    drive(windows, "e", folder / "disk")
    drive(windows, "f", folder / "pendrive")
    with step("the .bat says what is missing: the files around it, a Python"):
        for beside, words in (((), "Extraia antes todos os arquivos"), (("start_sistema_completo.py",), "de 64 bits")):
            alone = Pc(windows, folder / f"with {len(beside)} beside it", r"C:\dados", free_port())
            alone.folder.mkdir()
            for name in ("start_sistema_completo.bat", *beside):
                shutil.copyfile(ROOT / name, alone.folder / name)
            code, said = alone.open()
            assert (code, words in said) == (2, True), said
    program = unpack(archive, folder / "program")
    pc = Pc(windows, program.folder, r"E:\dados da loja", free_port())
    with step("in folders as shops name them the .bat finds its program"):
        for name in NAMES:
            pc.folder = pc.folder.rename(folder / name)
            code, said = pc.open("--help")
            assert (code, "start_sistema_completo.py stop" in said) == (0, True), (name, said)
    with step("in one with a percent sign too, with the data on another drive, and nothing is written to its folder"):
        pc.folder = pc.folder.rename(folder / "Lucro 100% & mais")
        before = list_files(pc.folder)
        program_file = pc.python.replace(r"python\python.exe", "start_sistema_completo.py")
        opened = Program(windows, ["wine", pc.python, program_file, "start"], settings=pc.settings)
        assert opened.finish() == 0, opened.said
        pc.register_and_receive(30)
        assert list_files(pc.folder) == before
        assert (folder / "disk" / "dados da loja" / "almoxarife.db").is_file()
        pc.folder = pc.folder.rename(folder / "Almoxarife")
    with step("another person at this PC, with data of their own, is told of the port and can take another"):
        other = Pc(windows, pc.folder, r"C:\users\outra\dados", pc.port)
        code, said = other.open("start")
        assert (code, "outro Almoxarife, com outra pasta de dados" in said) == (2, True), said
        other.port = free_port()
        other.start()
        other.stop()
        assert pc.balance() == 30
    older = pc.version()
    with step("a newer package on a pen drive takes over while the server runs"):
        newer = make_newer(archive, folder / "newer", folder / "pendrive")
        code, said = pc.open("version", "--check", "F:\\", "--update")
        assert code == 0, said
        assert (pc.version(), pc.balance()) == (newer.name, 30)
    with step("one that does not answer is taken back"):
        make_newer(archive, folder / "newer", folder / "pendrive", is_broken=True)
        code, said = pc.open("version", "--check", "F:\\", "--update")
        assert (code, "Nada foi mudado" in said) == (2, True), said
        assert (pc.version(), pc.balance()) == (newer.name, 30)
        pc.stop()
    with step("unpacked by hand over the older folder, the newer one opens"):
        Installed(pc.folder).use(older)
        pc.start()
        assert pc.version() == older
        pc.stop()
        unpack(folder / "pendrive" / f"Almoxarife-{NEWER}-windows-x64.zip", pc.folder.parent)
        pc.start()
        assert (pc.version(), pc.balance()) == (newer.name, 30)
        pc.stop()
    cut_the_power(pc, older, newer.name, folder)


def cut_the_power(pc: Pc, older: str, newer: str, folder: Path) -> None:
    installed = Installed(pc.folder)
    (folder / "pendrive" / f"Almoxarife-{NEWER}.9-windows-x64.zip").unlink()
    moments = random.Random(17)
    for _ in range(CUTS):
        installed.use(older)
        installed.remove_all_but([older])
        pc.start()
        moment = moments.uniform(1, 90)
        with step(f"the power goes {moment:.0f} s after the beginning of an update"):
            update = pc.begin("version", "--check", "F:\\", "--update")
            time.sleep(moment)
            pc.windows.end()
            update.kill()
            assert installed.current in {older, newer}
            pc.start()
            assert (pc.version(), pc.balance()) == (installed.current, 30)
            pc.stop()


def unpack(archive: Path, folder: Path) -> Installed:
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder)
    return Installed(folder / "Almoxarife")


def list_files(folder: Path) -> set[tuple[str, int]]:
    """What a start loads and the build did not know of would be compiled into it."""
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
