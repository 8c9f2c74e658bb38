"""Lets ``python api.py`` be run with any Python: ``enter_venv`` restarts the program inside the ``.venv``.

Every start passes here, so this module imports as little as possible.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Saves time: looking for plug-ins, pydantic would read the metadata of every package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


_OF_OTHERS = (
    *("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "PYTHONPLATLIBDIR", "PYTHONUSERBASE", "PYTHONSTARTUP"),
    *("PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONWARNINGS"),
)
"""Variables by which other programs, or their authors, set up a Python of theirs."""


def drop_variables_of_other_programs() -> None:
    """Keep these variables from every process that is started from here.

    With another program's packages on its path the server would load them instead of ours, for example.
    """
    for name in _OF_OTHERS:
        os.environ.pop(name, None)
    # Nor what somebody has installed for all Pythons of this version, which the package's would load, too.
    os.environ["PYTHONNOUSERSITE"] = "1"


def venv_dir() -> Path:
    """``ALMOXARIFE_VENV`` lets several copies of the program share one environment."""
    named = os.environ.get("ALMOXARIFE_VENV", "").strip()
    return Path(named).expanduser().absolute() if named else ROOT / ".venv"


def venv_python() -> Path:
    return venv_dir() / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def own_python() -> Path | None:
    """The bundled Python with all packages, in the ZIP for Windows; None elsewhere."""
    python = ROOT / "python" / "python.exe"
    return python if sys.platform == "win32" and python.is_file() else None


def how_to_call() -> str:
    """How a person types the launcher's commands on this computer. A Windows PC need not know any ``python``."""
    return "start_sistema_completo.bat" if sys.platform == "win32" else "python start_sistema_completo.py"


def why_unfit() -> str:
    """Why this Python cannot be used, and what to do; empty if it can."""
    if sys.platform != "win32":
        return ""
    if sys.maxsize < 2**32:
        # orjson and psycopg have no wheels for it.
        return (
            "O Almoxarife precisa do Python de 64 bits, e este é o de 32. "
            "Instale o de 64 bits (“Windows installer 64-bit”) por python.org/downloads e rode de novo."
        )
    if "PythonSoftwareFoundation" in sys.base_prefix:
        # Windows redirects its files to a private folder, which is deleted when Python is uninstalled.
        return (
            "Este Python é o da loja da Microsoft: os dados da sua loja ficariam presos nele e sumiriam quando ele "
            "fosse removido. Instale o de python.org/downloads e rode de novo."
        )
    return ""


def explain_options() -> None:
    """Exit if there are arguments: with ``--help``, for example, the server must not start with the real data."""
    if sys.argv[1:]:
        print("Uso: python api.py (inicia o servidor, sem opções). A tabela do LEIAME.md diz o que se configura.")
        sys.exit(0 if sys.argv[1:] in (["--help"], ["-h"]) else 2)


def enter_venv() -> None:
    """Return if this Python has the packages; else restart in one that has them, or exit with a message."""
    if reason := why_unfit():
        print(reason, file=sys.stderr)
        sys.exit(2)
    own = own_python()
    if own is not None:
        if Path(sys.executable).resolve() != own.resolve():
            _restart(own)
        return
    if is_inside(venv_dir()) or (sys.prefix != sys.base_prefix and _has_packages()):
        return
    python = venv_python()
    if python.exists():
        _restart(python)
    if not _has_packages():
        print(f"Falta instalar os componentes. Rode antes: {how_to_call()}", file=sys.stderr)
        sys.exit(2)


def is_inside(folder: Path) -> bool:
    return folder.exists() and Path(sys.prefix).resolve() == folder.resolve()


def _has_packages() -> bool:
    return all(find_spec(name) is not None for name in ("flask", "pydantic", "sqlalchemy"))


def _restart(python: Path) -> None:
    command = [str(python), *sys.argv]
    if sys.platform != "win32":
        os.execv(python, command)  # noqa: S606 - our own interpreter, no shell
    # On Windows exec returns to the shell at once, while the program is still running.
    import subprocess

    sys.exit(subprocess.call(command))
