"""Whose server the windows show, this computer's own or those of a chain; and who is asked."""

import sys
from pathlib import Path

import pytest

from launcher import facts
from launcher.facts import _server_elsewhere
from launcher.messages import Stop

HERE, N2, N3 = "http://127.0.0.1:5000", "http://192.168.0.12:5000", "http://192.168.0.13:5000"
CHAIN = f"{HERE},{N2},{N3}"


@pytest.mark.parametrize(
    ("addresses", "has_own_database", "elsewhere"),
    [
        ("", False, ""),
        (HERE, False, ""),
        ("http://loja.local:5000", False, ""),
        (N2, False, N2),
        (N2, True, N2),
        # Its first one may well be here: a server with a file of its own would be another shop.
        (CHAIN, False, CHAIN),
        (f"{N2}, {HERE}", False, f"{N2}, {HERE}"),
        (f"{HERE}1,{HERE}2", False, f"{HERE}1,{HERE}2"),
        (f"{HERE},", False, ""),
        # With the chain's PostgreSQL the server that is started here is one of them.
        (CHAIN, True, ""),
    ],
)
def test_several_addresses_are_servers_that_run_already(
    addresses: str, has_own_database: bool, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALMOXARIFE_URL", addresses)
    assert _server_elsewhere("loja.local", has_own_database=has_own_database) == elsewhere


@pytest.mark.parametrize("came_along", [True, False], ids=["of the package", "of the environment"])
def test_a_launcher_with_packages_of_its_own_starts_no_other_python_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, came_along: bool
) -> None:
    python = Path(sys.executable)
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)
    asked = facts.ask(python)
    monkeypatch.setattr(facts.subprocess, "run", None)
    if came_along:
        monkeypatch.setattr(facts, "own_python", lambda: python)
    else:
        monkeypatch.setattr(facts, "is_inside", lambda folder: True)
        monkeypatch.setattr(facts, "venv_python", lambda: python)

    own = facts.ask(python)

    assert (own.version, own.data_dir, own.url) == (asked.version, tmp_path, asked.url)
    assert own.no_windows == ("" if came_along else asked.no_windows)


@pytest.mark.parametrize(
    ("name", "wrong", "sentence"),
    [
        ("ALMOXARIFE_PORT", "80x", "não é um número de porta"),
        ("ALMOXARIFE_POLL_SECONDS", "5s", "não é um número de segundos"),
        ("ALMOXARIFE_URL", "http://loja:99999", "não é um endereço"),
        ("ALMOXARIFE_CLIENT_DIR", "arquivo", "Defina ALMOXARIFE_CLIENT_DIR"),
        ("ALMOXARIFE_DATA_DIR", "arquivo", "não é uma pasta"),
    ],
)
def test_what_nothing_can_open_with_is_said_before_anything_is(
    name: str, wrong: str, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = Path(sys.executable)
    monkeypatch.setattr(facts, "own_python", lambda: python)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "arquivo").touch()
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path / "dados"))
    monkeypatch.setenv("ALMOXARIFE_CLIENT_DIR", str(tmp_path / "janelas"))
    facts.ask(python)
    monkeypatch.setenv(name, wrong)

    with pytest.raises(Stop, match=sentence):
        facts.ask(python)


def test_a_computer_that_only_shows_a_server_elsewhere_needs_no_folder_for_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(facts, "own_python", lambda: Path(sys.executable))
    (tmp_path / "arquivo").touch()
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path / "arquivo"))
    monkeypatch.setenv("ALMOXARIFE_CLIENT_DIR", str(tmp_path))
    monkeypatch.setenv("ALMOXARIFE_URL", N2)

    assert facts.ask(Path(sys.executable)).elsewhere == N2
