"""The ZIP for Windows: a complete Python, the packages, the product. Unpack it, double-click, no internet.

The same sources give the same bytes: files in order, with one date.
"""

import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from almoxarife import __version__
from release import windows_python

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "Almoxarife"
PRODUCT = (
    "almoxarife",
    "launcher",
    "api.py",
    "cadastro.py",
    "monitor_ui.py",
    "start_sistema_completo.py",
    "start_sistema_completo.bat",
    "requirements.txt",
    "LEIAME.md",
    "CHANGELOG.md",
    "LICENSE",
    "pyproject.toml",
)
"""Of the repository, what a shop needs. Tests, benchmarks and these very files stay here."""
UNUSED = (
    *("Lib/idlelib", "Lib/turtledemo", "Lib/lib2to3", "Lib/ensurepip", "Lib/venv", "Lib/distutils", "Lib/pydoc_data"),
    *("Lib/msilib", "Lib/unittest", "Lib/tkinter/test", "tcl/tk8.6/demos", "Doc", "Tools", "NEWS.txt"),
)
"""Of Python: editors, demonstrations, and what makes environments or tests."""
UNUSED_OF_PACKAGES = (
    "bin",
    "PIL/_avif.cp311-win_amd64.pyd",
    "PIL/_webp.cp311-win_amd64.pyd",
    "sqlalchemy/dialects/mssql",
)
LOADED = """
import sys
import almoxarife.server.operations.serving, almoxarife.server.operations.commands.main, alembic.command
import almoxarife.clients.desktop.cadastro.window, almoxarife.clients.desktop.monitor.window
print(*sorted(name for name, module in sys.modules.items() if getattr(module, "__file__", None)))
"""
"""A start loads these: compiled beforehand they save the first one half of its time, and all would double the ZIP."""
_DATE = (2026, 1, 1, 0, 0, 0)


def build(out: Path) -> Path:
    """Make ``Almoxarife-VERSION-windows-x64.zip`` in ``out``; returns it. Raises ``windows_python.Failed``."""
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"Almoxarife-{__version__}-windows-x64.zip"
    with tempfile.TemporaryDirectory(prefix="almoxarife-zip-") as name:
        folder = Path(name) / FOLDER
        folder.mkdir()
        assemble(folder)
        _pack(folder, archive)
    return archive


def assemble(folder: Path) -> None:
    """Everything that the ZIP holds, in ``folder``."""
    python = folder / "python"
    windows_python.unpack(python)
    for unused in UNUSED:
        remove(python / unused)
    packages = python / "Lib" / "site-packages"
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    windows_python.install(windows_python.runtime_only(requirements), packages)
    for unused in UNUSED_OF_PACKAGES:
        remove(packages / unused)
    for file in list_product():
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    _compile(folder)


def list_product() -> list[Path]:
    """Files of the repository, none that lies about beside them."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *PRODUCT], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _compile(folder: Path) -> None:
    """What a start loads, where this Python writes what that one reads."""
    for cache in [*folder.rglob("__pycache__")]:
        shutil.rmtree(cache)
    if sys.version_info[:2] != windows_python.VERSION:
        print("Not compiled beforehand: that takes Python 3.11.", file=sys.stderr)
        return
    library = folder / "python" / "Lib"
    for name in list_loaded():
        inner = name.replace(".", "/")
        for place in (library, library / "site-packages", folder):
            for file in (place / f"{inner}.py", place / inner / "__init__.py"):
                if file.is_file():
                    py_compile.compile(
                        str(file),
                        dfile=file.relative_to(folder).as_posix(),
                        doraise=True,
                        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                    )


def list_loaded() -> list[str]:
    """Modules, by name."""
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, check=True, encoding="utf-8")
    return done.stdout.split()


def _pack(folder: Path, archive: Path) -> None:
    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as files:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder.parent).as_posix(), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            files.writestr(entry, path.read_bytes(), compresslevel=9)
    part.replace(archive)
