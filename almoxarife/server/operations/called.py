"""How a person types our commands on this computer, for sentences that name one."""

import re
import sys
from pathlib import Path

_LAUNCHER = "start_sistema_completo.py"
NAMES = (
    *("audit", "backup", "check", "cluster", "copy", "demo", "gateway", "keys", "logs", "migrate", "rebuild-totals"),
    *("restore", "rotate-key", "serve", "serve-logs", "shops", "stop", "terminal", "terminal-server", "users"),
    "version",
)
_PLAIN_PATH = re.compile(r"[\w:\\/.~-]+")
_COMMAND = re.compile(rf"\balmoxarife (?=(?:{'|'.join(NAMES)})\b)")


def find_program() -> str:
    """``almoxarife`` is there only where it was installed as a package; elsewhere the launcher takes the commands."""
    if Path(sys.argv[0]).name not in {_LAUNCHER, "api.py"}:
        return "almoxarife"
    return "start_sistema_completo.bat" if sys.platform == "win32" else f"python {_LAUNCHER}"


def as_called(sentence: str) -> str:
    """``sentence`` with its commands (``almoxarife check``) as they can be typed here."""
    return _COMMAND.sub(lambda _: f"{find_program()} ", sentence)


def as_typed(path: str) -> str:
    """A Windows path as it can be typed after a command: in quotes where it has spaces or signs that ``cmd`` reads."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    # The dot: a "\" before the quote would be read with it.
    return f'"{path}."' if path.endswith("\\") else f'"{path}"'
