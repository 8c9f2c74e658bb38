"""The ``.venv``: created, repaired, and updated when the requirements change.

After an installation a stamp file with the hash of each requirements file is written. A marker file exists
while packages are being installed, so that an interrupted installation is started again. One that is made anew
leaves the former one beside it until it is whole. A folder that is not a virtual environment is never emptied.
"""

import ast
import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from launcher import file_lock
from launcher.entry import ROOT, is_inside, own_python, venv_dir, venv_python
from launcher.messages import Stop, complain, say

OLDEST_PYTHON = (3, 11)
UNDER_WAY = "almoxarife-instalando"
PIP = ROOT / "requirements-pip.txt"
"""Names the pip that installs the rest."""

_CHOOSE_A_FILE = {"PIP_USER", "PIP_SITE", "PIP_GLOBAL"}
_OF_THE_NETWORK = {
    *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert"),
    *("timeout", "retries", "keyring-provider", "use-feature", "use-deprecated", "cache-dir", "no-cache-dir"),
}
"""pip options about the network, which are taken from the user's configuration; all others are ignored."""


_REMEDIES = (
    (("errno 28", "no space left", "winerror 112"), "O disco está cheio: libere espaço e rode de novo."),
    (
        ("errno 13", "errno 30", "permission denied", "winerror 5]", "winerror 32"),
        "Um arquivo não pôde ser gravado. Confira as permissões da pasta, e se um antivírus a protege, e rode de novo.",
    ),
    (
        ("certificate_verify_failed", "sslerror", "ssl certificate"),
        (
            "Esta rede troca o certificado do endereço dos componentes (um proxy ou antivírus), ou o relógio deste "
            "computador está errado. Acerte-o, ou peça o certificado a quem cuida da rede e diga o arquivo em PIP_CERT."
        ),
    ),
    (
        ("proxyerror", "tunnel connection failed", "proxy authentication"),
        "O proxy desta rede não deixou passar. Confira-o com quem cuida da rede (PIP_PROXY ou HTTPS_PROXY).",
    ),
    (
        ("do not match the hashes", "hash mismatch"),
        "O que chegou não é o que foi publicado: confira o proxy ou o antivírus desta rede e rode de novo.",
    ),
    (
        ("newconnectionerror", "max retries", "timed out", "timeout", "name resolution", "getaddrinfo", "connection"),
        "Confira a internet e rode de novo.",
    ),
    (
        ("no matching distribution", "could not find a version", "requires-python"),
        (
            "Onde eles são procurados não há todos para este Python "
            f"({'.'.join(map(str, sys.version_info[:2]))}). Se pip usa um endereço próprio (index-url), confira-o; "
            "senão, ele pode ser novo demais: instale a versão anterior do Python e rode de novo."
        ),
    ),
)
"""What to do about a failure of pip, by signs in its last lines; the first that fits."""
_NO_REMEDY = "Veja acima o que o instalador disse e rode de novo."


def prepare(*requirements: str) -> Path:
    """Install what is missing and return the Python with all packages of these requirements files."""
    own = own_python()
    if own is not None:
        if requirements != ("requirements.txt",):
            raise Stop("Este pacote não traz as verificações do programa. Rode-as a partir do código-fonte.")
        return own
    files = [ROOT / name for name in requirements]
    folder = venv_dir()
    if is_ready(files):
        if _has_former(folder):
            with contextlib.suppress(Stop), _lock(folder.with_name(folder.name + ".lock")):
                _restore_or_drop_former(folder)
        return venv_python()
    with _lock(folder.with_name(folder.name + ".lock")):
        _restore_or_drop_former(folder)
        if not is_ready(files):
            try:
                _make_usable(folder)
                _install(folder, files)
            except BaseException as error:
                if not (_restore_or_drop_former(folder) and isinstance(error, Stop) and is_ready(files)):
                    raise
            _restore_or_drop_former(folder)
    return venv_python()


