"""The monitor at work: it stays where one reads, and two of them do not write the same record."""

import shutil
import signal
from decimal import Decimal

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import PasswordChange, Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.conftest import Open
from tests.gui.desk import Api, Window, wait_for
from tests.gui.test_queue import log_in_as

ROWS = 60


@pytest.fixture
def admin(api: Api) -> ApiClient:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    return api.client()


@pytest.fixture
def bolts(admin: ApiClient) -> str:
    return admin.create_product(ProductIn(nome="Parafuso 10mm"), key="parafuso").id


def receive(admin: ApiClient, bolts: str, quantity: int) -> None:
    admin.record_movement(MovementIn(produto_id=bolts, quantidade=Decimal(quantity)), key=f"entrada-{quantity}")


def open_list(window: Window) -> None:
    """Of the box that has the focus. Asked again where the window manager lost the keyboard."""

    def is_open() -> bool:
        window.key("Down")
        try:
            wait_for("a list", lambda: window.now("focus") is None, within_s=5)
        except AssertionError:
            window.key("Escape")
            window.activate()
            return False
        return True

    wait_for("the list of the box", is_open)


def rows(monitor: Window) -> list[str]:
    return [line for line in monitor.now("seen") if line.count(" | ") > 3]


def test_it_does_not_jump_while_one_reads_the_past(open_window: Open, admin: ApiClient, bolts: str) -> None:
    for quantity in range(1, ROWS + 1):
        receive(admin, bolts, quantity)
    monitor = open_window("monitor")
    monitor.log_in()
    monitor.shows(f"+{ROWS} | Parafuso 10mm")
    monitor.key("Next", "Next")
    wait_for("older rows", lambda: "histórico" not in monitor.text)
    reading = rows(monitor)

    receive(admin, bolts, 1001)
    receive(admin, bolts, 1002)
    monitor.shows("↑ 2 novas")
    # What stands above the list may have found its height meanwhile, and left room for a row more.
    assert rows(monitor)[: len(reading)] == reading

    receive(admin, bolts, 1003)
    monitor.shows("↑ 3 novas")
    monitor.key("ctrl+Home")
    monitor.shows("+1.003 | Parafuso 10mm")
    monitor.shows_no_more("novas")
    receive(admin, bolts, 1004)
    monitor.shows("+1.004 | Parafuso 10mm")
    monitor.shows_no_more("nova ")
    assert [line["seq"] for line in monitor.record()] == list(range(1, ROWS + 5))


def test_a_pause_holds_the_screen_and_not_the_record(open_window: Open, admin: ApiClient, bolts: str) -> None:
    monitor = open_window("monitor")
    monitor.log_in()
    receive(admin, bolts, 5)
    monitor.shows("+5 | Parafuso 10mm")
    monitor.key("space")
    monitor.shows("▶ Continuar  Espaço")
    receive(admin, bolts, 6)
    receive(admin, bolts, 7)
    monitor.shows("↑ 2 novas  Ctrl+Home")
    assert [row.split(" | ")[3] for row in rows(monitor)] == ["+5"]
    wait_for("all rows in the record", lambda: len(monitor.record()) == 3)

    monitor.key("space")
    monitor.shows("❚❚ Pausar  Espaço")
    assert [row.split(" | ")[3] for row in rows(monitor)] == ["+7", "+6", "+5"]
    assert "nova" not in monitor.text.replace("novas  Ctrl", "")
    monitor.key("ctrl+f")
    monitor.type("para fuso")  # a space that is typed pauses nothing
    monitor.shows("[para fuso]")
    monitor.shows_no_more("Continuar")


