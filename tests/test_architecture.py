"""The walls and the line hold, and each rule that says so can fail."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import RULES, parse, read_package

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def package():
    return read_package(ROOT / "almoxarife")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps_the_rule(rule, package):
    assert list(rule(package)) == []


def test_the_checker_reads_the_real_package(package):
    assert {"almoxarife.wire.model", "almoxarife.server.errors"} <= {module.name for module in package}
    assert ("almoxarife.server.errors", "server") in {(module.name, module.wall) for module in package}


def test_the_page_for_newcomers_names_only_files_that_are_there():
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = {name.rstrip("/") for name in re.findall(r"`(\w+(?:/(?!\d)[\w.]+)+/?)`", text)}
    files = [path for room in ("almoxarife", "benchmarks", "docs", "tests") for path in (ROOT / room).rglob("*")]
    there = {name for path in files for name in (path.as_posix(), path.with_suffix("").as_posix())}
    ends = {name[cut + 1 :] for name in there for cut, letter in enumerate(name) if letter == "/"}

    assert len(named) > 50
    assert sorted(name for name in named if name not in ends) == []


BREACHES = {
    "walls": [
        {"server.stock.routes": "from almoxarife.clients import api_client", "clients.api_client": ""},
        {"clients.outbox": "import almoxarife.server.settings"},
        {"wire.stock": "from almoxarife.server.errors import Conflict"},
        {"brazil": "from almoxarife.wire import model", "wire.model": ""},
        {"wire.stock": "from ..clients import outbox", "clients.outbox": ""},
        {"__init__": "from almoxarife.wire import model", "wire.model": ""},
        {"somewhere": ""},
    ],
    "foreign_packages": [
        {"server.app": "import requests"},
        {"server.app": "def draw():\n    from tkinter import ttk"},
        {"clients.api_client": "from sqlalchemy.orm import Session"},
        {"wire.stock": "import flask"},
        {"wire.stock": "import requests"},
        {"clients.desktop.frame.login": "import ttkbootstrap"},
        {"clients.theme": "from ttkbootstrap import Style"},
    ],
    "rooms": [
        {"server.store.database": "from almoxarife.server.stock import service", "server.stock.service": ""},
        {"server.catalog.service": "from almoxarife.server.stock import service", "server.stock.service": ""},
        {"server.http.access": "from almoxarife.server.audit.service import record", "server.audit.service": ""},
        {"server.stock.service": "from almoxarife.server.http.access import Identity", "server.http.access": ""},
        {"server.stock.routes": "from almoxarife.server.app import create_app", "server.app": ""},
        {"server.app": "from almoxarife.server.operations import serving", "server.operations.serving": ""},
        {"clients.api.client": "from almoxarife.clients.desktop.kit import theme", "clients.desktop.kit.theme": ""},
        {"server.invented": ""},
        {"clients.invented.page": ""},
    ],
    "folders": [
        {f"server.stock.part_{number}": "" for number in range(13)},
        {f"server.{name}": "" for name in ("app", "context", "identity", "settings", "errors", "ids", "clock", "days")},
    ],
    "flask_at_the_edge": [
        {"server.stock.service": "from flask import current_app"},
        {"server.store.database": "import flask"},
    ],
    "inside_features": [
        {"server.stock.service": "from almoxarife.server.stock import routes", "server.stock.routes": ""},
        {"server.stock.models": "from almoxarife.server.stock.service import record"},
        {"server.accounts.tokens": "from almoxarife.server.accounts.service import log_in"},
        {"server.stock.service": "from almoxarife.server.stock.importing import read_rows"},
        {"server.accounts.tokens": "from . import routes", "server.accounts.routes": ""},
        {"server.accounts.service": "from . import history_routes", "server.accounts.history_routes": ""},
    ],
    "across_features": [
        {"server.stock.service": "from almoxarife.server.catalog.models import Product"},
        {"server.stock.routes": "from almoxarife.server.catalog import routes", "server.catalog.routes": ""},
        {"server.stock.models": "from almoxarife.server.catalog.reports import total"},
        {"server.stock.service": "import almoxarife.server.accounts"},
    ],
    "cycles": [
        {"wire.a": "from almoxarife.wire import b", "wire.b": "from almoxarife.wire import a"},
        {
            "wire.a": "import almoxarife.wire.b",
            "wire.b": "import almoxarife.wire.c",
            "wire.c": "def late():\n    import almoxarife.wire.a",
        },
    ],
    "commits": [{"server.stock.service": "def record(session):\n    session.commit()"}],
    "request_readers": [
        {"server.stock.service": "from flask import request"},
        {"server.stock.service": "import flask\nuser = flask.g.user"},
        {"server.store.database": "from flask.globals import g"},
    ],
    "sql_speakers": [
        {"server.stock.routes": "from sqlalchemy import select"},
        {"server.app": "def f(session):\n    session.execute('SELECT 1')"},
        {"server.accounts.passwords": "from sqlalchemy.sql.expression import text"},
    ],
    "drawers": [{"server.utils": ""}, {"clients.helpers.dates": ""}],
}


@pytest.mark.parametrize(
    ("name", "sources"), [(name, sources) for name, examples in BREACHES.items() for sources in examples]
)
def test_the_rule_finds_a_breach(name, sources):
    assert list(getattr(architecture, name)(modules(sources)))


def test_every_rule_was_seen_to_fail():
    assert {rule.__name__ for rule in RULES} == set(BREACHES)


def test_what_the_design_allows_is_no_breach():
    allowed = modules(
        {
            "__init__": '__version__ = "1"',
            "brazil": "",
            "wire.stock": "from pydantic import Field\nfrom almoxarife import brazil",
            "server.errors": "",
            "server.identity": "",
            "server.store.database": "from almoxarife.server.errors import Conflict",
            "server.store.writer": "def end(db):\n    db.commit()",
            "server.http.access": "from flask import g, request\nfrom almoxarife.server.identity import Identity",
            "server.audit.tags": "",
            "server.audit.service": "from almoxarife.server.identity import Identity",
            "server.catalog.models": "from sqlalchemy import text",
            "server.catalog.service": "from almoxarife.server.catalog import models",
            "server.stock.models": "from almoxarife.server.catalog.models import Product",
            "server.stock.service": "from almoxarife.server.audit import service, tags\n"
            "from almoxarife.server.catalog.service import write_balances\nfrom sqlalchemy import insert",
            "server.stock.routes": "from flask import request\nfrom almoxarife.server.stock import service",
            "server.app": "import almoxarife\nfrom almoxarife.server.stock import routes",
            "clients.api.client": "import requests\nfrom almoxarife.wire import stock",
            "clients.desktop.kit.theme": "import ttkbootstrap",
            "clients.desktop.kit.widgets.table": "import ttkbootstrap",
        }
    )

    assert [breach for rule in RULES for breach in rule(allowed)] == []


def test_the_api_loads_nothing_of_the_desktop_nor_what_few_days_need():
    code = "import sys, almoxarife.server.operations.serving, almoxarife.server.app; print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    roots = {name.split(".")[0] for name in loaded.stdout.split()}
    assert not roots & {"tkinter", "_tkinter", "ttkbootstrap", "requests", "PIL"}
    assert "almoxarife.clients" not in loaded.stdout.split()
    seldom = {"almoxarife.server.logs.redaction.rules", "almoxarife.tables.cells", "alembic", "psycopg"}
    seldom |= {"almoxarife.tables.workbook"}
    seldom |= {"almoxarife.server.web.application", "flask_login", "wtforms"}
    assert not seldom & set(loaded.stdout.split())


def modules(sources):
    return parse({f"almoxarife.{name}": source for name, source in sources.items()})
