"""*Parar o servidor*: asked about first, and whatever comes of it is said."""

import subprocess
import sys

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro import stopping
from almoxarife.clients.desktop.cadastro.stopping import QUESTION, REOPENED, StopServer
from tests.clients.queue_things import InOrder


class Window:
    def __init__(self, stop):
        self.background = InOrder()
        self.shown = []
        self.looks = 0
        StopServer(self.background, self, look_again=self.look_again, stop=stop).ask()

    def show(self, text, *, sign="⚠"):
        self.shown.append((text, {}, False))

    def ask(self, question, answers):
        self.shown.append((question, answers, True))

    def look_again(self):
        self.looks += 1

    def answer(self, label):
        text, actions, asks = self.shown[-1]
        assert (text, asks) == (QUESTION, True)
        actions[label]()
        self.background.answer_all()


def test_the_server_is_not_stopped_before_the_question_is_answered():
    window = Window(lambda: pytest.fail("nobody said so"))

    window.answer("Não parar")

    assert len(window.shown) == 1


def test_what_the_command_says_is_shown():
    window = Window(lambda: "Servidor parado.")

    window.answer("Parar o servidor")

    assert window.shown[-1][0] == f"Servidor parado. {REOPENED}"
    assert window.looks == 1


def test_why_it_goes_on_is_shown():
    def stop():
        raise ApiError("O servidor não parou.")

    window = Window(stop)

    window.answer("Parar o servidor")

    assert window.shown[-1][0] == "O servidor não parou."
    assert window.looks == 0


@pytest.mark.slow
def test_the_command_is_the_one_of_this_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path / "dados"))

    assert stopping.stop_server() == f"Nenhum servidor está no ar com os dados de {tmp_path / 'dados'}."

    monkeypatch.setenv("ALMOXARIFE_PORT", "80x")
    with pytest.raises(ApiError, match="ALMOXARIFE_PORT='80x' não é um número de porta"):
        stopping.stop_server()


def test_a_command_that_cannot_be_started_or_does_not_end_is_said(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ApiError, match=r"\(a pasta ou o arquivo não existe\). Feche a janela dele"):
        stopping.stop_server()

    def hang(*_, **__):
        raise subprocess.TimeoutExpired("almoxarife", 1)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ApiError, match=r"^O servidor ainda não parou depois de \d+ segundos. .* feche a janela dele"):
        stopping.stop_server()