def _lock(lock: Path) -> BinaryIO:
    """Wait until no other process is installing."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        return file_lock.wait_for(lock, when_taken=lambda: say("Outra janela está instalando; espero por ela…"))
    except OSError as error:
        raise Stop(
            f"Não é possível gravar na pasta {lock.parent}. Copie a pasta do programa para um lugar seu, por exemplo "
            "Documentos, e rode de novo; ou escolha outro lugar para os componentes em ALMOXARIFE_VENV."
        ) from error


def is_ready(requirements: Iterable[Path]) -> bool:
    folder = venv_dir()
    if (folder / UNDER_WAY).exists():
        return False
    is_filled = all(_stamp(folder, file) == _digest(file) for file in requirements)
    return is_filled and (is_inside(folder) or _runs(venv_python()))


def _make_usable(folder: Path) -> None:
    """Create or recreate the environment unless its Python and pip work."""
    interrupted = (folder / UNDER_WAY).exists()
    is_venv = (folder / "pyvenv.cfg").exists()
    if is_venv and not interrupted and _runs(venv_python(), "import pip"):
        return
    if folder.exists() and any(folder.iterdir()):
        if not (is_venv or interrupted):
            raise Stop(f"A pasta {folder} não é um ambiente Python. Mova-a para outro lugar e rode de novo.")
        say("O ambiente do programa ficou pela metade ou mudou de Python; vou refazê-lo.")
    _require_venv_module()
    say("Preparando o ambiente do programa (.venv)…")
    _create(folder)


def _require_venv_module() -> None:
    if all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return
    if shutil.which("apt-get"):
        remedy = "Instale o pacote python3-venv (sudo apt install python3-venv) e rode de novo."
    else:
        remedy = "Instale o pacote python3-venv do seu sistema, ou o Python de python.org, e rode de novo."
    raise Stop(f"Falta uma parte do Python, o módulo venv. {remedy}")


def _create(folder: Path) -> None:
    import venv  # missing on some systems: see _require_venv_module

    if sys.platform == "win32" and Path(sys.prefix).resolve() == folder.resolve():
        # Windows cannot replace the file of a running program, which this Python is.
        raise Stop("Rode de novo com o Python do sistema: py -3 start_sistema_completo.py")
    try:
        if (folder / UNDER_WAY).exists() or not venv_python().exists():
            _discard(folder)
        elif folder.exists():
            _discard(_former(folder))
            folder.rename(_former(folder))
        folder.mkdir()
        (folder / UNDER_WAY).touch()
        venv.create(folder, with_pip=True, symlinks=sys.platform != "win32")
    except (OSError, subprocess.CalledProcessError) as error:
        raise Stop(f"Não consegui preparar a pasta {folder}: {error}") from error


def _former(folder: Path) -> Path:
    """Where an environment that failed a check is kept until the new one is whole: it may be all that the shop has."""
    return folder.with_name(folder.name + ".anterior")


def _has_former(folder: Path) -> bool:
    return (_former(folder) / "pyvenv.cfg").exists()


def _restore_or_drop_former(folder: Path) -> bool:
    """Put the former environment back if the new one did not become whole, else delete it. Whether it is back."""
    if not _has_former(folder):
        return False
    is_whole = folder.exists() and any(folder.iterdir()) and not (folder / UNDER_WAY).exists()
    try:
        _discard(_former(folder) if is_whole else folder)
        if not is_whole:
            _former(folder).rename(folder)
    except OSError:  # the next start tries again
        return False
    return not is_whole


def _discard(folder: Path) -> None:
    """Rename first: a half-deleted folder would no longer be recognised as an environment. Raises OSError."""
    rest = venv_dir().with_name(venv_dir().name + ".velho")
    shutil.rmtree(rest, ignore_errors=True)
    if folder.exists():
        folder.rename(rest)
        shutil.rmtree(rest, ignore_errors=True)


def _install(folder: Path, requirements: Sequence[Path]) -> None:
    has_replaced = (folder / UNDER_WAY).exists() and _has_former(folder)
    (folder / UNDER_WAY).touch()
    say("Instalando os componentes (só na primeira vez ou depois de uma atualização; leva alguns minutos)…")
    started = time.monotonic()
    if remedy := _pip_install(requirements):
        if not has_replaced:
            # pip downloads everything before it installs, so the environment is unchanged.
            (folder / UNDER_WAY).unlink()
        raise Stop(f"Não consegui instalar os componentes. {remedy}")
    for file in requirements:
        _stamp_file(folder, file).write_text(_digest(file), encoding="ascii")
    (folder / UNDER_WAY).unlink()
    say(f"Componentes instalados em {time.monotonic() - started:.0f} s.")


def _pip_install(requirements: Sequence[Path]) -> str:
    """Returns what to do if it failed."""
    environ = _pip_environment()
    command = [str(venv_python()), "-I", "-m", "pip", "install", "--require-hashes", "--progress-bar=off"]
    command += ["--no-input", "--disable-pip-version-check", "--no-compile"]
    total = len(set().union(*(_pinned_names(file) for file in requirements)))
    if total:
        # It does without; the pip of Python 3.11 takes twice as long to look through what there is of each package.
        subprocess.run([*command, "--retries=0", "-r", str(PIP)], capture_output=True, cwd=ROOT, env=environ)
    for file in requirements:
        command += ["-r", str(file)]
    last_lines: deque[str] = deque(maxlen=40)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=ROOT,
        env=environ,
    ) as pip:
        assert pip.stdout is not None  # noqa: S101 - PIPE was asked for
        _show_progress(pip.stdout, total, last_lines)
    if pip.returncode != 0:
        shown = [line for line in last_lines if not line.startswith("WARNING")][-12:]
        complain("O instalador (pip) disse:\n  " + "\n  ".join(shown))
        return _find_remedy(last_lines)
    if total:
        _compile_packages()
    return ""


def _find_remedy(last_lines: Iterable[str]) -> str:
    words = " ".join(last_lines).casefold()
    return next((remedy for signs, remedy in _REMEDIES if any(sign in words for sign in signs)), _NO_REMEDY)


def _compile_packages() -> None:
    """On all processors: pip would use one. A file that is none of this Python's is left as it is."""
    command = [str(venv_python()), "-I", "-m", "compileall", "-qq", "-j", "0", str(venv_dir() / "lib")]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


