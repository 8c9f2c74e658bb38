"""Facts that only code inside the ``.venv`` can determine: the API's settings, whether windows can open.

The launcher itself runs without packages. So it runs this module as a program inside the ``.venv``, which
prints one JSON object, instead of repeating the rules of ``almoxarife.server.settings``. If the launcher
already runs there, it calls ``_collect`` directly.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from launcher.entry import ROOT, is_inside, own_python, venv_dir, venv_python
from launcher.messages import Stop

NO_WINDOWS = "--no-windows"


@dataclass(frozen=True, kw_only=True)
class Facts:
    version: str
    data_dir: Path
    url: str
    """Where the API will listen, as seen from this machine."""
    port: int
    elsewhere: str
    """``ALMOXARIFE_URL`` if the server is on another computer, so that only windows are opened here; else empty."""
    no_windows: str
    """Why no window can be opened, in Portuguese; empty if they can."""


def ask(python: Path, *, for_windows: bool = True) -> Facts:
    """Raises Stop with the API's message if a variable is invalid. ``for_windows``: also check for a screen."""
    collected = _collect(for_windows=for_windows) if _is_this(python) else _collect_in(python, for_windows=for_windows)
    return Facts(**{**collected, "data_dir": Path(collected["data_dir"])})


def _is_this(python: Path) -> bool:
    own = own_python()
    if own is not None:
        return own == python and own.samefile(sys.executable)
    return python == venv_python() and is_inside(venv_dir())


def _collect_in(python: Path, *, for_windows: bool) -> dict[str, Any]:
    answer = subprocess.run(
        [str(python), "-X", "utf8", "-P", "-m", "launcher.facts", *([] if for_windows else [NO_WINDOWS])],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if answer.returncode != 0:
        raise Stop(answer.stderr.strip() or "O Python do ambiente não respondeu.", exit_code=answer.returncode)
    collected: dict[str, Any] = json.loads(answer.stdout)
    return collected


def _print_facts() -> int:
    try:
        print(json.dumps(_collect(for_windows=NO_WINDOWS not in sys.argv)))
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.exit_code
    return 0


def _collect(*, for_windows: bool) -> dict[str, Any]:
    from almoxarife.build import name_build
    from almoxarife.clients.desktop.frame.preferences import check_variables
    from almoxarife.clients.desktop.kit.startup import WrongSetting
    from almoxarife.server.data_directory import folder as data_directory
    from almoxarife.server.errors import StartupError
    from almoxarife.server.settings import Settings

    no_windows = _why_no_windows() if for_windows else "não são pedidas"
    try:
        settings = Settings.from_environment()
        elsewhere = _server_elsewhere(settings.host, has_own_database=settings.database_url is not None)
        if not elsewhere:
            data_directory.prepare(settings.data_dir)
        if not no_windows:
            check_variables()
    except (StartupError, WrongSetting) as error:
        raise Stop(str(error)) from error
    return {
        "version": name_build(),
        "data_dir": str(settings.data_dir),
        "url": settings.own_url,
        "port": settings.port,
        "elsewhere": elsewhere,
        "no_windows": no_windows,
    }


def _server_elsewhere(own_host: str, *, has_own_database: bool) -> str:
    """``ALMOXARIFE_URL`` if no server is to be started here; else empty.

    Several addresses are the nodes of a cluster, which are started separately: one more server on a SQLite file
    of its own would be another shop. With the cluster's PostgreSQL, this server is one of the nodes.
    """
    from almoxarife.server.settings import is_loopback

    addresses = os.environ.get("ALMOXARIFE_URL", "").strip()
    main, *others = [part.strip() for part in addresses.split(",") if part.strip()] or [""]
    if others and not has_own_database:
        return addresses
    host = urlsplit(main if "//" in main else f"//{main}").hostname
    return "" if not host or is_loopback(host) or host == own_host else addresses


def _why_no_windows() -> str:
    if own_python() is not None:
        return ""  # it includes Tk
    try:
        import tkinter
    except ImportError:
        return f"falta o pacote {_tk_package()}"
    if sys.platform == "win32":
        return ""  # there is a screen; trying it would take a second
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "este computador está sem tela"
    try:
        tkinter.Tk().destroy()
    except tkinter.TclError:
        return "a tela não respondeu"
    return ""


def _tk_package() -> str:
    """The name of Tk's package in this system's package manager."""
    from shutil import which

    if which("apt-get"):
        return "python3-tk (sudo apt install python3-tk)"
    if which("dnf"):
        return "python3-tkinter (sudo dnf install python3-tkinter)"
    if which("pacman"):
        return "tk (sudo pacman -S tk)"
    return "python-tk (brew install python-tk)" if which("brew") else "python3-tk"


if __name__ == "__main__":
    sys.exit(_print_facts())
