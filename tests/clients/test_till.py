"""The open sale on disk, through crashes, two windows and two people; closed once, and what the last one says."""

import multiprocessing
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from almoxarife.clients.desktop.cadastro.selling.closed_sales import ClosedSales
from almoxarife.clients.desktop.cadastro.selling.last_sale import ClosedSale, can_be_cancelled, describe, headline
from almoxarife.clients.desktop.cadastro.selling.open_sale_file import FOLDER, OFFERED_FOR_S, OpenSaleFiles
from almoxarife.clients.desktop.cadastro.selling.till import Till
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.queue.delivery import deliver_next
from almoxarife.clients.queue.outgoing import Kind, State
from almoxarife.clients.queue.store import NotWritten, Outbox
from almoxarife.files import try_lock
from almoxarife.wire.sales import SaleIn
from almoxarife.wire.selling.open_sale import Discount, SaleRefused
from tests.clients.queue_things import ANA, BRUNO, InOrder, Server
from tests.clients.things import product

COFFEE = product("Café", "p1", price="19.90")

ZONE = ZoneInfo("America/Sao_Paulo")


class Window:
    """One window on a computer's folder; ``crash`` leaves nothing of it but the files."""

    def __init__(self, folder, owner=ANA):
        self.owner, self.warnings = owner, []
        self.outbox = Outbox(folder)
        self.kept = OpenSaleFiles(folder, is_confirmed=lambda key: self.outbox.find(key) is not None)
        self.till = Till(self.kept, confirm=self.confirm, warn=self.warnings.append)
        self.was_left_open = self.till.start(owner.account)

    def confirm(self, outgoing, key=None):
        try:
            self.outbox.put(outgoing, self.owner, key=key)
        except NotWritten:
            return False
        return True

    def sell(self, quantity):
        self.till.change(lambda sale: sale.add(COFFEE, Decimal(quantity)))

    def crash(self):
        self.kept.release()  # the system lets go of the lock
        self.outbox.close()

    @property
    def confirmed(self):
        return [SaleIn.model_validate_json(row.body).amount for row in self.outbox.waiting()]


@pytest.fixture
def window(tmp_path):
    window = Window(tmp_path)
    yield window
    window.crash()


@pytest.fixture
def again(window, tmp_path):
    """The window opened once more, after a crash."""
    opened = []

    def open_again(owner=ANA):
        window.crash()
        opened.append(Window(tmp_path, owner))
        return opened[-1]

    yield open_again
    for found in opened:
        found.crash()


def files(folder):
    return sorted(file.name for file in (folder / FOLDER).iterdir()) if (folder / FOLDER).exists() else []


def test_what_was_open_at_a_crash_is_offered_again_with_all_of_it(window, again):
    window.sell(3)
    window.till.change(lambda sale: sale.set_discount(Discount(percent=Decimal(10))))
    window.till.change(lambda sale: sale.set_received(Decimal(100)))
    was = window.till.sale

    found = again()
    assert found.was_left_open
    assert found.till.sale == was


def test_nothing_is_offered_where_nothing_was_open(window, again, tmp_path):
    window.sell(1)
    window.till.change(lambda sale: sale.remove(0))
    assert files(tmp_path) == []

    assert not window.was_left_open
    assert not again().was_left_open


def test_a_closed_sale_is_in_the_queue_and_open_no_more(window, tmp_path):
    window.sell(2)
    closed = window.till.close("l1")

    assert window.confirmed == [closed.total] == [Decimal("39.80")]
    assert window.till.sale.is_empty
    assert window.till.sale.key != closed.key
    assert files(tmp_path) == []


def test_a_death_between_the_queue_and_the_file_sells_once(window, again, tmp_path, monkeypatch):
    window.sell(2)
    monkeypatch.setattr(window.kept, "drop", lambda key: None)
    window.till.close("l1")
    assert len([name for name in files(tmp_path) if name.endswith(".json")]) == 1

    found = again()
    assert not found.was_left_open
    assert found.confirmed == [Decimal("39.80")]
    assert files(tmp_path) == []


def test_nothing_stays_of_a_sale_that_is_over_where_a_file_that_is_open_cannot_go(window, again, tmp_path, monkeypatch):
    """As on Windows."""
    unlink = Path.unlink

    def unlink_closed(path, **options):
        held = try_lock(path)
        if held is None:
            raise PermissionError
        held.close()
        unlink(path, **options)

    window.sell(2)
    monkeypatch.setattr(window.kept, "drop", lambda key: None)
    window.till.close("l1")
    monkeypatch.setattr(Path, "unlink", unlink_closed)

    again().crash()
    assert files(tmp_path) == []


def test_a_disk_that_takes_no_queue_keeps_the_sale_open(window, monkeypatch):
    window.sell(2)
    before = window.till.sale
    monkeypatch.setattr(window.outbox, "put", lambda *_, **__: (_ for _ in ()).throw(NotWritten("cheio")))

    assert window.till.close("l1") is None
    assert window.till.sale == before


def test_a_disk_that_takes_no_file_does_not_stop_the_selling(window, tmp_path):
    (tmp_path / FOLDER).write_text("no folder")
    window.sell(2)

    assert window.till.sale.total == Decimal("39.80")
    assert "não está guardada" in window.warnings[0]


def test_a_sale_is_offered_to_its_person_alone(window, again):
    window.sell(1)
    assert not window.till.start(BRUNO.account)
    assert window.till.sale.is_empty
    window.sell(2)

    assert window.till.start(ANA.account)
    assert window.till.sale.lines[0].quantity == 1
    window.till.stop()
    found = again(BRUNO)
    assert found.till.sale.lines[0].quantity == 2


