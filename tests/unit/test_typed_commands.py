"""Sentences that name a command name one that can be typed here."""

import sys

import pytest

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
