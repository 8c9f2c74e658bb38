"""``test`` runs every check there is and says what it left out."""

import signal
import sys
from pathlib import Path

import pytest

from launcher import checks
from tests.gui.desk import wait_for
from tests.launcher.conftest import PATIENCE_S, Computer, copy_program

PROJECT = """
[tool.ruff]
include = ["tests/*.py"]
[tool.mypy]
files = ["tests"]
[tool.pytest.ini_options]
testpaths = ["tests"]
markers = ["gui", "slow"]
addopts = "-p xdist.plugin"
"""
TEST = """import os


def test_the_shops_settings_stay_outside() -> None:
    assert "ALMOXARIFE_DATA_DIR" not in os.environ
"""
LEFT_OUT = "Ficam de fora os testes das janelas. Para incluí-los: sudo apt install"


@pytest.fixture(scope="module")
def mypy_cache(tmp_path_factory):
    """What mypy knows of the standard library: finding it out takes ten seconds."""
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture
def computer(tmp_path, venv, mypy_cache):
    folder = copy_program(tmp_path / "Loja São João & Cia", rooms=["launcher"])
    computer = Computer(folder, tmp_path / "dados", venv)
    computer.environ["MYPY_CACHE_DIR"] = str(mypy_cache)
    # The other plugins take pytest longer to load than all else that happens here.
    computer.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    (computer.folder / "pyproject.toml").write_text(PROJECT)
    (computer.folder / "tests").mkdir()
    (computer.folder / "tests" / "test_one.py").write_text(TEST)
    yield computer
    computer.switch_off()


def test_all_is_run_and_pytest_closes_the_output(computer):
    (computer.folder / "tests" / "conftest.py").write_text(
        "import tempfile\n\n\ndef pytest_configure(config) -> None:\n"
        '    with open("collected", "a") as file:\n'
        "        print(config.option.collectonly, tempfile.gettempdir(), file=file)\n"
    )

    launch = computer.launch("test", "-q", "-n1", "--color=no")

    assert launch.finish() == 0, launch.text
    headings = [line for line in launch.said if line.startswith("==")]
    assert headings == ["== ruff check", "== ruff format", "== mypy", "== pytest"]
    assert launch.said[-1].startswith("1 passed in")
    collected = [line.split() for line in (computer.folder / "collected").read_text().splitlines()]
    assert [told for told, _ in collected[:2]] == ["True", "False"], "compiled by one process, before all others"
    if checks._has_room(checks.MEMORY):
        folder = Path(collected[1][1])
        assert folder.parent == checks.MEMORY, "what tests write is in memory"
        assert not folder.exists(), "and only while they run"


def test_where_there_is_little_memory_or_no_such_disk_tests_write_to_the_disk(monkeypatch, tmp_path):
    assert not checks._has_room(tmp_path / "none")
    monkeypatch.setattr(checks, "ROOM", 1 << 60)
    assert not checks._has_room(tmp_path)
    with checks._in_memory() as memory:
        assert memory is None


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no disk in memory")
LONG = """import os
import tempfile
import time
from pathlib import Path


def test_that_is_killed() -> None:
    Path("where.new").write_text(f"{tempfile.gettempdir()} {os.getpid()}")
    Path("where.new").rename("where")
    time.sleep(600)
"""


@on_linux
def test_what_a_killed_run_has_left_in_memory_goes_with_the_next_once_all_of_it_is_dead(computer, tmp_path):
    psutil = pytest.importorskip("psutil")
    memory = tmp_path / "memory"  # with room in it, whatever this machine has
    memory.mkdir()
    with (computer.folder / "launcher" / "checks.py").open("a", encoding="utf-8") as program:
        program.write(f"\nMEMORY, ROOM = Path({str(memory)!r}), 0\n")
    (computer.folder / "tests" / "test_one.py").write_text(LONG)
    killed = computer.launch("test", "-q", "-n0")
    where = computer.folder / "where"
    wait_for("the test", where.exists)
    name, number = where.read_text().split()
    folder, test = Path(name), psutil.Process(int(number))
    assert folder.parent == memory
    (computer.folder / "tests" / "test_one.py").write_text(TEST)

    try:
        killed.process.kill()
        assert computer.launch("test", "-q", "-n0").finish() == 0
        assert folder.exists(), "its tests are still writing to it"
    finally:
        test.kill()
    psutil.wait_procs([test], timeout=PATIENCE_S)
    assert computer.launch("test", "-q", "-n0").finish() == 0

    assert not folder.exists()


@on_linux
def test_a_folder_that_is_another_user_s_or_no_run_s_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "MEMORY", tmp_path)
    for name in (f"{checks.RUN}dead", "another", f".{checks.RUN}begun"):
        (tmp_path / name / "data").mkdir(parents=True)
    (tmp_path / f"{checks.RUN}link").symlink_to(tmp_path / "another", target_is_directory=True)

    checks._remove_dead_runs()

    assert {each.name for each in tmp_path.iterdir()} == {"another", f".{checks.RUN}begun", f"{checks.RUN}link"}
    (tmp_path / f"{checks.RUN}another_s").mkdir()
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    checks._remove_dead_runs()
    assert (tmp_path / f"{checks.RUN}another_s").exists()
    assert (tmp_path / "another" / "data").exists()


