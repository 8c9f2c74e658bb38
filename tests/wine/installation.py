"""The installer, silently: put there, opened, put there again while the server runs, removed."""

from pathlib import Path

from tests.programs import wait_for
from tests.server.processes import free_port
from tests.wine.package import Pc
from tests.wine.prefix import Windows
from tests.wine.smoke import Program, step


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
