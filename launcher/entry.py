"""Lets ``python api.py`` work from any Python: it goes on inside the ``.venv``.

Every start of the API passes here, so this imports next to nothing.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# There are no plug-ins of pydantic's: it would read the metadata of every package, looking for some.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def venv_dir() -> Path:
    """``ALMOXARIFE_VENV`` lets several copies of the program share one environment."""
    named = os.environ.get("ALMOXARIFE_VENV", "").strip()
    return Path(named).expanduser().absolute() if named else ROOT / ".venv"


def venv_python() -> Path:
    return venv_dir() / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def own_python() -> Path | None:
    """The Python that came with the program, packages and all, where it did: the ZIP for Windows has one."""
    python = ROOT / "python" / "python.exe"
    return python if sys.platform == "win32" and python.is_file() else None


def why_unfit() -> str:
    """Why no shop should work with this Python, and what to do; empty when it is a good one."""
    if sys.platform != "win32":
        return ""
    if sys.maxsize < 2**32:
        # orjson and psycopg have no wheels for it.
        return (
            "O Almoxarife precisa do Python de 64 bits, e este é o de 32. "
            "Instale o de 64 bits (“Windows installer 64-bit”) por python.org/downloads e rode de novo."
        )
    if "PythonSoftwareFoundation" in sys.base_prefix:
        # What a program of the Store writes goes to a folder of its own, which ends with it.
        return (
            "Este Python é o da loja da Microsoft: os dados da sua loja ficariam presos nele e sumiriam quando ele "
            "fosse removido. Instale o de python.org/downloads e rode de novo."
        )
    return ""


def enter_venv() -> None:
    """Return inside an environment that has the packages, or start over in one, or end."""
    if reason := why_unfit():
        print(reason, file=sys.stderr)
        sys.exit(2)
    own = own_python()
    if own is not None:
        if Path(sys.executable).resolve() != own.resolve():
            _start_over(own)
        return
    if is_inside(venv_dir()) or (sys.prefix != sys.base_prefix and _has_packages()):
        return
    python = venv_python()
    if python.exists():
        _start_over(python)
    if not _has_packages():
        print("Falta instalar os componentes. Rode antes: python start_sistema_completo.py", file=sys.stderr)
        sys.exit(2)


def is_inside(folder: Path) -> bool:
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
