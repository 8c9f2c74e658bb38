"""Measures the time until ``/saude`` answers and until a window is visible, what it is spent on, and memory at rest.

``python -m benchmarks.startup [--quick]``; with windows where there is a display and xdotool
(``xvfb-run python -m benchmarks.startup``). The aim is one second from the process start, on a
machine that has its file cache warm.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks import process_tree

PROJECT = Path(__file__).parents[1]
PROGRAMS = {
    "Python alone": "pass",
    "flask": "import flask",
    "sqlalchemy.orm": "import sqlalchemy.orm",
    "the database (almoxarife.server.store.database)": "import almoxarife.server.store.database",
    "the whole server (almoxarife.server.operations.serving)": "import almoxarife.server.operations.serving",
}
PATIENCE_S = 30.0
REST_S = 3.0
"""A program goes on loading for a moment after it is ready; memory is read after this time."""
WINDOWS = ("cadastro.py", "monitor_ui.py")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of seven times")
    times = 1 if parser.parse_args().quick else 7
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each start would compile what has changed since some other start
    print(f"Process start to the end of the import, median of {times}:")
    for name, program in PROGRAMS.items():
        print(f"  {name:48} {median(_run_ms(program) for _ in range(times)):6.0f} ms")
    print("\nProcess start to the first 200 of /saude:")
    first, second = [], []
    for _ in range(times):
        with TemporaryDirectory() as folder:
            first.append(start_server(Path(folder)))
            second.append(start_server(Path(folder)))
    _print("first start, database and key made", first)
    _print("later start", second)
    print("\nProcess start to the first window that is seen:")
    if "DISPLAY" in os.environ and shutil.which("xdotool"):
        for program in WINDOWS:
            _print(program, [start_window(program) for _ in range(times)])
    else:
        print("  there is no screen, or no xdotool: see xvfb-run")
    print("\nImporting the server, by package (own time, one run, tracing included):")
    for package, spent in costs("almoxarife.server.operations.serving").most_common(12):
        print(f"  {package:48} {spent / 1000:6.0f} ms")


class Start(NamedTuple):
    ms: float
    rss_mib: float
    """Resident memory, including parts shared with other programs."""
    own_mib: float
    """Memory that is not shared with other programs."""
    cpu_s: float
    """CPU time of the start and the pause after it."""


def start_server(folder: Path) -> Start:
    """Start ``api.py`` on this data directory, wait for its first good answer, stop it."""
    port = _free_port()
    return _start("api.py", folder, port, lambda _: _answers(port))


def start_window(program: str) -> Start:
    """Start a window without a server, until its login is visible."""
    with TemporaryDirectory() as folder:
        return _start(program, Path(folder), _free_port(), _is_seen)


def _start(program: str, folder: Path, port: int, is_up: Callable[[int], bool]) -> Start:
    environment = os.environ | {"ALMOXARIFE_DATA_DIR": str(folder), "ALMOXARIFE_PORT": str(port), "HOME": str(folder)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, PROJECT / program],
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not is_up(process.pid):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise SystemExit(f"{program} did not come up")
            time.sleep(0.005)
        ms = (time.perf_counter() - began) * 1000
        if not process_tree.is_measurable():
            return Start(ms, 0, 0, 0)
        time.sleep(REST_S)
        return Start(ms, *_memory_mib(process.pid), process_tree.cpu_seconds(process.pid))
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _memory_mib(pid: int) -> tuple[float, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(size.split()[0]) for name, size in (line.split(":", 1) for line in lines)}
    return kib["Rss"] / 1024, (kib["Private_Dirty"] + kib["Private_Clean"]) / 1024


def _print(name: str, starts: list[Start]) -> None:
    ms, rss, own, cpu = (median(each) for each in zip(*starts, strict=True))
    worst = max(start.ms for start in starts)
    print(f"  {name:36} {ms:6.0f} ms (worst {worst:.0f}), {rss:3.0f} MiB ({own:.0f} its own), {cpu:.2f} s of CPU")


def costs(module: str) -> Counter[str]:
    """Microseconds of own import time by top-level package."""
    traced = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {module}"],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    spent: Counter[str] = Counter()
    for line in traced.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            root = name.strip().split(".")[0]
            spent["standard library" if root in sys.stdlib_module_names else root] += int(own)
    return spent


def _is_seen(_: int) -> bool:
    """Looks for any window of Almoxarife, since Tk does not tell X its process id. No other may be open."""
    asked = ["xdotool", "search", "--onlyvisible", "--name", "Almoxarife"]
    return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/saude", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _run_ms(program: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=PROJECT, check=True)
    return (time.perf_counter() - began) * 1000


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
