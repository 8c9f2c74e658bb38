"""What a person meets on the way in and out, pictured: ``python -m tests.wine pictures INSTALLER``.

Into ``ALMOXARIFE_IMAGENS``, else ``docs/images``. Wine draws Windows' controls in its own look.
"""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests.gui.desk import Desk
from tests.programs import wait_for
from tests.wine.prefix import ROOT, Windows

PAGES = ("boas-vindas", None, "escolhas")
"""Of the installer, in order; one without a name tells a shop nothing."""
TITLE = "Instalação do Almoxarife.*"
LEAST_BYTES = 10_000_000
STILL = 5
"""So many looks, a second apart, show the same."""


def run(windows: Windows, installer: Path, folder: Path) -> None:
    assert installer.stat().st_size > LEAST_BYTES, "one with an empty program would say that it needs 1.0 KB"
    target = Path(os.environ.get("ALMOXARIFE_IMAGENS") or ROOT / "docs" / "images").absolute()
    with ExitStack() as stack:
        desk = Desk(stack, folder, "1024x700")
        environ = {**windows.environ, "DISPLAY": desk.env["DISPLAY"], "USER": "ana"}
        process = subprocess.Popen(
            ["wine", windows.path(installer)],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(windows.end)
        stack.callback(process.kill)
        window = wait_for("the installer", lambda: desk.find(TITLE), within_s=300).pop()
        shown: str | None = None
        for name in PAGES:
            file = target / f"windows-{name}.png" if name else folder / "page.png"
            shown = _picture_when_it_has_changed(desk, window, file, shown)
            desk.run("xdotool", "windowactivate", "--sync", window, "key", "Return")


def _picture_when_it_has_changed(desk: Desk, window: str, file: Path, before: str | None) -> str:
    """Returns what tells this picture from another."""
    looks: list[str] = []

    def take() -> str | None:
        desk.screenshot(file, window)
        looks.append(desk.run("identify", "-format", "%#", str(file)).strip())
        # A page comes piece by piece: its frame first.
        is_still = len(looks) >= STILL and len({*looks[-STILL:]}) == 1
        return looks[-1] if is_still and looks[-1] not in {before, ""} else None

    return wait_for(f"a picture of {file.stem}", take, within_s=120, every_s=1)
