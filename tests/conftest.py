"""For every test: a complete run has no excuses.

With ``ALMOXARIFE_TESTES_COMPLETOS=1``, as CI sets it, a test that would be skipped fails.
"""

import os
from collections.abc import Generator

import pytest

COMPLETE = bool(os.environ.get("ALMOXARIFE_TESTES_COMPLETOS"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if COMPLETE and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Skipped in a complete run: {report.longrepr}"
