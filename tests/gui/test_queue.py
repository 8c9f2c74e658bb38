"""What was confirmed outlives the window, and goes out under the name of who confirmed it and no other."""

import signal
import sqlite3
from contextlib import closing

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from tests.gui.conftest import Open
from tests.gui.desk import PATIENCE_S, Api, Window, wait_for
from tests.gui.steps import closings, create_bolts, register_admin, stored


def recorded_by(api: Api) -> list[str]:
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        names = "SELECT username FROM movements JOIN users ON users.id = movements.recorded_by ORDER BY movements.seq"
        return [name for (name,) in db.execute(names)]


def queue_one(cadastro: Window, api: Api) -> None:
    register_admin(cadastro)
    create_bolts(cadastro)
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    api.signal(signal.SIGKILL)
    cadastro.type("5")
    cadastro.key("Return")
    cadastro.shows("⚠ +5 Parafuso 10mm · espera o servidor")
    cadastro.shows("⇡ fila 1")


def choose_bolts(cadastro: Window) -> None:
    cadastro.focus_is("Produto")
    cadastro.type("PARAF")
    cadastro.shows("Parafuso 10mm | saldo")
    cadastro.key("Return")
    cadastro.focus_is("Quantidade")


def log_in_as(cadastro: Window, name: str) -> None:
    cadastro.activate()
    cadastro.focus_is("Senha")
    cadastro.key("shift+Tab", "ctrl+a")
    cadastro.focus_is("Usuário")
    cadastro.log_in(name)


def test_an_entry_survives_the_death_of_its_window_and_waits_for_its_person(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    queue_one(cadastro, api)
    cadastro.process.kill()
    cadastro.process.wait(PATIENCE_S)

    api.start()
    another = open_window("cadastro")
    log_in_as(another, "ana")
    another.shows("⇡ fila 1 · 1 de admin aguarda a senha de admin")
    another.shows_no_more("+5 Parafuso")
    assert stored(api) == []
    another.key("ctrl+l")
    another.shows("Entrar  (Enter)")
    log_in_as(another, "admin")

    another.shows("✓ +5 Parafuso 10mm")
    another.shows("⇡ fila 0")
    assert stored(api) == [(1, 5)]
    assert recorded_by(api) == ["admin"]


def test_a_window_closes_on_what_waits_and_the_next_one_sends_it(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    queue_one(cadastro, api)
    assert cadastro.close() == 0

    api.start()
    another = open_window("cadastro")
    another.log_in()
    another.shows("✓ +5 Parafuso 10mm")
    assert another.close() == 0
    assert another.output == cadastro.output == ""
    assert stored(api) == [(1, 5)]
    assert closings(api) == 2


def test_a_monitor_closed_while_the_server_is_away_is_told_of_by_the_next_window(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    monitor = open_window("monitor")
    monitor.log_in()
    api.signal(signal.SIGKILL)
    assert monitor.close() == 0
    api.start()
    assert closings(api) == 0

    cadastro = open_window("cadastro")
    cadastro.log_in()
    wait_for("the closing to be told", lambda: closings(api) == 1)
    assert monitor.output == ""


def test_what_never_left_is_discarded_by_keys(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    queue_one(cadastro, api)
    for quantity in (7, 8):
        choose_bolts(cadastro)
        cadastro.type(str(quantity))
        cadastro.key("Return")
        cadastro.shows(f"⚠ +{quantity} Parafuso 10mm · espera o servidor")
    cadastro.shows("⇡ fila 3")
    wait_for("both to be past undoing", lambda: cadastro.text.count("Descartar") == 2)
    cadastro.tab_to("Descartar")  # the upper one: Tab goes as one reads
    cadastro.key("space")
    cadastro.shows_no_more("+8 Parafuso 10mm")
    cadastro.focus_is("Descartar")
    cadastro.shows("+7 Parafuso 10mm")

    api.start()
    cadastro.shows("✓ +7 Parafuso 10mm")
    assert stored(api) == [(1, 5), (2, 7)]


def test_the_whole_queue_is_seen_and_a_refused_one_discarded_by_keys(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.key("F3")
    cadastro.focus_is("Quantidade")
    cadastro.type("9")
    cadastro.key("Return")
    cadastro.focus_is("Motivo")
    cadastro.type("perda")
    cadastro.key("Return")
    cadastro.shows("✕ -9 Parafuso 10mm · o servidor recusou:")
    api.signal(signal.SIGKILL)
    cadastro.key("F2")
    for quantity in (5, 6):
        choose_bolts(cadastro)
        cadastro.type(str(quantity))
        cadastro.key("Return")
        cadastro.shows(f"+{quantity} Parafuso 10mm · espera o servidor")
    cadastro.key("F9")
    cadastro.shows("Fila de envio  3 · 1 recusado")
    cadastro.shows("-9 Parafuso 10mm | ✕ recusado | O saldo de")
    cadastro.shows("✕ -9 Parafuso 10mm: O saldo de “Parafuso 10mm” é 0 UN: não é suficiente.")
    cadastro.focus_is("")  # the list
    cadastro.key("Down")
    cadastro.shows("Não dá para descartar.")
    cadastro.key("Delete")
    cadastro.key("Home", "Delete")
    cadastro.shows("⚠ Descartar -9 Parafuso 10mm? O servidor recusou; nada foi registrado.")
    cadastro.focus_is("Sim")
    cadastro.key("space")
    cadastro.shows_no_more("-9 Parafuso 10mm")
    cadastro.key("End", "Delete")
    cadastro.shows("⚠ Descartar +6 Parafuso 10mm? O servidor ainda não recebeu, e não vai receber.")
    cadastro.focus_is("Sim")
    cadastro.key("space")
    cadastro.shows_no_more("+6 Parafuso 10mm")
    cadastro.shows("Fila de envio  1")

    api.start()
    cadastro.shows("✓ Tudo foi enviado.")
    assert stored(api) == [(1, 5)]
    cadastro.key("Escape")
    cadastro.shows("✓ +5 Parafuso 10mm")


def test_a_damaged_queue_is_put_aside_and_said(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.close()
    (cadastro.client_dir / "fila.db").write_bytes(b"nada que se leia" * 500)

    another = open_window("cadastro")
    another.shows("⚠ A fila de envio estava danificada e foi guardada em fila.danificada-")
    another.log_in()
    create_bolts(another)
    another.type("5")
    another.key("Return")
    another.shows("✓ +5 Parafuso 10mm")
    assert len(list(another.client_dir.glob("fila.danificada-*.db"))) == 1
    assert "fila.danificada-" in (another.client_dir / "cadastro.log").read_text(encoding="utf-8")
