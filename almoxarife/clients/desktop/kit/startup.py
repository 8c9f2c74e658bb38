"""Opening a window, or one Portuguese sentence and exit code 2 where there can be none."""

import gc
import importlib.util
import sys
from collections.abc import Callable

CANNOT_START = 2


class NoScreen(Exception):
    """There is no display to open a window on."""


class WrongSetting(ValueError):
    """A variable or a folder that a person must put right; the sentence says which and how."""


def start(open_window: Callable[[], None]) -> int:
    """``open_window`` imports the window's module only when it is called, after the checks here."""
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
            return f"Falta o pacote {package}. Rode: python start_sistema_completo.py"
    return None


def _run(open_window: Callable[[], None]) -> str | None:
    gc.disable()  # until all is loaded
    try:
        open_window()
    except KeyboardInterrupt:  # before all was
        return None
    except NoScreen:
        return "Não há tela para abrir a janela (a variável DISPLAY não indica uma que responda)."
    return None