def test_what_is_for_either_database_is_run_on_postgresql_too(computer):
    tests = computer.folder / "tests"
    (tests / "conftest.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--database", default="sqlite")\n'
    )
    (tests / "api").mkdir()
    (tests / "api" / "test_two.py").write_text(
        'def test_on_which(pytestconfig) -> None:\n    print(pytestconfig.getoption("database"))\n'
    )

    launch = computer.launch("test", "-q", "-s", "-n0", "--color=no")

    assert launch.finish() == 0, launch.text
    assert "== pytest --database=postgresql" in launch.said, launch.text
    assert "sqlite" in launch.text
    assert launch.said[-1].startswith("1 passed in")
    chosen = computer.launch("test", "-q", "tests/test_one.py")
    assert chosen.finish() == 0, chosen.text
    assert "== pytest --database=postgresql" not in chosen.said


def test_what_failed_is_tried_again_on_the_database_where_it_did(computer):
    tests = computer.folder / "tests"
    (tests / "conftest.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--database", default="sqlite")\n'
    )
    (tests / "api").mkdir()
    (tests / "api" / "test_two.py").write_text(
        'def test_on_which(pytestconfig) -> None:\n    assert pytestconfig.getoption("database") == "postgresql"\n'
    )

    first = computer.launch("test", "-q", "-n1", "--color=no")
    assert first.finish() == 1
    assert first.said[-1].startswith("Falharam testes da primeira execução"), "what passed last is not all there was"
    again = computer.launch("test", "-q", "-n1", "--color=no", "--last-failed", "--last-failed-no-failures=none")

    assert again.finish() == 1, again.text
    assert [line for line in again.said if "failed" in line and " in " in line], again.text
    (tests / "api" / "test_two.py").write_text("def test_on_which(pytestconfig) -> None:\n    pass\n")
    assert computer.launch("test", "-q", "-n1", "--last-failed", "--last-failed-no-failures=none").finish() == 0


def test_tests_that_were_killed_on_either_database_have_not_passed(computer):
    tests = computer.folder / "tests"
    (tests / "conftest.py").write_text(
        'def pytest_addoption(parser):\n    parser.addoption("--database", default="sqlite")\n'
    )
    (tests / "api").mkdir()
    (tests / "api" / "test_two.py").write_text(
        "import os\n\n\ndef test_killed(pytestconfig) -> None:\n"
        '    if pytestconfig.getoption("database") == "postgresql":\n        os.kill(os.getpid(), 9)\n'
    )

    launch = computer.launch("test", "-q", "-n0")

    assert launch.finish() == 256 - signal.SIGKILL, launch.text
    assert "Falharam" not in launch.text


def test_the_quick_ones_are_those_without_windows_and_processes(computer):
    tests = computer.folder / "tests"
    for folder in ("api", "gui"):
        (tests / folder).mkdir()
        (tests / folder / f"test_{folder}.py").write_text(
            "import pytest\n\n\ndef test_quick() -> None: ...\n\n\n@pytest.mark.slow\ndef test_slow() -> None: ...\n"
        )

    launch = computer.launch("test", "--quick", "-v", "-n0", "--color=no")

    assert launch.finish() == 0, launch.text
    assert "== mypy" in launch.said
    assert "tests/api/test_api.py::test_quick PASSED" in launch.text
    assert "1 passed, 1 deselected" in launch.said[-1]


SLOW_TO_END = """import time
from pathlib import Path

import pytest


@pytest.fixture
def something():
    yield
    time.sleep(1)
    Path("ended").touch()


def test_that_is_interrupted(something) -> None:
    Path("began").touch()
    time.sleep(60)
"""


def test_ctrl_c_lets_the_tests_end_what_they_have_started(computer):
    psutil = pytest.importorskip("psutil")
    (computer.folder / "tests" / "test_one.py").write_text(SLOW_TO_END)
    launch = computer.launch("test", "-q", "-n1")
    wait_for("the test", (computer.folder / "began").exists)

    for process in psutil.Process(launch.process.pid).children():
        process.send_signal(signal.SIGINT)
    launch.interrupt()

    assert launch.process.returncode == 130
    assert (computer.folder / "ended").exists()


def test_who_terminates_the_command_alone_has_it_tell_the_tests(computer):
    own_copy = computer.folder / "launcher" / "checks.py"
    own_copy.write_text(own_copy.read_text("utf-8").replace("ENDING_S = 20.0", "ENDING_S = 600.0"), "utf-8")
    (computer.folder / "tests" / "test_one.py").write_text(SLOW_TO_END.replace("60", "600"))
    launch = computer.launch("test", "-q", "-n1")
    wait_for("the test", (computer.folder / "began").exists)

    launch.process.terminate()

    assert launch.finish() == 130
    assert (computer.folder / "ended").exists()


def test_a_complaint_of_any_check_fails_the_whole(computer):
    (computer.folder / "tests" / "test_one.py").write_text(f"import sys\n\n{TEST}")

    launch = computer.launch("test", "-q", "-n0")

    assert launch.finish() == 1
    assert "Falharam fora dos testes: ruff check" in launch.text


def test_what_mypy_found_beside_the_tests_is_said_and_fails_the_whole(computer):
    (computer.folder / "tests" / "test_one.py").write_text(f"{TEST}\n\nONE: int = 'one'\n")

    launch = computer.launch("test", "-q", "-n0")

    assert launch.finish() == 1
    assert "Incompatible types in assignment" in launch.text
    assert "Falharam fora dos testes: ruff format, mypy." in launch.text
    assert "1 passed in" in launch.text


def test_what_the_windows_need_is_named_in_one_line(computer, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()

    launch = computer.launch("test", "-q", "-n0", PATH=str(empty))

    assert launch.finish() == 0, launch.text
    (line,) = [line for line in launch.said if line.startswith(LEFT_OUT)]
    assert "xvfb openbox xdotool xclip imagemagick" in line
