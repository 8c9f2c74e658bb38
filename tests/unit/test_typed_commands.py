"""Sentences that name a command name one that can be typed here."""

import sys

import pytest

from almoxarife.server.operations.cluster import checking
from almoxarife.server.operations.commands import cluster
from almoxarife.server.operations.commands.main import commands
from almoxarife.server.operations.typed_commands import NAMES, as_typed_here

SENTENCE = "O usuário almoxarife confere com: almoxarife check. Somas: almoxarife rebuild-totals"


def test_all_commands_are_known() -> None:
    assert set(NAMES) == set(commands.commands)


@pytest.mark.parametrize("started", ["api.py", "/loja/api.py", "start_sistema_completo.py"])
@pytest.mark.parametrize(
    ("system", "program"), [("linux", "python start_sistema_completo.py"), ("win32", "start_sistema_completo.bat")]
)
def test_where_the_launcher_takes_the_commands_it_is_named(
    monkeypatch: pytest.MonkeyPatch, started: str, system: str, program: str
) -> None:
    monkeypatch.setattr(sys, "argv", [started])
    monkeypatch.setattr(sys, "platform", system)

    assert as_typed_here(SENTENCE) == (
        f"O usuário almoxarife confere com: {program} check. Somas: {program} rebuild-totals"
    )


def test_where_the_package_is_installed_its_own_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/almoxarife"])

    assert as_typed_here(SENTENCE) == SENTENCE


def test_what_a_check_of_a_cluster_advises_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["api.py"])
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(cluster, "read_plan", lambda path: None)
    found = checking.Comparison([], ["Atenção: rode almoxarife cluster render de novo."])
    monkeypatch.setattr(checking, "compare", lambda plan, out: found)

    assert commands(["cluster", "check", "cluster.toml", "--out", "nos"], standalone_mode=False) == 0

    assert capsys.readouterr().out.splitlines() == [
        "Atenção: rode python start_sistema_completo.py cluster render de novo.",
        "Todos os nós estão como foi pedido.",
    ]
