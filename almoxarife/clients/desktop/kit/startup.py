"""Starts a desktop program; if no window can be opened, prints one Portuguese sentence and returns 2."""

import gc
import importlib.util
import sys
from collections.abc import Callable

CANNOT_START = 2


class NoScreen(Exception):
    """There is no display to open a window on."""


class WrongSetting(ValueError):
    """An invalid variable or an unusable folder; the sentence says which one and what to do."""


def start(open_window: Callable[[], None]) -> int:
    """Return the exit code. ``open_window`` must import the window's module itself, after the checks here."""
    try:
        sentence = _what_is_missing() or _run(open_window)
    except WrongSetting as error:
        sentence = str(error)
    if sentence:
        sys.stderr.write(f"{sentence}\n")
        return CANNOT_START
    return 0


def _what_is_missing() -> str | None:
    try:
        import tkinter  # noqa: F401  # Many Linux systems ship Python without it.
    except ImportError:
        return (
            "Falta o tkinter. No Debian ou Ubuntu, instale o pacote python3-tk; "
            "no Windows, refaça a instalação do Python com a opção tcl/tk."
        )
    for package in ("ttkbootstrap", "requests", "platformdirs", "pydantic"):
        if importlib.util.find_spec(package) is None:
            program = "start_sistema_completo.bat" if sys.platform == "win32" else "python start_sistema_completo.py"
            return f"Falta o pacote {package}. Rode: {program}"
    return None


def _run(open_window: Callable[[], None]) -> str | None:
    gc.disable()  # until everything is loaded: ``Shell.run`` enables it
    try:
        open_window()
    except KeyboardInterrupt:  # Ctrl+C while loading
        return None
    except NoScreen:
        return "Não há tela para abrir a janela (a variável DISPLAY não indica uma que responda)."
    return None
