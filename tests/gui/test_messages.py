"""*Recados*, by keys: what comes is told within a poll, read, answered and removed; nothing written is lost."""

import signal
from uuid import uuid4

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from almoxarife.wire.messages import Box, MessageIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, wait_for
from tests.gui.test_layout import enlarge, is_whole


@pytest.fixture
def ana(api: Api) -> ApiClient:
    """Beside admin, who has the window."""
    for name in ("admin", "ana"):
        ApiClient(api.url).register(Registration(username=name, password="1234"))
    return api.client("ana")


def write(client: ApiClient, to: str, text: str) -> None:
    client.send_message(MessageIn(para=to, texto=text), key=uuid4().hex)


def received(client: ApiClient) -> list[str]:
    return [message.text for message in client.messages(Box.IN).items or []]


def test_a_message_is_told_read_answered_and_removed(open_window: Open, ana: ApiClient) -> None:
    write(ana, "admin", "Chegou a nota da Aço Ltda.\nDeixo na gaveta?")
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.shows("✉ Você tem 1 recado não lido.")
    cadastro.shows("✉ 1 recado")
    write(ana, "admin", "Falta troco")
    cadastro.shows("✉ Recado novo de ana.")
    cadastro.shows("✉ 2 recados")
    cadastro.key("ctrl+r")
    cadastro.shows("Recados  2 · 2 não lidos")
    cadastro.shows_no_more("✉ Recado novo de ana.")
    cadastro.shows("● novo | ana | Falta troco")
    cadastro.key("Down", "Down")
    cadastro.shows("[Chegou a nota da Aço Ltda.\nDeixo na gaveta?]")
    cadastro.shows("De ana · ")
    cadastro.shows_no_more("não lidos")
    cadastro.shows_no_more("✉ 2 recados")
    wait_for("ana to see it read", lambda: all(m.read_at for m in ana.messages(Box.OUT).items or []))
    cadastro.tab_to("Responder")
    cadastro.key("space")
    cadastro.focus_is("Recado")
    cadastro.paste("Na gaveta, não:\nno cofre.")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ Recado enviado para ana.")
    assert received(ana) == ["Na gaveta, não:\nno cofre."]
    cadastro.tab_to("Apagar…", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("⚠ Apagar este recado da sua caixa? ana continua com o seu.")
    cadastro.focus_is("Apagar")
    cadastro.key("space")
    cadastro.shows("✓ Recado apagado da sua caixa.")
    assert len(ana.messages(Box.OUT).items or []) == 2


def test_what_is_written_outlives_a_server_that_is_away_and_goes_once(
    open_window: Open, ana: ApiClient, api: Api
) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+r")
    cadastro.shows("Nenhum recado recebido.")
    cadastro.tab_to("Novo recado para")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome de usuário de quem recebe.")
    cadastro.shows("✕ Escreva o recado.")
    cadastro.type("bia")
    cadastro.tab_to("Recado")
    cadastro.type("Volto as 15h")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Ninguém ativo tem este nome de usuário.")
    cadastro.focus_is("Novo recado para")
    cadastro.type("ana")
    api.signal(signal.SIGKILL)
    cadastro.key("ctrl+Return")
    cadastro.shows("O que você escreveu continua aqui.")
    cadastro.key("Escape", "ctrl+r")
    cadastro.shows("[Volto as 15h]")
    cadastro.process.kill()
    cadastro.process.wait(60)
    api.start()
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+r")
    cadastro.shows("[Volto as 15h]")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ Recado enviado para ana.")

    assert received(api.client("ana")) == ["Volto as 15h"]


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_the_page_is_visible(open_window: Open, ana: ApiClient, larger: int) -> None:
    for number in range(12):
        write(ana, "admin", f"Recado {number} " + "com muitas palavras " * 20)
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, larger)
    cadastro.log_in()
    cadastro.key("ctrl+r")
    cadastro.shows("● novo | ana | Recado")
    cadastro.key("Down")
    cadastro.shows("De ana ·")
    cadastro.tab_to("Apagar…")
    cadastro.key("space")
    cadastro.shows("⚠ Apagar este recado")
    is_whole(cadastro)
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Escreva o recado.")
    is_whole(cadastro)
