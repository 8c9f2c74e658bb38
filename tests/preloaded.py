"""What the programs import, and nothing that a search for garbage would write to: forked processes share its memory.

Imported by the process that ``tests.programs`` forks them from, and by no other.
"""

import contextlib
import gc
import importlib

from sqlalchemy.orm import configure_mappers

from almoxarife.server.intake import granian_worker
from tests import cheap_setup

PROGRAMS = (
    "almoxarife.server.operations.serving",
    "almoxarife.server.operations.commands.main",
    "almoxarife.clients.terminal.server",
    "almoxarife.clients.desktop.cadastro.window",
    "almoxarife.clients.desktop.monitor.window",
    "launcher.entry",
    "tests.programs",
    "tests.clients.till_process",
)
LATER = (
    "almoxarife.server.upkeep.migrations.dialects",
    "alembic.command",
    "alembic.config",
    "psycopg",
    "PIL.ImageTk",
    "PIL._imagingtk",
    "PIL.PngImagePlugin",
    "ttkbootstrap.themes.builtin",
)
"""They import these when they need them, which all of them do."""


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        return  # a test that needs it will say so


for name in (*PROGRAMS, *LATER):
    _import(name)
with contextlib.suppress(ImportError):
    granian_worker.load()
configure_mappers()
cheap_setup.keep_compiled_rules()
with contextlib.suppress(ImportError):
    from ttkbootstrap.style.builders import load_builders

    load_builders()
gc.collect()
gc.freeze()
