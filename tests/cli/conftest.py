"""The shop of the server's tests, looked after from the console."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from almoxarife.server.operations.commands import main
from tests.server.conftest import ana, data, first_day, make_server, server
from tests.server.processes import environment

__all__ = ["ana", "data", "first_day", "make_server", "server"]

Almoxarife = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def almoxarife(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Almoxarife:
    """``almoxarife …`` on this shop's data, in this process: a start of Python each would take a minute in all."""

    def run(*arguments: str, **settings: str) -> "CompletedProcess[str]":
        capsys.readouterr()
        with monkeypatch.context() as machine:
            machine.chdir(data.parent)
            machine.setattr(os, "environ", environment(data, **settings))
            machine.setattr(sys, "argv", ["almoxarife", *arguments])
            code = main.main()
        said = capsys.readouterr()
        return CompletedProcess(arguments, code, said.out, said.err)

    return run


def assert_done(done: "CompletedProcess[str]", *words: str) -> None:
    assert (done.returncode, done.stderr) == (0, "")
    for word in words:
        assert word in done.stdout


def assert_refused(done: "CompletedProcess[str]", *words: str) -> None:
    """One sentence on stderr, exit code 2."""
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    for word in words:
        assert word in sentence