def test_filters_narrow_the_screen_and_esc_shows_all_again(
    open_window: Open, admin: ApiClient, api: Api, bolts: str
) -> None:
    nails = admin.create_product(ProductIn(nome="Prego"), key="prego").id
    receive(admin, bolts, 5)
    admin.record_movement(MovementIn(produto_id=nails, quantidade=Decimal(8)), key="pregos")
    sold = MovementIn(tipo="saida", produto_id=bolts, quantidade=Decimal(2), motivo="balcão")
    admin.record_movement(sold, key="saida")
    monitor = open_window("monitor")
    monitor.log_in()
    monitor.shows("-2 | Parafuso 10mm")
    monitor.shows("Hoje  2 entradas · 1 pessoa")
    monitor.key("ctrl+f")
    monitor.focus_is("Filtrar  Ctrl+F")
    monitor.type("BALCAO")
    wait_for("the exit alone", lambda: [row.split(" | ")[3] for row in rows(monitor)] == ["-2"])
    monitor.type("x")
    monitor.shows("Nenhuma movimentação com este filtro.")
    monitor.key("Escape")
    wait_for("all rows", lambda: len(rows(monitor)) == 3)
    monitor.shows_no_more("com este filtro")

    monitor.key("ctrl+f")
    monitor.tab_to("Tipo", key="shift+Tab")
    open_list(monitor)
    monitor.key("ctrl+Home", "Down", "Return")
    wait_for("entries alone", lambda: [row.split(" | ")[3] for row in rows(monitor)] == ["+8", "+5"])
    assert len(monitor.record()) == 3


def test_the_login_lies_over_the_list_which_stays(open_window: Open, admin: ApiClient, api: Api, bolts: str) -> None:
    monitor = open_window("monitor")
    monitor.log_in()
    receive(admin, bolts, 5)
    monitor.shows("+5 | Parafuso 10mm")
    admin.change_password(PasswordChange(senha_atual="1234", senha_nova="4321"))
    monitor.shows("Entre de novo")
    again = api.client(password="4321")
    receive(again, bolts, 6)
    assert [row.split(" | ")[3] for row in rows(monitor)] == ["+5"]

    monitor.focus_is("Senha")
    monitor.type("4321")
    monitor.key("Return")
    wait_for("what came meanwhile", lambda: [row.split(" | ")[3] for row in rows(monitor)] == ["+6", "+5"])
    assert [line["seq"] for line in monitor.record()] == [1, 2]


def test_another_person_finds_nothing_of_shops_that_are_not_theirs(open_window: Open, two_shops: Api) -> None:
    admin = two_shops.client()
    ApiClient(two_shops.url).register(Registration(username="ana", password="1234"))  # in Matriz alone
    matriz, centro = [shop.id for shop in admin.shops()]
    nails = admin.create_product(ProductIn(nome="Prego"), key="prego").id
    for number, shop_id in enumerate((matriz, centro)):
        moved = MovementIn(produto_id=nails, quantidade=Decimal(number + 5), loja_id=shop_id)
        admin.record_movement(moved, key=f"prego-{number}")
    monitor = open_window("monitor")
    monitor.log_in()
    wait_for("both rows", lambda: [row.split(" | ")[3] for row in rows(monitor)] == ["+6", "+5"])
    monitor.key("ctrl+l")
    log_in_as(monitor, "ana")
    wait_for("the row of her shop", lambda: [row.split(" | ")[3] for row in rows(monitor)] == ["+5"])
    assert [line["seq"] for line in monitor.record()] == [1, 2]


def test_of_two_monitors_one_writes_the_record(open_window: Open, admin: ApiClient, bolts: str) -> None:
    first = open_window("monitor")
    second = open_window("monitor")
    receive(admin, bolts, 5)
    second.activate()
    second.log_in()
    second.shows("Outro monitor deste computador já grava o inventario.log")
    second.shows("+5 | Parafuso 10mm")
    assert second.record() == []
    first.log_in()
    wait_for("the row in the record", lambda: [line["seq"] for line in first.record()] == [1])


def test_an_emptied_server_begins_a_new_record(open_window: Open, api: Api, admin: ApiClient, bolts: str) -> None:
    receive(admin, bolts, 5)
    receive(admin, bolts, 6)
    monitor = open_window("monitor")
    monitor.log_in()
    wait_for("both rows in the record", lambda: len(monitor.record()) == 2)
    api.signal(signal.SIGKILL)
    shutil.rmtree(api.database.parent)
    api.start()
    monitor.shows("Entre de novo")
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    again = api.client()
    receive(again, again.create_product(ProductIn(nome="Prego"), key="prego").id, 7)
    monitor.activate()
    monitor.type("1234")
    monitor.key("Return")

    monitor.shows("O servidor voltou com outro histórico")
    monitor.shows("+7 | Prego")
    assert [(line["seq"], line["nome_produto"]) for line in monitor.record()] == [(1, "Prego")]
    assert len(list(monitor.client_dir.glob("inventario.outro-servidor-*.jsonl"))) == 1
