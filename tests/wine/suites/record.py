"""A plugin of pytest: what becomes of each test is written down at once, and what is written there is not tried again.

A test that hangs ends the whole run (no other thread can be interrupted on Windows); the next one goes on behind it.
"""

from pathlib import Path

import pytest

NEVER_ENDED = "begun"


def read(file: Path) -> dict[str, str]:
    """What became of each test (``passed``, ``failed``, ``skipped``), by its name; NEVER_ENDED of those that hung."""
    tests: dict[str, str] = {}
    for line in file.read_text("utf-8").splitlines() if file.exists() else ():
        outcome, _, test = line.partition("\t")
        # It may fail before, during and after itself.
        if tests.get(test) != "failed":
            tests[test] = outcome
    return tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, required=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Record(config.getoption("record")))


class _Record:
    def __init__(self, file: Path) -> None:
        self.tried = read(file)
        self.file = file.open("a", encoding="utf-8", buffering=1)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in self.tried])
        items[:] = [item for item in items if item.nodeid not in self.tried]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._write(report.outcome, report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(NEVER_ENDED, nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or not report.passed:
            self._write(report.outcome, report.nodeid)
        if report.failed:  # pytest itself tells at the end, which a test that hangs takes away
            print(f"\n{report.nodeid}\n{report.longreprtext}", flush=True)

    def _write(self, outcome: str, test: str) -> None:
        self.file.write(f"{outcome}\t{test}\n")