def test_two_windows_of_one_person_never_have_one_sale(window, tmp_path):
    window.sell(1)
    second = Window(tmp_path)
    assert not second.was_left_open
    second.sell(5)
    second.crash()

    third = Window(tmp_path)
    assert third.till.sale.lines[0].quantity == 5
    third.crash()


def test_the_same_person_who_logs_in_again_goes_on(window):
    window.sell(1)

    assert not window.till.start(ANA.account)
    assert window.till.sale.lines[0].quantity == 1


def test_what_nobody_went_on_with_for_a_week_is_gone(window, again, tmp_path):
    window.sell(1)
    (file,) = (tmp_path / FOLDER).glob("*.json")
    long_ago = time.time() - OFFERED_FOR_S - 60
    os.utime(file, (long_ago, long_ago))

    assert not again().was_left_open
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "damage", [b"", b"\xff\x00", b'{"account": 1}', b'{"account":"u1 2026-11-20","sale":{"lines":[{}]}}']
)
def test_a_damaged_file_is_put_aside_and_the_next_one_offered(window, again, tmp_path, damage):
    window.sell(1)
    (tmp_path / FOLDER / "0.json").write_bytes(damage)
    os.utime(tmp_path / FOLDER / "0.json", (time.time() - 100,) * 2)

    found = again()
    assert found.was_left_open
    assert "0.danificada" in files(tmp_path)


def test_a_refused_change_changes_nothing_on_disk_either(window, tmp_path):
    window.sell(1)
    (file,) = (tmp_path / FOLDER).glob("*.json")
    before = file.read_bytes()
    with pytest.raises(SaleRefused):
        window.sell("0.5")

    assert file.read_bytes() == before


def test_a_sale_says_nothing_of_what_the_clock_of_this_computer_shows(window):
    window.sell(1)
    window.till.close("l1")

    (row,) = window.outbox.waiting()
    sent = SaleIn.model_validate_json(row.body)
    assert (sent.occurred_at, sent.shop_id, row.kind) == (None, "l1", Kind.SALE)


def _sell_and_die(folder):
    window = Window(folder)
    window.sell(7)
    os.kill(os.getpid(), 9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no SIGKILL on this system")
def test_a_real_death_lets_go_of_the_sale(tmp_path):
    victim = multiprocessing.get_context("spawn").Process(target=_sell_and_die, args=(tmp_path,))
    victim.start()
    victim.join(60)
    assert victim.exitcode == -9

    window = Window(tmp_path)
    assert window.till.sale.lines[0].quantity == 7
    window.crash()


# --- the last one ---------------------------------------------------------------------


@pytest.fixture
def closed(window, scheduler):
    sender = Sender(
        scheduler, InOrder(), window.outbox, api=Server, owner=lambda: ANA, changed=lambda _: None,
        refused=lambda: None, session_over=lambda _: True, lost_server=lambda: None,
    )  # fmt: skip
    return ClosedSales(window.outbox, sender, owner=lambda: ANA, confirm=window.confirm)


def sell(window, quantity=1):
    window.sell(quantity)
    window.till.close("l1")


def test_what_never_left_is_withdrawn(window, closed):
    sell(window)
    closed.cancel(closed.newest().row, "engano")

    assert window.confirmed == []
    assert closed.newest() == ClosedSale()


def test_what_the_server_has_is_cancelled_there_and_said_only_then(window, closed):
    server = Server()
    sell(window)
    deliver_next(window.outbox, server, ANA)
    assert describe(closed.newest()) == ("Good", "registrada no servidor")
    closed.cancel(closed.newest().row, "engano")
    assert describe(closed.newest()) == ("Warn", "cancelamento gravado neste computador, espera o servidor")
    assert not can_be_cancelled(closed.newest())
    deliver_next(window.outbox, server, ANA)

    assert describe(closed.newest()) == ("Good", "cancelada no servidor")
    assert [path for path, _, _ in server.sent] == ["/vendas", "/vendas/v1/cancelamento"]


def test_what_may_be_on_its_way_is_left_alone(window, closed):
    sell(window)
    asked_about = closed.newest().row
    window.outbox.take(ANA)
    closed.cancel(asked_about, "engano")

    assert [row.kind for row in window.outbox.waiting()] == [Kind.SALE]
    assert not can_be_cancelled(closed.newest())


def test_the_last_sale_has_its_day_once_that_is_over(window, closed):
    with time_machine.travel(datetime(2026, 11, 29, 17, 2, tzinfo=UTC), tick=False):
        sell(window)
        assert headline(closed.newest().row, ZONE) == "Última venda · 14:02"
    with time_machine.travel(datetime(2026, 11, 30, 3, 1, tzinfo=UTC), tick=False):
        assert headline(closed.newest().row, ZONE) == "Última venda · 29/11 14:02"


def test_a_sale_is_never_said_to_be_registered_before_the_server_has_said_so(window, closed):
    sell(window)
    row = closed.newest().row
    said = {
        (state, is_held): describe(ClosedSale(replace(row, state=state, reason="Não."), is_held=is_held))
        for state in State
        for is_held in (False, True)
    }
    assert {key for key, (kind, _) in said.items() if kind == "Good"} == {(State.ACKED, False), (State.ACKED, True)}
    assert said[State.REJECTED, False] == ("Bad", "recusada: Não.")
    assert said[State.PENDING, True] == ("Warn", "gravada neste computador, espera o servidor")


def test_the_newest_is_of_whoever_is_here(window, closed):
    sell(window)
    window.owner = BRUNO
    sell(window, 2)

    assert closed.newest().row.owner == ANA
