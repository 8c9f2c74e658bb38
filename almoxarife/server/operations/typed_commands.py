"""How our commands are typed on this computer, for sentences that mention one (``as_typed_here``)."""

import re
import sys
from pathlib import Path

_LAUNCHER = "start_sistema_completo.py"
NAMES = (
    *("audit", "backup", "check", "cluster", "copy", "demo", "gateway", "keys", "logs", "migrate", "rebuild-totals"),
    *("restore", "rotate-key", "serve", "serve-logs", "shops", "stop", "terminal", "terminal-server", "users"),
    "version",
)
_COMMAND = re.compile(rf"\balmoxarife (?=(?:{'|'.join(NAMES)})\b)")


def find_program() -> str:
    """The program to type before a command: ``almoxarife`` if installed as a Python package, else the launcher."""
    if Path(sys.argv[0]).name not in {_LAUNCHER, "api.py"}:
        return "almoxarife"
    return "start_sistema_completo.bat" if sys.platform == "win32" else f"python {_LAUNCHER}"


def report(sentence: str) -> None:
    """Print a sentence to standard error, with commands as they are typed here."""
    print(as_typed_here(sentence), file=sys.stderr, flush=True)


def as_typed_here(sentence: str) -> str:
    """Replace ``almoxarife`` before each command in the sentence by what is typed here (``find_program``)."""
    return _COMMAND.sub(lambda _: f"{find_program()} ", sentence)
