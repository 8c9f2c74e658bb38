"""The installer, silently: put there, opened, put there again while the server runs, removed."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from almoxarife.build import ABOUT
from almoxarife.server.operations.updating.installed import Installed
from tests.programs import wait_for
from tests.server.processes import free_port
from tests.wine.package import Pc, list_files
from tests.wine.places import read_only
from tests.wine.prefix import Windows
from tests.wine.smoke import PATIENCE_S, Program, step


def run(windows: Windows, installer: Path) -> None:
    (home,) = (path for path in (windows.drive / "users").iterdir() if path.name != "Public")
    program = home / "AppData" / "Local" / "Programs" / "Almoxarife"
    data = home / "AppData" / "Local" / "Almoxarife"
    menu = home / "AppData" / "Roaming" / "Microsoft" / "Windows" / "Start Menu" / "Programs"
    pc = Pc(windows, program, "", free_port())
    with step("it installs without a question, for this person alone"):
        install(windows, installer, "/INICIAR")
        names = {link.name for link in (menu / "Almoxarife").iterdir()}
        assert names == {"Almoxarife.lnk", "Copiar os dados agora.lnk", "Dados e cópias.lnk", "Desinstalar.lnk"}
        assert (menu / "StartUp" / "Almoxarife servidor.lnk").exists()
    with step("it opens, with the data in their own place"):
        pc.start()
        pc.register_and_receive(30)
        assert (data / "almoxarife.db").is_file()
    with step("installed again while the server runs, which ends in order, with another program's PYTHONHOME"):
        install(windows, installer, settings={"PYTHONHOME": r"C:\nowhere"})
        assert "Até logo!" in (data / "servidor.log").read_text("utf-8")
        pc.start()
        assert pc.balance() == 30
        assert (menu / "StartUp" / "Almoxarife servidor.lnk").exists()
    with step("not into a folder that cannot be written to"), read_only(windows.drive / "windows"):
        refused = Program(windows, ["wine", windows.path(installer), "/S", r"/D=C:\windows\Almoxarife"], settings={})
        assert refused.finish() == 2, refused.said
    with step("installed again after a virus scanner has taken its Python"):
        pc.stop()
        installed = Installed(program)
        python = installed.place(installed.current) / "python"
        (python / "python.exe").unlink()
        code, said = pc.open("start")
        assert (code, "Se um antivirus tirou arquivos daqui" in said) == (2, True), said
        install(windows, installer)
        (python / "python311.dll").unlink()  # there is one to ask, and it cannot
        install(windows, installer)
        pc.start()
        assert pc.balance() == 30
    cut_the_power(pc, installer)
    with step("neither installed again nor removed while one of its windows is open"):
        window = Program(windows, ["wine", pc.python, "-c", "print('open', flush=True); input()"], settings=pc.settings)
        wait_for("a window", lambda: "open" in window.said, within_s=PATIENCE_S)
        before = list_files(program)
        assert Program(windows, ["wine", windows.path(installer), "/S"], settings=pc.settings).finish() == 2
        # Told its place, it does not go on as a copy of itself, whose end nobody is told of.
        remove = ["wine", windows.path(program / "desinstalar.exe"), "/S", f"_?={windows.path(program)}"]
        assert Program(windows, remove, settings=pc.settings).finish() == 2
        assert list_files(program) == before
        window.kill()
        pc.start()
    with step("the shortcut of the copy keeps one"):
        target = windows.drive / "copias,2026"
        target.mkdir()
        copying = pc.begin_batch("copiar_dados.bat", r"C:\copias,2026")  # as a dropped folder arrives
        assert copying.finish() == 0, copying.said
        assert len([*target.glob("almoxarife-*.db")]) == 1
    with step("removed while the server runs, it leaves the data and nothing else"):
        removal = Program(windows, ["wine", windows.path(program / "desinstalar.exe"), "/S"], settings=pc.settings)
        removal.finish()
        # It goes on as a copy of itself, which nobody is told of.
        wait_for("the end of the program's folder", lambda: not program.exists(), within_s=600)
        assert not (menu / "Almoxarife").exists()
        assert not (menu / "StartUp" / "Almoxarife servidor.lnk").exists()
        assert (data / "almoxarife.db").is_file()


def cut_the_power(pc: Pc, installer: Path) -> None:
    """While the same version is installed once more."""
    installed = Installed(pc.folder)
    name = installed.current
    version, part = installed.place(name), installed.part(name)
    # Its first server of all is stopped before anything is written.
    pc.stop()
    files = len(list_files(version))
    moments: list[tuple[str, Callable[[], bool]]] = [
        (f"with {share:.0%} of the new copy on the disk", partial(_has_files, part, int(share * files)))
        for share in (0.05, 0.5, 0.95)
    ]
    moments.append(("as it takes the place of the old one", lambda: not (version / ABOUT).exists()))
    for moment, has_come in moments:
        with step(f"the power goes while the same version is installed, {moment}"):
            installing = Program(pc.windows, ["wine", pc.windows.path(installer), "/S"], settings={})
            wait_for(moment, has_come, within_s=PATIENCE_S, every_s=0.01)
            pc.windows.cut_the_power()
            installing.kill()
            pc.start()
            assert (pc.version(), pc.balance()) == (name, 30)
            pc.stop()
    with step("and then to its end, while the server of the new copy runs"):
        pc.start()
        install(pc.windows, installer)
        assert [path.name for path in version.parent.iterdir()] == [name]


def _has_files(folder: Path, number: int) -> bool:
    return sum(len(names) for _, _, names in os.walk(folder)) >= number  # what is left of the one before goes meanwhile


def install(
    windows: Windows, installer: Path, *arguments: str, settings: Mapping[str, str] = MappingProxyType({})
) -> None:
    done = Program(windows, ["wine", windows.path(installer), "/S", *arguments], settings={**settings})
    assert done.finish() == 0, done.said
