"""Builds the ZIP for Windows: Python, all packages and the product. It needs no installation and no internet.

The build is reproducible: sorted files with a fixed date. The layout of the folder, by which an update takes
effect atomically, is described in ``almoxarife.server.operations.updating.installed``.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from almoxarife import __version__
from almoxarife.build import ABOUT
from almoxarife.server.operations.updating import archives
from almoxarife.server.operations.updating.archives import TOP
from almoxarife.server.operations.updating.installed import CURRENT, VERSIONS, Installed, Release
from release import bytecode, windows_python

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = (
    "almoxarife",
    "launcher",
    "api.py",
    "cadastro.py",
    "monitor_ui.py",
    "start_sistema_completo.py",
    "requirements.txt",
    "pyproject.toml",
)
"""The files of the repository that a shop needs; not tests, benchmarks and this package."""
BESIDE = ("start_sistema_completo.bat", "copiar_dados.bat", "LEIAME.md", "CHANGELOG.md", "LICENSE")
"""Files at the top of the folder, beside the versions."""
UNUSED = (
    *("Lib/idlelib", "Lib/turtledemo", "Lib/lib2to3", "Lib/ensurepip", "Lib/venv", "Lib/distutils", "Lib/pydoc_data"),
    *("Lib/msilib", "Lib/unittest", "Lib/tkinter/test", "Lib/ctypes/test", "Lib/turtle.py", "Lib/doctest.py"),
    *("tcl/tk8.6/demos", "tcl/tcl8.6/tzdata", "tcl/tix8.4.3", "tcl/*.lib", "tcl/tcl8/*/tcltest-*.tm"),
    *("tcl/tcl8.6/encoding/" + name for name in ("big5.enc", "cns11643.enc", "cp93*.enc", "cp94*.enc", "cp95*.enc")),
    *("tcl/tcl8.6/encoding/" + name for name in ("euc-*.enc", "gb*.enc", "jis*.enc", "ksc*.enc", "shiftjis.enc")),
    *("Doc", "Tools", "NEWS.txt", "DLLs/*.ico", "DLLs/*.cat", "DLLs/_test*.pyd", "tcl/tcl8.6/msgs"),
    *("vcamp140.dll", "vccorlib140.dll", "vcomp140.dll", "concrt140.dll", "msvcp140_2.dll"),
    *("Lib/" + name for name in ("wsgiref", "xmlrpc", "curses", "dbm", "profile.py", "cProfile.py", "pstats.py")),
    *("Lib/" + name for name in ("mailbox.py", "imaplib.py", "nntplib.py", "ftplib.py", "smtpd.py", "telnetlib.py")),
    *("Lib/" + name for name in ("poplib.py", "cgi.py", "plistlib.py", "trace.py", "tabnanny.py", "modulefinder.py")),
    *("Lib/_pydecimal.py", "Lib/_pyio.py"),
)
"""Parts of Python that are left out: editors, demos, venv, tests, encodings of other languages."""
UNUSED_OF_PACKAGES = (
    *("bin", "PIL/_avif.*.pyd", "PIL/_webp.*.pyd", "PIL/_imagingcms.*.pyd"),
    *("sqlalchemy/dialects/mssql", "sqlalchemy/dialects/mysql", "sqlalchemy/dialects/oracle"),
    *("sqlalchemy/testing", "alembic/testing", "pydantic/v1", "wtforms/locale"),
    *("reportlab/fonts", "reportlab/graphics", "reportlab/platypus", "sqlalchemy/ext/mypy"),
    *("granian-*.dist-info/sboms", "*.dist-info/RECORD", "**/*.pyi"),
)
MAX_BYTES = 40_000_000
"""Limit of the package's size, for slow connections."""
_DATE = (2026, 1, 1, 0, 0, 0)


def build(out: Path) -> Path:
    """Make ``Almoxarife-VERSION-windows-x64.zip`` in ``out``; returns it.

    Raises ``windows_python.Failed``, also where it has grown larger than ``MAX_BYTES``.
    """
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"{TOP}-{__version__}-windows-x64.zip"
    with tempfile.TemporaryDirectory(prefix="almoxarife-zip-") as name:
        folder = Path(name) / TOP
        assemble(folder)
        pack(folder, archive)
    judge_size(archive)
    return archive


def judge_size(archive: Path, most: int = MAX_BYTES) -> None:
    """Raises ``windows_python.Failed``; the archive stays to be looked at."""
    size = archive.stat().st_size
    if size > most:
        raise windows_python.Failed(f"{archive} has {size:,} bytes, more than the {most:,} that a package may have.")


def assemble(folder: Path) -> Release:
    """Create the contents of the ZIP in ``folder``, which must not exist."""
    version = folder / VERSIONS / "new"
    version.mkdir(parents=True)
    python = version / "python"
    windows_python.unpack(python)
    remove(python, UNUSED)
    packages = python / "Lib" / "site-packages"
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    windows_python.install(windows_python.runtime_only(requirements), packages)
    remove(packages, UNUSED_OF_PACKAGES)
    for file in list_product():
        target = version / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    bytecode.compile_version(version)
    for name in BESIDE:
        shutil.copyfile(ROOT / name, folder / name)
    return give_name(folder)


def give_name(folder: Path) -> Release:
    """Name the version that was assembled as ``new`` (its own code knows the name) and make it the current one."""
    version = folder / VERSIONS / "new"
    release = Release(_ask(version, "from almoxarife.build import name_build; print(name_build())"), _when_made())
    (version / ABOUT).write_bytes(release.describe())
    version.rename(version.with_name(release.name))
    Installed(folder).use(release.name)
    return release


def _ask(folder: Path, code: str) -> str:
    command = [sys.executable, "-B", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True, encoding="utf-8").stdout.strip()


def _when_made() -> int:
    command = ["git", "log", "-1", "--format=%ct"]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout)


def list_product() -> list[Path]:
    """The product's files that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *PRODUCT], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name]


def remove(folder: Path, patterns: Iterable[str]) -> None:
    for pattern in patterns:
        for path in folder.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def pack(folder: Path, archive: Path) -> None:
    """Write the ZIP. ``pacote.json``, which marks a version as complete, comes after its files; the file that names
    the current version is last, so that unpacking can be interrupted.
    """
    last = {ABOUT: 1, CURRENT: 2}

    def order(path: Path) -> tuple[int, Path]:
        return last.get(path.name, 0), path

    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as files:
        for path in sorted((path for path in folder.rglob("*") if path.is_file()), key=order):
            entry = zipfile.ZipInfo(f"{TOP}/{path.relative_to(folder).as_posix()}", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            files.writestr(entry, path.read_bytes(), compresslevel=9)
    digest = archives.seal(part)
    part.replace(archive)
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="ascii")
