"""The double-click: the server, the monitor and the cadastro on a screen, and how long that takes."""

import math
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.gui.desk import Desk
from tests.programs import wait_for
from tests.wine.package import Pc, left_unwritten
from tests.wine.smoke import Program, step

MONITOR, CADASTRO = "Almoxarife - Monitor", "Almoxarife - Cadastro"
HOLDER = "import tkinter; held = tkinter.Tk(); held.withdraw(); print('held', flush=True); held.mainloop()"
PATIENCE_S = 900
CLOSING_S = 60


def run(pc: Pc, folder: Path) -> None:
    """The launcher's walk. Raises AssertionError."""
    folder.mkdir()
    with ExitStack() as stack:
        desk = Desk(stack, folder, "1366x768")
        on_screen = replace(pc, more={"DISPLAY": desk.env["DISPLAY"]})
        # The first window makes Wine's desktop, which would keep the pipes of whoever opened it.
        holder = Program(pc.windows, ["wine", pc.python, "-c", HOLDER], settings=on_screen.settings)
        stack.callback(holder.kill)
        wait_for("a first window", lambda: "held" in holder.said, within_s=PATIENCE_S)
        with left_unwritten(pc.folder):
            _open_and_close(on_screen, desk, "for the first time")
        _open_and_close(on_screen, desk, "again")
        with step("logging off ends the server in order"):
            on_screen.start()
            log = pc.windows.drive / pc.data.removeprefix("C:\\") / "servidor.log"
            before = len(log.read_text("utf-8"))
            Program(pc.windows, ["wine", "wineboot", "--end-session"], settings=on_screen.settings).finish()
            wait_for("its farewell", lambda: "Até logo!" in log.read_text("utf-8")[before:], within_s=PATIENCE_S)


def _open_and_close(pc: Pc, desk: Desk, which: str) -> None:
    with step(f"a double-click {which} opens the server and both windows"):
        begun = time.monotonic()
        opened = pc.begin()
        wait_for(MONITOR, lambda: desk.find(MONITOR), within_s=PATIENCE_S)
        print(f"{time.monotonic() - begun:5.1f} s  the first window", flush=True)
        wait_for(CADASTRO, lambda: desk.find(CADASTRO), within_s=PATIENCE_S)
        print(f"{time.monotonic() - begun:5.1f} s  the cadastro", flush=True)
    with step("opened once more it finds the server and the monitor"):
        more = pc.begin()
        wait_for("its words", lambda: _said(more, "O monitor já está aberto"), within_s=PATIENCE_S)
        assert _said(more, "uso este mesmo"), more.said
        wait_for("a second cadastro", lambda: len(desk.find(CADASTRO)) == 2, within_s=PATIENCE_S)
        assert len(desk.find(MONITOR)) == 1
    with step("the cadastros closed, the server and the monitor stay, and are said to"):
        _close(desk, CADASTRO)
        for program in (opened, more):
            assert program.finish() == 0, program.said
        assert _said(opened, "o servidor e o monitor continuam abertos"), opened.said
        pc.stop()
        _close(desk, MONITOR)


def _close(desk: Desk, title: str) -> None:
    for window in desk.find(title):
        _close_one(desk, title, window)


def _close_one(desk: Desk, title: str, window: str) -> None:
    asked_at = -math.inf

    def is_closed() -> bool:
        nonlocal asked_at
        if window not in desk.find(title):
            return True
        # Asked again while it is about to go, the next window would have the keys, and close.
        if time.monotonic() - asked_at > CLOSING_S:
            desk.run("xdotool", "windowactivate", "--sync", window)
            if desk.run("xdotool", "getactivewindow").strip() == window:
                desk.run("xdotool", "key", "alt+F4")
                asked_at = time.monotonic()
        return False

    wait_for(f"the end of {title}", is_closed, within_s=PATIENCE_S, every_s=0.5)


def _said(program: Program, words: str) -> bool:
    return any(words in line for line in program.said)
