"""Builds the installer for Windows (NSIS) from the contents of the ZIP. It installs for one user, in Portuguese."""

import shutil
import tempfile
from pathlib import Path

from almoxarife import __version__
from almoxarife.server.operations.updating.archives import TOP
from release import windows, windows_python

SCRIPT = Path(__file__).with_name("installer.nsi")


def build(out: Path) -> Path:
    """Make ``Almoxarife-VERSION-windows-x64.exe`` in ``out``; returns it. Raises ``windows_python.Failed``."""
    if shutil.which("makensis") is None:
        raise windows_python.Failed("There is no makensis here. On Debian: apt-get install nsis")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="almoxarife-exe-") as name:
        tree = Path(name) / TOP
        release = windows.assemble(tree)
        return compile_script(tree, release.name, out / f"{TOP}-{__version__}-windows-x64.exe")


def compile_script(tree: Path, release: str, target: Path) -> Path:
    """Raises ``windows_python.Failed``."""
    part = target.with_suffix(".part")
    defines = {"OUT": part, "TREE": tree, "RELEASE": release, "VERSION": __version__}
    defined = [f"-D{name}={value}" for name, value in defines.items()]
    windows_python.run(["makensis", "-V2", "-INPUTCHARSET", "UTF8", *defined, str(SCRIPT)], {})
    part.replace(target)
    return target
