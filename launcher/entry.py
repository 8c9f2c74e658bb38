"""Lets ``python api.py`` work from any Python: it goes on inside the ``.venv``.

Every start of the API passes here, so this imports next to nothing.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def venv_dir() -> Path:
    """``ALMOXARIFE_VENV`` lets several copies of the program share one environment."""
    named = os.environ.get("ALMOXARIFE_VENV", "").strip()
    return Path(named).expanduser().absolute() if named else ROOT / ".venv"


def venv_python() -> Path:
    return venv_dir() / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def enter_venv() -> None:
    """Return inside an environment that has the packages, or start over in one, or end."""
    if _is_inside(venv_dir()) or (sys.prefix != sys.base_prefix and _has_packages()):
        return
    python = venv_python()
    if python.exists():
        _start_over(python)
    if not _has_packages():
        print("Falta instalar os componentes. Rode antes: python start_sistema_completo.py", file=sys.stderr)
        sys.exit(2)


def _is_inside(folder: Path) -> bool:
    return folder.exists() and Path(sys.prefix).resolve() == folder.resolve()


def _has_packages() -> bool:
    return all(find_spec(name) is not None for name in ("flask", "pydantic", "sqlalchemy"))


def _start_over(python: Path) -> None:
    command = [str(python), *sys.argv]
    if sys.platform != "win32":
        os.execv(python, command)  # noqa: S606 - our own interpreter, no shell
    # Windows has no exec: the shell would take the terminal back while we still run.
    import subprocess

    sys.exit(subprocess.call(command))
