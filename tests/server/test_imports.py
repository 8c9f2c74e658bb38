"""The server starts without what only others need."""

import subprocess
import sys

from tests.server.processes import ROOT

FOREIGN = {"tkinter", "ttkbootstrap", "requests", "alembic", "waitress", "PIL", "almoxarife.clients"}


def test_it_imports_nothing_of_the_desktop() -> None:
    module = "almoxarife.server.operations.serving"
    asked = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    imported = set(asked.stdout.split())
    assert module in imported
    assert not imported & FOREIGN
