"""A start loads SQLAlchemy and pydantic without asyncio and without looking for plugins; both are there later."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOAD = (
    "import sys\n"
    "from almoxarife.server.operations import lean_flask, lean_libraries\n"
    "lean_flask.load()\n"
    "lean_libraries.load()\n"
)
SELDOM = {"asyncio", "_asyncio", "ssl", "subprocess", "importlib.metadata", "email.message"}


def run(code: str, load: str = LOAD) -> str:
    done = subprocess.run([sys.executable, "-c", load + code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="granian's build for Windows needs asyncio's futures")
def test_a_start_loads_neither() -> None:
    code = "import almoxarife.server.operations.serving, almoxarife.server.intake.asgi; print(*sys.modules)"
    loaded = run(code).split()

    assert {"sqlalchemy.orm", "sqlalchemy.dialects.sqlite.base", "pydantic.main"} <= set(loaded)
    assert not {*SELDOM, "sqlalchemy.dialects.sqlite.aiosqlite", "html.entities", "zipfile"} & set(loaded)


def test_the_start_uses_it_before_anything_else_imports_them() -> None:
    start = (ROOT / "api.py").read_text("utf-8").partition("gc.disable()")[2]

    assert start.index("lean_libraries.load()") < start.index("import main")


def test_a_model_is_built_and_a_statement_fails_without_them() -> None:
    code = (
        "from almoxarife.wire.health import Health\n"
        "from sqlalchemy import create_engine\n"
        "from sqlalchemy.exc import OperationalError\n"
        "Health.model_rebuild()\n"
        "try:\n"
        "    create_engine('sqlite://').connect().exec_driver_sql('SELECT x')\n"
        "except OperationalError as error:\n"
        "    print(error.orig)\n"
        f"assert not {SELDOM} & set(sys.modules), sys.modules\n"
        "from sqlalchemy.util import concurrency\n"
        "assert concurrency.is_exit_exception(TimeoutError()) and not concurrency.is_cancellation_exception(KeyError())"
    )

    assert run(code) == "no such column: x"


def test_they_are_the_real_ones_for_whoever_needs_them_later() -> None:
    code = (
        "import importlib\n"
        "from sqlalchemy.dialects import registry\n"
        "from sqlalchemy.util import compat, concurrency, langhelpers\n"
        "assert langhelpers.parse_version_from_metadata('sqlalchemy') > (2, 0)\n"
        "assert not langhelpers.parse_version_from_metadata('nothing')\n"
        "assert compat.importlib_metadata_get('console_scripts')\n"
        "import importlib.metadata, asyncio\n"
        "assert importlib.metadata.version('sqlalchemy')\n"
        "assert concurrency.is_cancellation_exception(asyncio.CancelledError())\n"
        "work = asyncio.sleep(0)\n"
        "assert concurrency.iscoroutine(work) and not concurrency.iscoroutine(1)\n"
        "assert asyncio.run(work) is None\n"
        "print(registry.load('sqlite.aiosqlite').__module__)"
    )

    assert run(code) == "sqlalchemy.dialects.sqlite.aiosqlite"


def test_an_event_is_as_before_but_for_the_example_in_its_docstring() -> None:
    code = (
        "from sqlalchemy import create_engine, event\n"
        "from sqlalchemy.events import PoolEvents\n"
        "print('Example' in PoolEvents.connect.__doc__)\n"
        "engine, seen = create_engine('sqlite://'), []\n"
        "event.listen(engine, 'connect', lambda connection, record: seen.append(record))\n"
        "engine.connect()\n"
        "print(len(seen))"
    )

    assert run(code).split() == ["False", "1"]


def test_a_version_that_writes_examples_by_another_name_starts_as_well() -> None:
    load = LOAD.replace(
        "lean_libraries.load()", "lean_libraries._WRITE_EXAMPLE = 'of another version'\nlean_libraries.load()"
    )
    code = "from sqlalchemy.events import PoolEvents\nprint('Example' in PoolEvents.connect.__doc__)"

    assert run(code, load) == "True"


def test_what_is_loaded_already_stays_as_it_is() -> None:
    code = (
        "import sys, asyncio, importlib.metadata, sqlalchemy\n"
        "from almoxarife.server.operations import lean_libraries\n"
        "before = dict(sys.modules), importlib.metadata\n"
        "lean_libraries.load()\n"
        "print(before == (dict(sys.modules), importlib.metadata))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "True"


def test_what_they_need_besides_ends_the_start() -> None:
    code = "stand_in = lean_libraries._Metadata('importlib.metadata')\nsys.modules['importlib.metadata'] = stand_in\n"
    code += "try: stand_in.version\nexcept ImportError as error: print(error)"

    assert run(code) == "importlib.metadata.version is needed already"
