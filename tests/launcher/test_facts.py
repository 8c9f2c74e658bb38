"""Whose server the windows show: this computer's own, or those of a chain."""

import pytest

from launcher.facts import _server_elsewhere

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
