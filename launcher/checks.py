"""``test``: every check there is, pytest last so that its summary closes the output."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher import environment
from launcher.entry import ROOT
from launcher.speech import Stop, complain, say


def run(pytest_arguments: Sequence[str]) -> int:
    python, has_quality_tools = _prepare()
    missing = _what_windows_miss(python)
    failed = []
    if has_quality_tools:
        for name, *command in (
            ("ruff check", "ruff", "check"),
            ("ruff format", "ruff", "format", "--check"),
            ("mypy", "mypy"),
        ):
            say(f"== {name}")
            if _run(python, *command) != 0:
                failed.append(name)
    say("== pytest")
    if missing:
        say(f"Ficam de fora os testes das janelas: {missing}.")
    exit_code = _run(python, "pytest", *pytest_arguments)
    if failed:
        complain(f"Falharam antes dos testes: {', '.join(failed)}.")
    return exit_code or (1 if failed else 0)


def _prepare() -> tuple[Path, bool]:
    try:
        return environment.prepare("requirements.txt", "requirements-dev.txt"), True
    except Stop:
        python = environment.prepare("requirements.txt")
    say("Ficam de fora ruff e mypy: faltam os pacotes de requirements-dev.txt (rode de novo com internet).")
    return python, False


def _run(python: Path, *command: str) -> int:
    # Names are looked up in the checkout, wherever the person stands.
    return subprocess.run([str(python), "-m", *command], cwd=ROOT, check=False).returncode


def _what_windows_miss(python: Path) -> str:
    """What to install for the tests that open windows; empty when they can run."""
    if not sys.platform.startswith("linux"):
        return "elas rodam no Linux, numa tela virtual"
    has_tkinter = (
        subprocess.run([str(python), "-c", "import tkinter"], capture_output=True, check=False).returncode == 0
    )
    packages = [] if has_tkinter else ["python3-tk"]
    packages += [
        package for program, package in (("Xvfb", "xvfb"), ("xdotool", "xdotool")) if not shutil.which(program)
    ]
    return f"instale {' '.join(packages)} (sudo apt install {' '.join(packages)})" if packages else ""
