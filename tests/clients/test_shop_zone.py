"""Times and days of the windows are those of the server's zone, whatever this computer is set to."""

import ast
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

import almoxarife
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.api.shop_zone import find_zone
from almoxarife.clients.desktop.cadastro.history import balance
from almoxarife.clients.desktop.cadastro.sending import words
from almoxarife.clients.desktop.cadastro.sending.recent import describe
from almoxarife.clients.desktop.cadastro.sending.status_text import describe_queue
from almoxarife.clients.desktop.monitor.day_figures import ask_day
from almoxarife.clients.desktop.monitor.feed import Feed
from almoxarife.clients.desktop.monitor.log_files import as_text
from almoxarife.clients.queue.outgoing import State
from almoxarife.clients.queue.store import Outbox
from almoxarife.clients.terminal.server_status import ServerStatus
from almoxarife.tables.writer import write_table
from almoxarife.wire.accounts import LoggedIn
from tests.clients.queue_things import ANA, entry
from tests.clients.test_api_client import LOGIN
from tests.clients.test_day import Asked
from tests.clients.things import NOON, movement

MANAUS = ZoneInfo("America/Manaus")
"""An hour behind São Paulo, where it is noon."""
CLIENTS = Path(almoxarife.__file__).parent / "clients"


def test_the_server_says_its_zone_at_login():
    assert LoggedIn.model_validate({**LOGIN, "fuso_horario": "America/Manaus"}).timezone == "America/Manaus"
    assert LoggedIn.model_validate(LOGIN).timezone == "America/Sao_Paulo"


@pytest.mark.parametrize("name", ["", "Lua/Mar", "../../etc/passwd", "/etc/localtime", "America", "a\x00b", "x" * 300])
def test_a_zone_that_this_computer_does_not_know_is_sao_paulos(name):
    assert find_zone(name) == ZoneInfo("America/Sao_Paulo")
    assert find_zone("America/Manaus") == MANAUS


def test_the_monitor_tells_times_and_days_of_the_shop():
    feed = Feed()
    feed.use_zone(MANAUS)
    feed.add_live([movement(1)], now=NOON)
    feed.server_lost(now=NOON)

    sentence, row = feed.rows(now=NOON)
    assert sentence.sentence == "◐ Sem servidor desde 11:00"
    assert row.cells[0] == "11:00:01"
    midnight = NOON + timedelta(hours=12, minutes=30)  # still the same day in Manaus
    assert feed.rows(now=midnight)[1].cells[0] == "11:00:01"
    assert as_text(movement(1), MANAUS).startswith("20/11/2026 11:00:01")


def test_a_zone_that_is_learnt_late_is_used_for_rows_that_stand_there():
    feed = Feed()
    feed.add_live([movement(1)], now=NOON)
    assert feed.rows(now=NOON)[0].cells[0] == "12:00:01"

    feed.use_zone(MANAUS)

    assert feed.rows(now=NOON)[0].cells[0] == "11:00:01"


def test_today_is_the_shops():
    server = Asked()
    ask_day(server, None, datetime(2026, 11, 20, 3, 30, tzinfo=UTC), MANAUS)  # 23:30 of the 19th there

    assert server.days[1][0] == date(2026, 11, 18)


def test_what_the_cadastro_tells_is_in_the_shops_time(tmp_path):
    outbox = Outbox(tmp_path)
    outbox.put(entry(1), ANA)
    (row,) = outbox.waiting()
    outbox.close()
    at = row.confirmed_at.astimezone(MANAUS)

    assert words.list_row(row, MANAUS).cells[0] == at.strftime("%d/%m/%Y %H:%M")
    assert describe_queue(Counter(), ANA, NOON, MANAUS)[0].endswith("último envio 20/11 11:00")
    recorded = replace(row, state=State.ACKED, confirmed_at=NOON)
    assert describe(recorded, is_held=False, zone=MANAUS) == ("Good", "+1 · 20/11 11:00")
    told = balance.of_shop([movement(1)], None)
    assert balance.rows(told, {}, MANAUS)[0].cells[0] == "20/11/2026 11:00"
    late = movement(1).model_copy(update={"occurred_at": NOON - timedelta(hours=1)})
    assert "registrado em 20/11/2026 11:00" in balance.detail(late, None, MANAUS)
    file = tmp_path / "lista.csv"
    write_table(file, balance.sheet(told, {}, MANAUS))
    assert "20/11/2026 11:00:01" in file.read_text("utf-8-sig")


def test_the_terminal_tells_since_when_no_server_answers():
    status = ServerStatus("http://127.0.0.1:5000")
    with time_machine.travel(NOON, tick=False):
        status.failed(ApiError("Servidor fora do ar."))
        assert status.describe(MANAUS) == "Servidor 127.0.0.1:5000, sem resposta desde 11:00."
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert status.describe(MANAUS) == "Servidor 127.0.0.1:5000, sem resposta desde 20/11 11:00."


def test_no_window_writes_a_time_without_a_zone():
    """Every call gives one: what is left out means São Paulo."""
    calls = [
        (file.name, node)
        for file in CLIENTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    times = [
        (name, node) for name, node in calls if node.func.id in {"format_time", "format_datetime", "format_recent"}
    ]

    assert len(times) > 10
    assert [(name, node.lineno) for name, node in times if len(node.args) != 2] == []
