"""What goes into the ZIP for Windows, judged without making it: that takes minutes and the internet."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from almoxarife.build import ABOUT
from almoxarife.server.operations.updating.installed import Installed
from launcher import checks, entry, environment
from launcher.messages import Stop
from release.bytecode import BY_PATH, list_loaded
from release.windows import MAX_BYTES, PRODUCT, UNUSED, UNUSED_OF_PACKAGES, judge_size, list_product
from release.windows_python import Failed, blocks, for_windows, runtime_only
from tests.programs import ROOT
from tests.wine.suites import listed, running

LOCKED = """# head
flask==3.1.3 \\
    --hash=sha256:aa
    # via almoxarife (pyproject.toml)
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:bb
    # via
    #   click
    #   pytest
click==8.1.8 \\
    --hash=sha256:cc
    # via
    #   almoxarife (pyproject.toml)
    #   flask
uvloop==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:dd
    # via almoxarife (pyproject.toml)
pluggy==1.6.0 \\
    --hash=sha256:ee
    # via pytest
pytest==9.0.0 \\
    --hash=sha256:ff
    # via
    #   -r requirements.in
    #   pytest-timeout
pytest-timeout==2.4.0 \\
    --hash=sha256:99
    # via -r requirements.in
"""


def names(requirements: str) -> list[str]:
    return [block.split("==")[0] for block in blocks(requirements) if block[:1].isalnum()]


def test_what_only_tests_need_stays_out() -> None:
    assert names(runtime_only(LOCKED)) == ["flask", "colorama", "click", "uvloop"]
    assert names(for_windows(runtime_only(LOCKED))) == ["flask", "colorama", "click"]
    assert "    --hash=sha256:bb\n" in for_windows(LOCKED)
    assert "sys_platform" not in for_windows(LOCKED)


def test_of_our_own_lock_the_product_is_left_whole() -> None:
    kept = names(runtime_only((ROOT / "requirements.txt").read_text(encoding="utf-8")))
    assert {"flask", "granian", "sqlalchemy", "ttkbootstrap", "pydantic-core", "psycopg-binary", "tzdata"} <= set(kept)
    assert not {"pytest", "hypothesis", "openpyxl", "time-machine"} & set(kept)


def test_the_product_is_what_the_repository_knows_of_it() -> None:
    listed = {file.relative_to(ROOT).as_posix() for file in list_product()}
    assert {"api.py", "start_sistema_completo.py", "almoxarife/server/app.py", "launcher/main.py"} <= listed
    assert {name.split("/")[0] for name in listed} == set(PRODUCT)
    assert not [name for name in listed if name.startswith(("tests/", "release/")) or name.endswith(".pyc")]


def test_the_installed_shortcut_of_the_copy_asks_for_documentos_when_it_is_opened() -> None:
    """The installer would write down where it was then; OneDrive moves it later."""
    installer = (ROOT / "release" / "installer.nsi").read_text(encoding="utf-8")
    (shortcut,) = (line for line in installer.splitlines() if "Copiar os dados agora.lnk" in line)
    assert shortcut.endswith(r'"$INSTDIR\copiar_dados.bat"')


def test_the_installer_leaves_out_no_file_and_keeps_other_programs_from_the_python_that_it_asks() -> None:
    """Silently it would leave one out, and say that all was well; a PYTHONHOME keeps Python from starting."""
    lines = (ROOT / "release" / "installer.nsi").read_text(encoding="utf-8").splitlines()
    assert "AllowSkipFiles off" in lines
    forgotten = [number for number, line in enumerate(lines) if 'SetEnvironmentVariable(t "PYTHON' in line]
    (asked,) = (number for number, line in enumerate(lines) if "nsExec::" in line)
    assert len(forgotten) == 3
    assert max(forgotten) < asked


def test_a_package_that_has_grown_too_large_is_not_made(tmp_path: Path) -> None:
    archive = tmp_path / "almoxarife.zip"
    with archive.open("wb") as file:
        file.truncate(MAX_BYTES)
    judge_size(archive)
    with archive.open("ab") as file:
        file.write(b"1")

    with pytest.raises(Failed, match="40,000,001 bytes"):
        judge_size(archive)


def test_what_is_left_out_on_windows_is_still_there() -> None:
    assert listed.list_missing() == []


def test_what_a_start_loads_is_known_and_goes_along() -> None:
    loaded = set(list_loaded())
    assert {"almoxarife.server.operations.serving", "ttkbootstrap", "flask", "json.decoder", "launcher.main"} <= loaded
    # What is imported only while a server comes up, or a window.
    assert {"almoxarife.server.intake.granian_worker", "granian.http", "alembic.config"} <= loaded
    assert {"ttkbootstrap.style.builders.button", "PIL.PngImagePlugin"} <= loaded
    # What a server leaves for its first use, and a window for the page that needs it.
    sources = [path.relative_to(ROOT) for path in (ROOT / "almoxarife").rglob("*.py") if "migrations" not in path.parts]
    assert {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in sources} <= loaded
    assert {"wtforms", "xlrd.book", "encodings.cp850", "pydantic._internal._dataclasses"} <= loaded
    assert all([*ROOT.glob(pattern)] for pattern in BY_PATH)
    left_out = {
        pattern.removeprefix("Lib/").removesuffix(".py").replace("/", ".") for pattern in (*UNUSED, *UNUSED_OF_PACKAGES)
    }
    assert not [name for name in loaded if any(f"{name}.".startswith(f"{gone}.") for gone in left_out)]


def test_a_version_whose_python_runs_is_left_whole_until_another_update(tmp_path: Path) -> None:
    program = Installed(tmp_path)
    python = program.place("0.1.0+aaaaaaaa") / "python" / "python.exe"
    waiting = shutil.which("cmd" if sys.platform == "win32" else "cat")
    assert waiting is not None
    python.parent.mkdir(parents=True)
    shutil.copyfile(waiting, python)
    python.chmod(0o755)
    about = python.parent.parent / ABOUT
    about.touch()

    with subprocess.Popen([python], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL):
        program.remove_all_but(["0.3.0+cccccccc"])
        assert about.is_file()

    program.remove_all_but(["0.3.0+cccccccc"])
    assert not python.parent.parent.exists()


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program's folder as the ZIP has it, on a machine that says it is Windows."""
    python = tmp_path / "python" / "python.exe"
    python.parent.mkdir()
    python.touch()
    for module in (entry, environment):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "platform", "win32")
    return python


