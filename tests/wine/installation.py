"""The installer, silently: put there, opened, put there again while the server runs, removed."""

from pathlib import Path

from almoxarife.server.operations.updating.installed import Installed
from tests.programs import wait_for
from tests.server.processes import free_port
from tests.wine.package import Pc, list_files
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
    with step("installed again while the server runs, which ends in order"):
        install(windows, installer)
        assert "Até logo!" in (data / "servidor.log").read_text("utf-8")
        pc.start()
        assert pc.balance() == 30
        assert (menu / "StartUp" / "Almoxarife servidor.lnk").exists()
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
        target = windows.drive / "copia"
        target.mkdir()
        copying = pc.begin_batch("copiar_dados.bat", r"C:\copia")
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


def install(windows: Windows, installer: Path, *arguments: str) -> None:
    done = Program(windows, ["wine", windows.path(installer), "/S", *arguments], settings={})
    assert done.finish() == 0, done.said
