"""The server starts without what only others need."""

import subprocess
import sys

from tests.server.processes import ROOT

DESKTOP = {"tkinter", "ttkbootstrap", "requests", "PIL", "almoxarife.clients"}
OF_OTHER_STARTS = {"alembic", "waitress", "psycopg", "sqlalchemy.dialects.postgresql", "openpyxl", "xlrd", "xlsxwriter"}
"""A start on SQLite that upgrades nothing does without them."""


def test_it_imports_nothing_of_the_desktop_nor_of_another_start() -> None:
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
    assert not imported & (DESKTOP | OF_OTHER_STARTS)
