"""Compiles all modules that a start imports into one file, from which the package's ``sitecustomize`` loads them."""

import marshal
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from release import sitecustomize, windows_python

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = Path("python", "Lib", "site-packages")
PLACES = (Path("python", "Lib"), PACKAGES, Path())
"""The folders inside a version in which Python looks for modules."""
LOADED = """
import contextlib, os, pkgutil, signal, socket, sys, tempfile, threading, time, urllib.request
from importlib import import_module
import almoxarife, launcher.main, launcher.window
for found in pkgutil.walk_packages(almoxarife.__path__, "almoxarife."):
    if ".migrations." not in found.name:  # see BY_PATH
        import_module(found.name)
import click._textwrap, flask_wtf.csrf, pydantic._internal._dataclasses
import encodings.cp437, encodings.cp850, encodings.cp860, encodings.latin_1, encodings.mac_roman
import encodings.unicode_escape, encodings.utf_16, encodings.utf_16_be, encodings.utf_16_le, encodings.utf_32
import encodings.utf_8_sig
import PIL.GimpGradientFile, PIL.GimpPaletteFile, PIL.ImageSequence, PIL.PngImagePlugin
import ttkbootstrap.style.builders, ttkbootstrap.themes.builtin
for found in pkgutil.iter_modules(ttkbootstrap.style.builders.__path__, "ttkbootstrap.style.builders."):
    import_module(found.name)  # a window does, and there may be no screen here
from almoxarife.server.operations.serving import serve
from almoxarife.server.settings import Settings

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]

def stop_when_it_answers():
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/saude"):
            break
        time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=stop_when_it_answers, daemon=True).start()
with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
    serve(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": folder, "ALMOXARIFE_PORT": str(port)}))
print(*sorted(name for name, module in [*sys.modules.items()] if getattr(module, "__file__", None)), flush=True)
os._exit(0)  # a thread of granian may go on
"""
"""A first start of the server, on no data yet, all modules of ours, and what those import when they are first used."""
ON_WINDOWS = (
    *("asyncio.proactor_events", "asyncio.windows_events", "asyncio.windows_utils", "ctypes.wintypes", "nturl2path"),
    *("click._winconsole", "platformdirs.windows", "sqlalchemy.util.cython", "encodings.ascii"),
    *("tzdata", "tzdata.zoneinfo", "tzdata.zoneinfo.America"),
)
"""Modules that are imported only on Windows, so that ``list_loaded`` cannot find them."""
IN_VAIN = ("flask_wtf.i18n", "urllib3.contrib.socks")
"""Modules whose import is tried at every start and fails, for want of another package."""
BY_PATH = ("almoxarife/server/upkeep/migrations/env.py", "almoxarife/server/upkeep/migrations/versions/*.py")
"""Files that are loaded as such and looked up by no name, so they get ordinary .pyc files, too."""
BEFORE = (
    "encodings",
    "encodings.aliases",
    "encodings.utf_8",
    "encodings.cp1252",
    "importlib",
    "warnings",
    "sitecustomize",
)
"""Python imports these before ``sitecustomize`` has run, so they get ordinary .pyc files."""


@dataclass(frozen=True)
class Module:
    source: Path
    name: str
    """Of its source on the PC: below the folder that ``sitecustomize`` is in, or complete."""
    optimize: int = 0


def compile_version(version: Path) -> None:
    """Compile what a start imports, if this Python has the package's version."""
    for cache in [*version.rglob("__pycache__")]:
        shutil.rmtree(cache)
    if sys.version_info[:2] != windows_python.VERSION:
        print("Not compiled beforehand: that takes Python 3.11.", file=sys.stderr)
        return
    shutil.copyfile(sitecustomize.__file__, version / PACKAGES / "sitecustomize.py")
    write(version / PACKAGES / sitecustomize.FILE, find_modules(version, list_loaded()))
    for module in find_modules(version, BEFORE).values():
        compile_unchecked(module.source)
    for pattern in BY_PATH:
        for source in version.glob(pattern):
            compile_unchecked(source)


def find_modules(version: Path, names: Iterable[str]) -> dict[str, Module]:
    """Those that are in a version, by name. Packages get no docstrings."""
    modules = {}
    for name in names:
        if source := _find_source(version, name):
            place = source.relative_to(version).as_posix()
            modules[name] = Module(source, place, optimize=2 if place.startswith("python/") else 0)
    return modules


def compile_unchecked(source: Path) -> None:
    """Into an ordinary .pyc file, which is not compared with its source."""
    py_compile.compile(
        str(source), doraise=True, optimize=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )


def list_loaded(code: str = LOADED) -> list[str]:
    """The names of all modules that a start imports."""
    command = [sys.executable, "-B", "-c", code]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
    return [*output.split(), *ON_WINDOWS, *IN_VAIN]


def _find_source(version: Path, name: str) -> Path | None:
    inner = name.replace(".", "/")
    files = (version / place / file for place in PLACES for file in (f"{inner}/__init__.py", f"{inner}.py"))
    return next((file for file in files if file.is_file()), None)


def write(target: Path, modules: dict[str, Module]) -> None:
    """Write the file that ``sitecustomize.install`` reads."""
    index, codes = {}, bytearray()
    for name, module in sorted(modules.items()):
        code = compile(module.source.read_bytes(), module.name, "exec", dont_inherit=True, optimize=module.optimize)
        begin = len(codes)
        codes += marshal.dumps(code)
        index[name] = (module.name, begin, len(codes))
    head = marshal.dumps(index)
    target.write_bytes(len(head).to_bytes(sitecustomize.LENGTH, "little") + head + codes)