def _pip_environment() -> dict[str, str]:
    """Keep only the network options of the user's pip configuration: others, like ``user = true``, fail in a venv."""
    environment = {name: value for name, value in os.environ.items() if not name.upper().startswith("PIP_")}
    environment["PIP_CONFIG_FILE"] = os.devnull
    command = [str(venv_python()), "-I", "-m", "pip", "config", "list"]
    # With PIP_USER set, for example, ``pip config list`` would read only one of the configuration files.
    asking = {name: value for name, value in os.environ.items() if name.upper() not in _CHOOSE_A_FILE}
    listed = subprocess.run(command, env=asking, capture_output=True, text=True, errors="replace").stdout
    for section in ("global", "install", ":env:"):  # later ones override earlier ones
        for line in listed.splitlines():
            key, _, shown = line.partition("=")
            name = key.removeprefix(f"{section}.")
            if name != key and name in _OF_THE_NETWORK:
                environment["PIP_" + name.upper().replace("-", "_")] = str(ast.literal_eval(shown))
    return environment


def _show_progress(lines: Iterable[str], total: int, last_lines: deque[str]) -> None:
    """Show one counting line on a terminal, or every tenth package elsewhere."""
    seen = 0
    for line in lines:
        last_lines.append(line.rstrip())
        if line.startswith("Ignoring "):
            total -= 1
        elif found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)==", line):
            seen += 1
            text = f"  {min(seen, total)} de {total}: {found[1]}"
            if sys.stdout.isatty():
                print(f"\r{text:<60}", end="", flush=True)
            elif seen % 10 == 0:
                say(text)
        elif line.startswith("Installing collected packages"):
            say(("\r" if sys.stdout.isatty() else "") + f"{'  Tudo baixado; gravando no disco…':<60}".rstrip())


def _pinned_names(requirements: Path) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", requirements.read_text(encoding="utf-8"), flags=re.MULTILINE))


def _runs(python: Path, statement: str = "pass") -> bool:
    code = f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})\n"
    try:
        done = subprocess.run(
            [str(python), "-I", "-c", f"{statement}\n{code}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return False
    return done.returncode == 0


def _digest(file: Path) -> str:
    # Line endings may differ between checkouts.
    return hashlib.sha256(file.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _stamp_file(folder: Path, requirements: Path) -> Path:
    return folder / f"almoxarife-{requirements.name}.sha256"


def _stamp(folder: Path, requirements: Path) -> str:
    try:
        return _stamp_file(folder, requirements).read_text(encoding="ascii")
    except OSError:
        return ""