def test_a_python_that_came_along_is_used_as_it_is(unpacked: Path) -> None:
    assert environment.prepare("requirements.txt") == unpacked
    with pytest.raises(Stop, match="não traz as verificações"):
        checks.run(["--quick"])
    unpacked.unlink()
    assert entry.own_python() is None


def test_another_python_hands_over_to_the_one_that_came_along(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Path] = []
    monkeypatch.setattr(entry, "_restart", started.append)
    entry.enter_venv()
    assert started == [unpacked]
    monkeypatch.setattr(sys, "executable", str(unpacked))
    entry.enter_venv()
    assert started == [unpacked]


@pytest.mark.parametrize(
    ("recorded", "code", "is_said"),
    [
        ("", 3, True),
        ("", 0, True),
        ("passed\ta", 3, True),
        ("passed\ta", 1, True),
        ("passed\ta", 0, False),
        ("passed\ta", 5, False),
    ],
)
def test_a_run_under_wine_that_ends_before_its_tests_is_a_failure(
    tmp_path: Path, recorded: str, code: int, is_said: bool
) -> None:
    (tmp_path / "tests-unit.record").write_text(recorded)
    windows = SimpleNamespace(
        prefix=tmp_path / "prefix",
        environ=None,
        path=str,
        python=lambda *_: [sys.executable, "-c", f"raise SystemExit({code})"],
        end=lambda: None,
    )

    failed = running.run(cast("Any", windows), ["tests/unit"])

    assert failed == ([f"tests/unit did not come to its end (code {code})"] if is_said else [])
