"""The first-use walk, with real keys in the real windows; then the API dies and comes back."""

import signal

from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.steps import closings, create_bolts, register_admin, register_entry, stored


def recorded(monitor: Window) -> list[tuple[int, int]]:
    return [(line["seq"], line["variacao"]) for line in monitor.record()]


def test_from_the_first_account_to_the_entry_on_the_monitor(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    cadastro.type("50")
    cadastro.shows("saldo 0 → 50 UN")
    cadastro.key("Return")
    cadastro.shows("✓ +50 Parafuso 10mm")
    cadastro.shows("P00001 | Parafuso 10mm |  | 50")
    cadastro.focus_is("Produto")

    monitor = open_window("monitor")
    monitor.log_in()
    monitor.shows("▲ entrada | admin | +50 | Parafuso 10mm | 50")
    monitor.shows("Hoje  1 entrada · 1 pessoa")

    cadastro.activate()
    register_entry(cadastro, 7)
    monitor.shows("+7 | Parafuso 10mm | 57 |  | novo")

    api.signal(signal.SIGKILL)
    cadastro.shows("Reconectando em")
    monitor.shows("Reconectando em")
    monitor.shows("◐ Sem servidor desde")
    api.start()
    cadastro.shows("● Conectado")
    monitor.shows("nada perdido")

    cadastro.activate()
    register_entry(cadastro, 3)
    monitor.shows("+3 | Parafuso 10mm | 60 |  | novo")
    assert [row.split(" | ")[3] for row in monitor.now("seen") if "entrada" in row and " | " in row] == [
        "+3",
        "+7",
        "+50",
    ]
    assert stored(api) == [(1, 50), (2, 7), (3, 3)]
    assert recorded(monitor) == stored(api)

    assert monitor.close() == 0
    assert cadastro.close() == 0
    assert cadastro.output == monitor.output == ""
    assert closings(api) == 2


def test_a_monitor_that_was_closed_records_what_it_missed(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    create_bolts(cadastro)
    register_entry(cadastro, 5)
    monitor = open_window("monitor")
    monitor.log_in()
    wait_for("the first row in the record", lambda: len(monitor.record()) == 1)
    monitor.close()

    cadastro.activate()
    register_entry(cadastro, 6)
    again = open_window("monitor")
    again.log_in()

    wait_for("the missed row in the record", lambda: len(again.record()) == 2)
    assert recorded(again) == stored(api) == [(1, 5), (2, 6)]
    again.shows("histórico até")
    again.shows_no_more("novo")
