"""Loads Flask without its command line, its development server, its templates and its reader of forms.

Flask imports all of these, which takes a twentieth of a start, and only pages use any. While Flask is imported, modules
stand in for them whose functions load the real one when they are called. Afterwards nobody finds these modules any
more: who imports one of them later gets the real one.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _Commands:
    """Instead of ``flask.cli.AppGroup``: nobody adds a command to our applications or blueprints."""

    def __init__(self) -> None:
        self.commands: dict[str, object] = {}


class Later:
    """Calls what a module has by this name. Unlike a ``partial``, it is never bound like a method (Python 3.14)."""

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(self._module), self._name)(*args, **kwargs)


_RENDERING = ("render_template", "render_template_string", "stream_template", "stream_template_string")
_LATER = {
    "flask.templating": ("Environment", "DispatchingJinjaLoader", "_default_template_ctx_processor", *_RENDERING),
    "jinja2": ("BaseLoader", "FileSystemLoader"),
    "werkzeug.serving": ("is_running_from_reloader",),
    "werkzeug.formparser": ("FormDataParser", "default_stream_factory"),
    "click": (),
}
"""What Flask takes from each of these modules while it is imported."""
_OF_WERKZEUG = {"run_simple": "serving", "Client": "test", "Request": "wrappers", "Response": "wrappers"}
"""The modules from which the package takes its names. Their import stands in its ``__init__``, which is not run."""


def load() -> None:
    """Import Flask, unless it is imported already. Raises ImportError if it needs more than is known here."""
    if "flask" in sys.modules:
        return
    found = find_spec("werkzeug")
    if found is not None and "werkzeug" not in sys.modules:
        package = sys.modules["werkzeug"] = module_from_spec(found)
        package.__getattr__ = _find_in_werkzeug  # type: ignore[method-assign]  # PEP 562
    with _standing_in():
        import_module("flask")


@contextmanager
def _standing_in() -> Iterator[None]:
    modules = {name: ModuleType(name) for name in (*_LATER, "flask.cli") if name not in sys.modules}
    for module, names in _LATER.items():
        for name in names if module in modules else ():
            setattr(modules[module], name, Later(module, name))
    modules["flask.cli"].AppGroup = _Commands  # type: ignore[attr-defined]
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]


def _find_in_werkzeug(name: str) -> Any:
    if name not in _OF_WERKZEUG:
        raise AttributeError(name)
    return getattr(import_module(f"werkzeug.{_OF_WERKZEUG[name]}"), name)
