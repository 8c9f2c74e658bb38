"""The quick part of ``python -m tests.attack``; what of it takes minutes is for whoever asks for it."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.attack.__main__ import Line, main, tried
from tests.attack.doors import DOORS
from tests.attack.proven import PROVEN, judge
from tests.attack.shop import NETWORK, Attack, survived
from tests.attack.texts import TEXTS
from tests.databases import Databases
from tests.server.conftest import FirstDay, copied
from tests.server.processes import ROOT, Server

QUICK = {**TEXTS, **DOORS}


@pytest.fixture(scope="module")
def attacked(databases: Databases, first_day: FirstDay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with copied(first_day, databases, tmp_path_factory.mktemp("attacked") / "dados") as data:
        server = Server(data, **NETWORK)
        server.token = first_day.token
        try:
            yield server.start()
            assert server.stop() == 0
        finally:
            server.end()


@pytest.mark.parametrize("attack", QUICK.values(), ids=QUICK)
def test_the_server_survives_each_attack(attacked: Server, attack: Attack) -> None:
    attack(attacked)

    survived(attacked)


def test_what_did_not_hold_is_said_with_what_was_seen() -> None:
    def opens_a_door() -> str:
        raise AssertionError("GET /usuarios: 200")

    assert str(tried("a door", opens_a_door)).startswith("| a door | GET /usuarios: 200 | NOT HELD |")
    assert str(tried("a door", lambda: "401")).startswith("| a door | 401 | held |")


def test_a_proof_that_fails_or_is_not_run_to_its_end_does_not_hold() -> None:
    good, bad = ElementTree.Element("testcase", name="a", time="0.5"), ElementTree.Element("testcase", name="b")
    ElementTree.SubElement(bad, "failure")

    assert judge({"x.py": [good]}, {"x.py": 1}) == ("tests: 1 passed", True, 0.5)
    assert judge({"x.py": [good, bad]}, {}) == ("b", False, 0.5)
    assert judge({"x.py": [good], "y.py": []}, {}) == ("not run to its end: y.py", False, 0.5)
    assert judge({"x.py": [good]}, {"x.py": 2}) == ("not run to its end: x.py", False, 0.5)


def test_what_tests_prove_is_there() -> None:
    assert [file for files in PROVEN.values() for file in files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 1)])
def test_one_that_does_not_hold_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, holds: bool, code: int
) -> None:
    lines = [Line("a wall", "401", True, 0.1), Line("a door", "200", holds, 0.1)]
    monkeypatch.setattr("sys.argv", ["attack", "--report", str(tmp_path / "report.md")])
    monkeypatch.setattr("tests.attack.__main__.attack_all", lambda *, is_quick, on_postgres: iter(lines))

    assert main() == code
    assert (tmp_path / "report.md").read_text("utf-8").splitlines()[2:] == [str(line) for line in lines]
