"""The tests of whole folders as a Windows PC runs them, but for those listed with their reason."""

import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.wine.prefix import ROOT, Windows
from tests.wine.suites import record
from tests.wine.suites.listed import leave_out

NOTHING_LEFT = 5
"""The exit code of pytest where all tests have been tried before."""
SUITES = ("tests/unit", "tests/clients", "tests/api", "tests/cli", "tests/server")


def run(windows: Windows, suites: Sequence[str]) -> list[str]:
    """What failed of the suites, each by its name; what pytest says goes to the screen.

    What has been tried before in these Windows (``--windows``) is not tried again: its record is beside their files.
    """
    folder = windows.prefix.parent
    failed = []
    for suite in suites or SUITES:
        file = folder / f"{suite.replace('/', '-')}.record"
        while True:
            before = len(record.read(file))
            code = _try(windows, suite, file)
            windows.end()
            tests = record.read(file)
            # A test that hangs ends the run; the next goes on behind it.
            if len(tests) == before or [*tests.values()][-1] != record.NEVER_ENDED:
                break
        found = [f"{outcome} {test}" for test, outcome in tests.items() if outcome not in {"passed", "skipped"}]
        failed += found
        if code not in {0, 1, NOTHING_LEFT} or (code == 1 and not found) or not tests:
            failed.append(f"{suite} did not come to its end (code {code})")
        counts = Counter(tests.values())
        print(f"{suite}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items())}", flush=True)
    return failed


def _try(windows: Windows, suite: str, file: Path) -> int:
    """The exit code."""
    options = ("-p", "tests.wine.suites.record", f"--record={windows.path(file)}", "-p", "no:cacheprovider")
    command = windows.python(
        "-m", "pytest", *options, "-o", "timeout=900", "-rfE", "--tb=short", "--durations=15", suite, *leave_out()
    )
    # Wine gives Python no standard streams that are files.
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=windows.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
    return running.returncode
