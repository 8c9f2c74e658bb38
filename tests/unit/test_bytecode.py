"""The one file from which the package's Python loads what a start needs, tried in this Python."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from release import bytecode, sitecustomize

PROGRAM = """
import importlib.resources, shop, shop.till, shop.beside, alone
print(shop.NAME, shop.till.said(), shop.beside.NAME, alone.NAME)
print(shop.__file__, shop.__path__, shop.till.__file__, sep="\\n")
print(importlib.resources.files(shop).joinpath("words.txt").read_text())
shop.till.fail()
"""

ON_WINDOWS = """
import os, platform, subprocess, sys
vars(os).pop("uname", None)
sys.platform = "win32"
class Version(tuple):
    platform_version, service_pack_major, product_type = (10, 0, 19045), 0, 1
sys.getwindowsversion = lambda: Version((10, 0, 19045))
platform._get_machine_win32 = lambda: "AMD64"
subprocess.check_output = lambda *asked, **how: "Microsoft Windows [Version 6.1.7601]"
print(platform.system(), platform.release(), platform.version())
"""


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """A version whose sources were changed after it was compiled, so that it shows where a module came from."""
    version = tmp_path / "Loja São João" / "0.2.0"
    (version / "shop").mkdir(parents=True)
    sources = {
        "shop": version / "shop" / "__init__.py",
        "shop.till": version / "shop" / "till.py",
        "alone": version / "alone.py",
    }
    sources["shop"].write_text("NAME = 'compiled'\n")
    sources["shop.till"].write_text("'Documentation.'\ndef said(): return __doc__\n\ndef fail(): raise ValueError\n")
    sources["alone"].write_text("NAME = 'compiled'\n")
    (version / "shop" / "beside.py").write_text("NAME = 'source'\n")
    (version / "shop" / "words.txt").write_text("palavras")
    target = version / bytecode.PACKAGES
    target.mkdir(parents=True)
    bytecode.write(target / sitecustomize.FILE, bytecode.find_modules(version, sources))
    (target / "sitecustomize.py").write_text(Path(sitecustomize.__file__).read_text("utf-8"))
    for source in (sources["shop"], sources["alone"]):
        source.write_text("NAME = 'source'\n")
    return version


def run(version: Path, program: str = PROGRAM) -> tuple[list[str], str]:
    """What the program says, and where it failed."""
    customized = "import sys, os; sys.prefix = {!r}; sys.path[:0] = {!r}; import sitecustomize\n"
    begin = customized.format(str(version / "python"), [str(version), str(version / bytecode.PACKAGES)])
    command = [sys.executable, "-X", "utf8", "-S", "-B", "-c", begin + program]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return done.stdout.splitlines(), done.stderr


def test_what_is_in_it_is_not_read_from_its_source_and_the_rest_is(version: Path) -> None:
    said, failure = run(version)

    assert said[0] == "compiled Documentation. source compiled"
    shop = version / "shop"
    assert said[1:5] == [str(shop / "__init__.py"), str([str(shop)]), str(shop / "till.py"), "palavras"]
    assert 'File "shop/till.py", line 4, in fail' in failure


def test_a_package_of_the_same_name_that_lies_elsewhere_keeps_its_own_modules(version: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "shop"
    other.mkdir(parents=True)
    (other / "till.py").write_text("NAME = 'elsewhere'\n")

    said, _ = run(version, f"import shop; shop.__path__ = [{str(other)!r}]; import shop.till; print(shop.till.NAME)")

    assert said == ["elsewhere"]


def test_without_it_everything_comes_from_the_sources(version: Path) -> None:
    (version / bytecode.PACKAGES / sitecustomize.FILE).unlink()

    said, failure = run(version)

    assert said[0] == "source Documentation. source source"
    assert "ValueError" in failure


@pytest.mark.parametrize(("lost", "left"), [("all", "source"), ("all but zeros", "source"), ("the end", "compiled")])
def test_what_a_damaged_one_has_lost_comes_from_the_sources(version: Path, lost: str, left: str) -> None:
    """By a power cut while it was unpacked, or by its disk."""
    file = version / bytecode.PACKAGES / sitecustomize.FILE
    content = file.read_bytes()
    file.write_bytes({"all": b"", "all but zeros": bytes(len(content)), "the end": content[:-30]}[lost])

    said, failure = run(version)

    assert said[:1] == [f"{left} Documentation. source {left}"]
    assert "sitecustomize" not in failure


def test_what_processor_this_is_asks_no_other_program(version: Path) -> None:
    """As on Windows, where Python 3.11 would ask ``cmd``."""
    place = Path(platform.__file__)
    modules = {"platform": bytecode.Module(place, place.as_posix())}
    bytecode.write(version / bytecode.PACKAGES / sitecustomize.FILE, modules)

    said, failure = run(version, ON_WINDOWS)

    assert (said, failure) == (["Windows 10 10.0.19045"], "")


def test_the_documentation_of_others_is_left_out_and_ours_is_not(tmp_path: Path) -> None:
    theirs = tmp_path / bytecode.PACKAGES / "theirs.py"
    theirs.parent.mkdir(parents=True)
    ours = tmp_path / "ours.py"
    for source in (theirs, ours):
        source.write_text("'Documentation.'\n" * 1)
    target = tmp_path / "file"

    bytecode.write(target, bytecode.find_modules(tmp_path, ["theirs", "ours"]))

    assert target.read_bytes().count(b"Documentation.") == 1
