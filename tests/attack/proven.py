"""Attacks that need more than a server: the file in hand, a clock, a disk, an answer without end. Tests hold them."""

import subprocess
import sys

from tests.server.processes import ROOT

PROVEN: dict[str, tuple[str, ...]] = {
    "the file in hand: ledger, rights or trail changed": ("tests/api/test_tampering.py",),
    "the triggers dropped": ("tests/server/test_guarded_start.py",),
    "the database gone or empty beside its traces": ("tests/cli/test_lost_database.py",),
    "data of every landed revision": ("tests/server/test_landed_data.py", "tests/unit/test_landed_revisions.py"),
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


def prove(files: tuple[str, ...]) -> str:
    """Run them; raises AssertionError with the names of what failed."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rf", "--tb=no", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    said = run.stdout.splitlines()
    failed = [line.split()[1] for line in said if line.startswith(("FAILED ", "ERROR "))]
    assert run.returncode == 0, ", ".join(failed[:3]) or f"pytest ended with {run.returncode}"
    return f"tests: {said[-1].strip(' =')}"
