"""Where shops put the program and their data: on demand, for it takes minutes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.programs import wait_for
from tests.server.processes import BOLTS, Client, free_port
from tests.wine.package import Pc, left_unwritten, unpack
from tests.wine.prefix import ROOT, Windows
from tests.wine.smoke import PATIENCE_S, Program, step

NAMES = (
    *("Loja São João & Cia", "a^b (x86)!c", "O'Hara & filhos", "C# vendas, 1+1=2"),
    r"OneDrive - Loja São João/Documentos",
)
"""Wine's cmd loses a "%" in a folder's name, which Windows' does not: such a one is tried without it."""


def run(windows: Windows, archive: Path, folder: Path) -> None:
    """Raises AssertionError at the first thing that a shop would trip over."""
    link(windows, "e:", folder / "disk")
    link(windows, "unc/servidor/loja", folder / "share")
    with step("the .bat says what is missing: the files around it, a Python"):
        _say_what_is_missing(windows, folder)
    program = unpack(archive, folder / "program").folder
    pc = Pc(windows, program, r"E:\dados da loja", free_port())
    with (
        step("in folders as shops name them the .bat finds its program, and nothing that is there for all Pythons"),
        _installed_for_all_pythons(windows),
    ):
        for name in NAMES:
            pc.folder = _move(pc.folder, folder / name)
            code, said = pc.open("--help")
            assert (code, "start_sistema_completo.bat stop" in said) == (0, True), (name, said)
            assert "of another program" not in said, said
    with step("in one whose path is too long for Windows it says so"):
        for length in (225, 245):  # too long for what is in it, and for the .bat itself
            long = folder / ("Loja " * 20 + "1")
            pc.folder = _move(pc.folder, long / ("L" * (length - len(windows.path(long)) - 1)))
            code, said = pc.open("--help")
            assert (code != 0, "comprido demais" in said) == (True, True), said
    with step("in one with a percent sign too, with the data on another drive, and nothing is written to its folder"):
        pc.folder = _move(pc.folder, folder / "Lucro 100% & mais")
        program_file = pc.python.replace(r"python\python.exe", "start_sistema_completo.py")
        with left_unwritten(pc.folder):
            opened = Program(windows, ["wine", pc.python, program_file, "start"], settings=pc.settings)
            assert opened.finish() == 0, opened.said
            pc.register_and_receive(30)
            with Client(pc.port) as anybody:  # what a server loads only then
                assert [anybody.get(path).status for path in ("/login", "/openapi.json")] == [200, 200]
        assert (folder / "disk" / "dados da loja" / "almoxarife.db").is_file()
        pc.folder = _move(pc.folder, folder / "Almoxarife")
        pc.stop()
    with step("from a folder that cannot be written to"), read_only(pc.folder):
        pc.start()
        assert pc.balance() == 30
        pc.stop()
    with step("with the data on a pen drive that was pulled out it asks for it"):
        code, said = Pc(windows, pc.folder, r"G:\dados", free_port()).open("start")
        assert (code, r"O disco G:\ não está neste computador" in said) == (2, True), said
    with (
        step("on a disk without a free byte nothing is confirmed, and all goes on when there is room again"),
        small_disk(folder / "disk"),
    ):
        pc.start()
        pc.register_and_receive(30)
        filler = folder / "disk" / "filmes"
        with Client(pc.port) as ana:
            ana.log_in()
            with suppress(OSError), filler.open("wb", buffering=0) as film:
                while film.write(bytes(4096)):
                    pass
            refused = [answer for _ in range(100) if (answer := ana.receive(BOLTS, 1)).status != 201]
            assert {answer.status for answer in refused} == {503}, refused
            filler.unlink()
            wait_for("an entry", lambda: ana.receive(BOLTS, 1).status == 201, within_s=PATIENCE_S)
        assert pc.balance() == 30 + 100 - len(refused) + 1
        pc.stop()
    with step("with the data on a share of the network, which is warned of"):
        shared = Pc(windows, pc.folder, r"\\servidor\loja\dados da loja", free_port())
        code, said = shared.open("start")
        assert (code, "os dados estão numa pasta da rede" in said) == (0, True), said
        shared.register_and_receive(8)
        code, said = shared.open("backup", "--into", r"\\servidor\loja")
        assert (code, len([*(folder / "share").glob("almoxarife-*.db")])) == (0, 1), said
        code, said = shared.open("check")
        assert (code, "Tudo certo" in said) == (0, True), said
        shared.stop()
    with step("two people at this PC have data of their own; the second is told of the port and can take another"):
        ana, bruno = (Pc(windows, pc.folder, "", pc.port, more={"USER": name}) for name in ("ana", "bruno"))
        ana.start()
        ana.register_and_receive(30)
        code, said = bruno.open("start")
        assert (code, "outro Almoxarife, com outra pasta de dados" in said) == (2, True), said
        bruno.port = free_port()
        bruno.start()
        bruno.register_and_receive(7)
        bruno.stop()
        assert ana.balance() == 30
        ana.stop()
        for name in ("ana", "bruno"):
            assert (windows.drive / "users" / name / "AppData" / "Local" / "Almoxarife" / "almoxarife.db").is_file()


def link(windows: Windows, name: str, folder: Path) -> None:
    """Another disk or a pen drive (``e:``), or a share (``unc/server/share``)."""
    folder.mkdir(parents=True, exist_ok=True)
    place = windows.prefix / "dosdevices" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(folder)


def _say_what_is_missing(windows: Windows, folder: Path) -> None:
    without_python = ("versao.txt", "versoes/1.0/pacote.json")
    for name, beside, words in (
        ("alone", (), "Extraia antes todos os arquivos"),
        ("source", ("start_sistema_completo.py",), "de 64 bits"),
        ("scanned", without_python, "Se um antivirus tirou arquivos daqui"),
    ):
        alone = Pc(windows, folder / name, r"C:\dados", free_port())
        for file in ("start_sistema_completo.bat", *beside):
            (alone.folder / file).parent.mkdir(parents=True, exist_ok=True)
            (alone.folder / file).write_bytes((ROOT / file).read_bytes() if (ROOT / file).exists() else b"1.0\n")
        code, said = alone.open()
        assert (code, words in said) == (2, True), said


@contextmanager
def _installed_for_all_pythons(windows: Windows) -> Iterator[None]:
    """What ``pip install --user`` of any Python 3.11 has put there; each Python runs it before it looks at its own."""
    place = "AppData/Roaming/Python/Python311/site-packages/usercustomize.py"
    files = [home / place for home in (windows.drive / "users").iterdir()]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("print('of another program')")
    yield
    for file in files:
        file.unlink()


def _move(program: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return program.rename(target)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Of 64 MB. It takes root."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A CD, or somebody else's folder. It takes root, whom mere permissions would not keep from writing."""
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
