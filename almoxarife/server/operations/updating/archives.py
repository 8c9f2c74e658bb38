"""Finds, verifies and unpacks update packages: ``Almoxarife-….zip`` on a pen drive.

A package ends with the SHA-256 of everything before it, as the comment of the ZIP, so damage is
noticed. A file ``….zip.sha256`` beside it, if it comes from elsewhere, also proves its origin.
"""

import hashlib
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from almoxarife import files
from almoxarife.build import ABOUT
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.updating.installed import CURRENT, VERSIONS, Installed, Release, remove

TOP = "Almoxarife"
"""The folder in the ZIP."""
_SEAL = re.compile(rb"sha256:([0-9a-f]{64})")
_SEAL_BYTES = len("sha256:") + 64
_ABOUT = re.compile(rf"{TOP}/{VERSIONS}/([^/]+)/{re.escape(ABOUT)}")
_BLOCK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""How a ZIP fails to be read that has lost a byte; of what it says it needs, a method or a password, too."""


@dataclass(frozen=True)
class Archive:
    path: Path
    release: Release


def find_newest(place: Path) -> Archive:
    """The newest package in a folder, or in the file ``place``. Raises StartupError if there is none."""
    try:
        paths = [place] if place.is_file() else sorted(place.iterdir())
    except OSError as error:
        raise StartupError(
            f"A pasta {place} não pôde ser lida ({files.disk_reason(error)}). Confira o pendrive e o nome da pasta."
        ) from error
    found: list[Archive] = []
    damaged = []
    for path in paths:
        if path.name.startswith(f"{TOP}-") and path.suffix == ".zip":
            try:
                found.append(_read(path))
            except (OSError, ValueError, *_DAMAGED):
                damaged.append(path)
    if not found and damaged:
        raise _damaged(damaged[0])
    if not found:
        raise StartupError(f"Não há em {place} um pacote do Almoxarife (Almoxarife-….zip).")
    newest = found[0]
    for archive in found[1:]:
        if archive.release.is_newer_than(newest.release):
            newest = archive
    return newest


def _read(path: Path) -> Archive:
    """Raises ValueError, OSError and the errors in ``_DAMAGED``."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if match := _ABOUT.fullmatch(name):
                release = Release.parse(archive.read(name))
                if release.name == match[1]:
                    return Archive(path, release)
    raise ValueError("no package")


def seal(path: Path) -> str:
    """Write the digest into a finished ZIP; returns the digest of the whole file, for ``….zip.sha256``."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = bytes(_SEAL_BYTES)
    with path.open("r+b") as file:
        content = file.read()[:-_SEAL_BYTES]
        file.seek(-_SEAL_BYTES, os.SEEK_END)
        file.write(b"sha256:" + hashlib.sha256(content).hexdigest().encode())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def verify(archive: Archive) -> str:
    """Check the package; returns the SHA-256 of the file. Raises StartupError if it is damaged."""
    path = archive.path
    inner, whole = hashlib.sha256(), hashlib.sha256()
    try:
        left = path.stat().st_size - _SEAL_BYTES
        with path.open("rb") as file:
            while left > 0 and (block := file.read(min(left, _BLOCK))):
                left -= len(block)
                inner.update(block)
                whole.update(block)
            end = file.read()
        whole.update(end)
        beside = path.with_name(f"{path.name}.sha256")
        expected = beside.read_text("ascii").split()[:1] if beside.exists() else [whole.hexdigest()]
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path) from error
    seal = _SEAL.fullmatch(end)
    if seal is None or seal[1].decode() != inner.hexdigest() or expected != [whole.hexdigest()]:
        raise _damaged(path)
    return whole.hexdigest()


def _damaged(path: Path) -> StartupError:
    return StartupError(
        f"O pacote {path} está incompleto ou danificado, ou não é do Almoxarife. Nada foi mudado. "
        "Copie-o de novo para o pendrive e tente outra vez."
    )


def unpack(archive: Archive, installed: Installed) -> Path:
    """Unpack the version beside the others; returns its folder, which is renamed last. Raises StartupError."""
    name = archive.release.name
    target, part = installed.place(name), installed.part(name)
    if (target / ABOUT).is_file():
        return target
    remove(part)
    remove(target)  # incomplete: a person may have unpacked the ZIP by hand
    try:
        part.mkdir(parents=True)
        _extract(archive.path, f"{TOP}/{VERSIONS}/{name}", part)
        files.replace(part, target)
        files.sync_directory(target.parent)
    except (OSError, *_DAMAGED) as error:
        remove(part)
        reason = files.disk_reason(error) if isinstance(error, OSError) else "o pacote está danificado"
        raise StartupError(
            f"Não foi possível extrair a versão nova em {target.parent} ({reason}). Confira o espaço em disco e se "
            "esta pasta pode ser gravada; nada foi mudado."
        ) from error
    return target


def _extract(path: Path, inside: str, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = PurePosixPath(entry.filename)
            if entry.is_dir() or ".." in name.parts or not name.is_relative_to(inside):
                continue
            file = target / name.relative_to(inside)
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as out:
                out.write(archive.read(entry))
                out.flush()
                os.fsync(out.fileno())


def renew_documents(archive: Archive, installed: Installed) -> None:
    """Replace the documents beside the versions.

    Not the ``.bat``, which Windows is executing: it would continue at the same byte of the new file.
    """
    with zipfile.ZipFile(archive.path) as opened:
        for entry in opened.infolist():
            top, *below = PurePosixPath(entry.filename).parts
            if top == TOP and len(below) == 1 and below[0] != CURRENT and not below[0].endswith(".bat"):
                files.write_atomically(installed.folder / below[0], opened.read(entry))
