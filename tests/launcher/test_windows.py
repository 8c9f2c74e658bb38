"""The windows that the launcher opens, on a real (virtual) screen."""

import pytest

from tests.gui.desk import wait_for

MONITOR = "Almoxarife - Monitor"
CADASTRO = "Almoxarife - Cadastro"

pytestmark = pytest.mark.gui


@pytest.fixture
def computer(computer, screen):
    computer.environ["DISPLAY"] = screen.display
    return computer


def open_both(computer, screen):
    launch = computer.launch()
    screen.wait_for_window(MONITOR)
    screen.wait_for_window(CADASTRO)
    return launch


def test_closing_the_cadastro_leaves_the_rest_which_a_second_start_finds(computer, screen):
    first = open_both(computer, screen)
    screen.wait_for_active(CADASTRO)

    screen.close_window(CADASTRO)

    assert first.finish() == 0
    assert "O cadastro foi fechado; o servidor e o monitor continuam abertos." in first.text
    assert screen.windows(MONITOR)
    instance = computer.health()["instancia"]

    second = open_both(computer, screen)

    second.wait_for("O monitor já está aberto")
    screen.wait_for_active(CADASTRO)
    assert len(screen.windows(MONITOR)) == 1
    assert computer.health()["instancia"] == instance

    assert second.interrupt() == 130

    assert "O servidor já estava no ar e continua." in second.text
    assert computer.is_answering()
    assert screen.windows(MONITOR)
    assert "Para parar o servidor: python start_sistema_completo.py stop" in first.text
    assert computer.launch("stop").finish() == 0
    computer.wait_until_down()


def test_ctrl_c_closes_what_it_opened(computer, screen):
    launch = open_both(computer, screen)
    launch.wait_for("Servidor no ar em")

    assert launch.interrupt() == 130

    assert "Servidor e janelas fechados. Tudo o que foi confirmado está guardado." in launch.text
    assert not list(computer.programs())


def test_a_server_that_cannot_start_takes_along_the_windows_that_came_up_beside_it(computer, screen):
    computer.data.mkdir()
    (computer.data / "almoxarife.db").write_bytes(b"not a database " * 1000)

    launch = computer.launch()

    assert launch.finish() == 2
    assert launch.said[:2] == ["Abrindo o servidor…", "Abrindo o monitor e o cadastro…"]
    assert "danificado" in launch.said[-1]
    wait_for("the end of the windows", lambda: not list(computer.programs()))


def test_a_server_on_another_computer_is_only_shown(computer, screen):
    computer.environ["ALMOXARIFE_URL"] = "http://balcao.invalid:5000"

    launch = open_both(computer, screen)

    launch.wait_for("O servidor fica em outro computador: http://balcao.invalid:5000")
    assert not computer.is_answering()
    assert not (computer.data / "servidor.json").exists()


def test_the_first_administrators_code_is_shown_when_the_network_can_reach_the_server(computer, screen):
    launch = computer.launch(ALMOXARIFE_HOST="0.0.0.0")

    launch.wait_for("Código para criar o primeiro administrador: ")
    screen.wait_for_window(CADASTRO)


def test_a_screen_that_does_not_answer_is_no_screen(computer, screen):
    launch = computer.launch(DISPLAY=":32767")

    launch.wait_for("a tela não respondeu. Abro só o servidor.")
