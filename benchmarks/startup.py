"""How long until ``/saude`` answers, and what the time is spent on.

``python -m benchmarks.startup [--quick]``. The aim is an answer within one second of the
process start, on a machine that has its file cache warm.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[1]
PROGRAMS = {
    "Python alone": "pass",
    "flask": "import flask",
    "sqlalchemy.orm": "import sqlalchemy.orm",
    "the database (almoxarife.server.store.database)": "import almoxarife.server.store.database",
    "the whole server (almoxarife.server.operations.serving)": "import almoxarife.server.operations.serving",
}
PATIENCE_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of seven times")
    times = 1 if parser.parse_args().quick else 7
    print(f"Process start to the end of the import, median of {times}:")
    for name, program in PROGRAMS.items():
        print(f"  {name:48} {median(_run_ms(program) for _ in range(times)):6.0f} ms")
    print("\nProcess start to the first 200 of /saude:")
    first, second = [], []
    for _ in range(times):
        with TemporaryDirectory() as folder:
            first.append(saude_ms(Path(folder)))
            second.append(saude_ms(Path(folder)))
    print(f"  {'first start, database and key made':48} {median(first):6.0f} ms (worst {max(first):.0f})")
    print(f"  {'later start':48} {median(second):6.0f} ms (worst {max(second):.0f})")
    print("\nImporting the server, by package (own time, one run, tracing included):")
    for package, spent in costs("almoxarife.server.operations.serving").most_common(12):
        print(f"  {package:48} {spent / 1000:6.0f} ms")


def saude_ms(folder: Path) -> float:
    """Start ``api.py`` on this data directory, wait for its first good answer, stop it."""
    port = _free_port()
    environment = os.environ | {"ALMOXARIFE_DATA_DIR": str(folder), "ALMOXARIFE_PORT": str(port)}
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, PROJECT / "api.py"],
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not _answers(port):
            if server.poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise SystemExit("api.py did not come up")
            time.sleep(0.005)
        return (time.perf_counter() - began) * 1000
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


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
