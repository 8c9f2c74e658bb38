"""Attacks that need more than a server: the file in hand, a clock, a disk, an answer without end. Tests hold them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.etree import ElementTree

from tests.attack.counting import COUNTS
from tests.server.processes import ROOT

PROVEN: dict[str, tuple[str, ...]] = {
    "the file in hand: ledger, rights or trail changed": ("tests/api/test_tampering.py",),
    "the triggers dropped": ("tests/server/test_guarded_start.py",),
    "the database gone or empty beside its traces": ("tests/cli/test_lost_database.py",),
    "data of every landed revision": ("tests/api/test_landed_data.py", "tests/unit/test_landed_revisions.py"),
    "copies that are none, cut or damaged": ("tests/cli/test_copies.py", "tests/unit/test_backups.py"),
    "a database held while a copy is restored": ("tests/unit/test_replacing.py",),
    "clocks that jump, against copies": ("tests/unit/test_nightly.py", "tests/unit/test_clock_jumps.py"),
    "clocks that jump, against logins and tokens": ("tests/api/test_throttle.py", "tests/api/test_tokens.py"),
    "a disk that is full or loses what it was given": ("tests/server/test_full_disk.py",),
    "kill -9, alone and with all it started": ("tests/server/test_killing.py", "tests/server/test_killed_import.py"),
    "a lock removed beneath a server": ("tests/server/test_starting.py",),
    "whole lists that nobody reads to the end": (
        "tests/server/test_whole_list.py",
        "tests/server/test_older_monitors.py",
    ),
    "an import of 50,000 beside tills": ("tests/api/test_importing.py",),
    "files to import that unpack without end": ("tests/clients/test_table_reader.py",),
    "formulas in what is exported": ("tests/clients/test_table_writer.py",),
    "answers without end, packed or byte by byte": ("tests/clients/test_bounded.py",),
    "damaged preferences and queue": ("tests/clients/test_settings.py", "tests/clients/test_outbox.py"),
    "each role at each route, each shop's people at another's": ("tests/api/test_access.py",),
    "a terminal that has stopped": ("tests/unit/test_log_lines.py",),
    "strangers that fill the trail or the log": ("tests/api/test_repeats.py", "tests/api/test_logs.py"),
    "secrets in any line of the log": ("tests/api/test_secrets.py", "tests/unit/test_redaction.py"),
    "last pieces sold twice, entries doubled": ("tests/server/test_racing.py", "tests/api/test_idempotency.py"),
}


MAX_FAILURES = 10
"""Then the rest is not tried: each may be one that waits until its own time is over."""
SILENT_S = 900
"""Without a test that ends; each has 300 at most."""


class Proof(NamedTuple):
    """What became of the tests of a line."""

    seen: str
    is_held: bool
    took_s: float


def prove_all(lines: Mapping[str, tuple[str, ...]] = PROVEN) -> dict[str, Proof]:
    """Run the tests of all lines, two files at a time. What bounds them is their number, not how long they take."""
    files = sorted({file for files in lines.values() for file in files})
    with TemporaryDirectory(prefix="almoxarife-ataque-") as folder:
        report, counts, said = (Path(folder) / name for name in ("report.xml", "counts.json", "said.txt"))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadfile"]
        command += ["-p", "tests.attack.counting", f"--maxfail={MAX_FAILURES}", f"--junitxml={report}", *files]
        _run_while_tests_end(command, said, {**os.environ, COUNTS: str(counts)})
        cases = list(ElementTree.parse(report).iter("testcase")) if report.is_file() else []
        wanted: dict[str, int] = json.loads(counts.read_bytes()) if counts.is_file() else {}
    by_file = {file: [case for case in cases if _is_in(case, file)] for file in files}
    return {name: judge({file: by_file[file] for file in files}, wanted) for name, files in lines.items()}


def _run_while_tests_end(command: list[str], said: Path, environment: dict[str, str]) -> None:
    """``said``: where its dots go, one for each test."""
    with (
        said.open("wb") as out,
        subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=DEVNULL, env=environment) as run,
    ):
        size, since = 0, time.monotonic()
        while run.poll() is None and time.monotonic() - since < SILENT_S:
            if said.stat().st_size != size:
                size, since = said.stat().st_size, time.monotonic()
            time.sleep(0.2)
        run.terminate()


def _is_in(case: ElementTree.Element, file: str) -> bool:
    return f"{case.get('classname', '')}.".startswith(file.removesuffix(".py").replace("/", ".") + ".")


def judge(cases: Mapping[str, list[ElementTree.Element]], wanted: Mapping[str, int]) -> Proof:
    """``cases`` by file, as far as they were run; ``wanted``: how many each file has."""
    every = [case for found in cases.values() for case in found]
    failed = [str(case.get("name")) for case in every if {child.tag for child in case} & {"failure", "error"}]
    not_run = [file for file, found in cases.items() if not found or len(found) < wanted.get(file, 1)]
    took_s = sum(float(case.get("time", 0)) for case in every)
    if failed or not_run:
        told = ", ".join(failed[:3]) or f"not run to its end: {', '.join(not_run)}"
        return Proof(told, is_held=False, took_s=took_s)
    return Proof(f"tests: {len(every)} passed", is_held=True, took_s=took_s)
