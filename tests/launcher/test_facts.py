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


def test_a_launcher_with_packages_of_its_own_starts_no_other_python_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = Path(sys.executable)
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)
    asked = facts.ask(python)
    monkeypatch.setattr(facts, "own_python", lambda: python)
    monkeypatch.setattr(facts.subprocess, "run", None)

    own = facts.ask(python)

    assert (own.version, own.data_dir, own.url, own.no_windows) == (asked.version, tmp_path, asked.url, "")
    monkeypatch.setenv("ALMOXARIFE_PORT", "80x")
    with pytest.raises(Stop, match="não é um número de porta"):
        facts.ask(python)
