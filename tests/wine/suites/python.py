"""CPython for Windows with the tests' tools. What the tests and the programs started by them import is one file.

The package's Python loads its modules like that, which halves the work of a start. Here the file also holds the tests'
tools and the program in this checkout, whose sources stay where they are.
"""

import shutil
from dataclasses import replace

from release import bytecode, sitecustomize, windows_python
from tests.wine.prefix import ROOT, Windows

LOADED = """
import contextlib, sys, pytest
with contextlib.redirect_stdout(sys.stderr):
    pytest.main(["--collect-only", "-p", "no:cacheprovider", "tests/cli", "tests/server", "tests/unit/test_brazil.py"])
"""
"""Imports the tools; ``bytecode.LOADED`` goes on."""
PROGRAM = ("almoxarife", "launcher")
NAME = "one_file"
"""Of the module that installs the finder. Some tests bring a ``sitecustomize`` of their own."""


def install(windows: Windows) -> None:
    """Put Python there unless it is complete, and what it loads of the program as it is now.

    Raises ``windows_python.Failed``.
    """
    packages = windows.drive / bytecode.PACKAGES
    complete = windows.prefix.parent / "python-complete"
    if not complete.exists():
        shutil.rmtree(windows.drive / "python", ignore_errors=True)
        windows_python.unpack(windows.drive / "python")
        windows_python.install((ROOT / "requirements.txt").read_text(encoding="utf-8"), packages)
        complete.touch()
    shutil.copyfile(sitecustomize.__file__, packages / f"{NAME}.py")
    (packages / f"{NAME}.pth").write_text(f"import {NAME}\n")
    for module in bytecode.find_modules(windows.drive, [*bytecode.BEFORE, NAME]).values():
        bytecode.compile_unchecked(module.source)
    loaded = bytecode.find_modules(windows.drive, bytecode.list_loaded(LOADED + bytecode.LOADED))
    theirs = {name: replace(module, name=f"C:/{module.name}", optimize=0) for name, module in loaded.items()}
    bytecode.write(packages / sitecustomize.FILE, {**theirs, **_find_program(windows)})


def _find_program(windows: Windows) -> dict[str, bytecode.Module]:
    """Not the packages at the top: of several copies of the program, ``sys.path`` says which is meant."""
    modules = {}
    for file in (file for folder in PROGRAM for file in (ROOT / folder).rglob("*.py")):
        place = file.relative_to(ROOT)
        parts = place.parent.parts if file.name == "__init__.py" else place.with_suffix("").parts
        if len(parts) > 1 and all(part.isidentifier() for part in parts):
            modules[".".join(parts)] = bytecode.Module(file, windows.path(file).replace("\\", "/"))
    return modules
