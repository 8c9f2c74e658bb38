"""Loads SQLAlchemy without asyncio, the metadata of packages, and examples for docstrings; pydantic without plugins.

They import asyncio and ``importlib.metadata`` with forty more modules, for programs that are asynchronous or have
plugins. While they are imported, modules stand in for these, which hand on whatever they are asked for later. Who
imports one of them elsewhere gets the real one.
"""

import importlib
import os
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from almoxarife.server.operations.lean_flask import Later


class _StandIn(ModuleType):
    """Has what the module of this name has, which is imported when it is first asked for something."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by what imports it
            raise AttributeError(name)
        real = import_module(self.__name__)
        if real is self:
            raise ImportError(f"{self.__name__}.{name} is needed already", name=self.__name__)
        return getattr(real, name)


class _Asyncio(_StandIn):
    """SQLAlchemy asks of each failed statement whether it was cancelled, which without asyncio none ever is."""

    TimeoutError = TimeoutError
    iscoroutine = Later("asyncio", "iscoroutine")

    def __getattr__(self, name: str) -> Any:
        if name == "CancelledError" and "asyncio.exceptions" not in sys.modules:
            return ()  # no class, for ``isinstance`` and ``except``
        return super().__getattr__(name)


class _Metadata(_StandIn):
    entry_points = Later("importlib.metadata", "entry_points")


_STANDING_IN = {
    "asyncio": _Asyncio,
    "importlib.metadata": _Metadata,
    "sqlalchemy.dialects.sqlite.aiosqlite": _StandIn,
}
_WRITE_EXAMPLE = "_augment_fn_docs"


def load() -> None:
    """Import both, unless SQLAlchemy is imported already. Raises ImportError if they need more than is known here."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if "sqlalchemy" in sys.modules:
        return
    modules = {name: kind(name) for name, kind in _STANDING_IN.items() if name not in sys.modules}
    if "importlib.metadata" in modules:
        # SQLAlchemy looks it up here. Importing the real one replaces it.
        importlib.metadata = modules["importlib.metadata"]
    sys.modules.update(modules)
    try:
        _import_without_examples()
        for name in ("sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "pydantic.plugin._loader"):
            import_module(name)
    finally:
        for name in modules:
            del sys.modules[name]


def _import_without_examples() -> None:
    """SQLAlchemy writes examples into the docstring of each event, which takes a fiftieth of a start."""
    found = find_spec("sqlalchemy")
    if found is None or found.loader is None:
        raise ImportError("SQLAlchemy is missing", name="sqlalchemy")
    package = sys.modules["sqlalchemy"] = module_from_spec(found)
    event_docs = vars(import_module("sqlalchemy.event.legacy"))
    if _WRITE_EXAMPLE in event_docs:  # another version may call it otherwise, and write them
        event_docs[_WRITE_EXAMPLE] = lambda _collection, _class, listener: listener.__doc__
    found.loader.exec_module(package)
