"""The till is killed a hundred times while it sells, and the API goes up and down: no sale is lost or doubled."""

import random
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from almoxarife.clients.desktop.cadastro.selling.open_sale_file import FOLDER
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.sales import SaleIn
from tests.clients import till_process
from tests.clients.queue_things import LONG_AGO
from tests.clients.test_outbox_killed import SEED, Unreliable, api, count, first_job, kill_after
from tests.gui.desk import wait_for
from tests.programs import fork_server

KILLS = 100
__all__ = ["api"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system"),
]


@pytest.mark.timeout(300)
def test_a_hundred_deaths_lose_no_sale_and_sell_none_twice(api, tmp_path):
    folder = tmp_path / "cliente"
    folder.mkdir()
    job = replace(first_job(api, folder), sells=True)
    context = fork_server()
    dice = random.Random(SEED)
    unreliable = Unreliable(api)
    unreliable.start()
    in_mid_send = left_open = 0
    try:
        for number in range(KILLS):
            kill_after(context, replace(job, seed=number), dice.uniform(0.03, 0.3))
            in_mid_send += count(folder, "sent")
            left_open += any((folder / FOLDER).glob("*.json")) if (folder / FOLDER).exists() else False
    finally:
        unreliable.over.set()
        unreliable.join(60)

    last = context.Process(target=till_process.run, args=(replace(job, sells=False, registers=False),))
    last.start()
    with closing(Outbox(folder)) as outbox:
        wait_for("the queue to empty", lambda: not outbox.waiting())
        rows = outbox.sales_between(LONG_AGO, till_process.AT_THE_END)
        on_screen = [int(SaleIn.model_validate_json(row.body).amount * 100) for row in rows]
    last.kill()
    last.join(10)

    on_server, stock = sales(api)
    print(
        f"\n{KILLS} kills ({in_mid_send} with a sale under way, {left_open} with one open), the API died"
        f" {unreliable.deaths} times: {len(on_screen)} sales, {sum(on_screen)} centavos on both sides"
    )
    assert count(folder, "acked") == len(on_screen)
    assert on_screen == list(range(1, len(on_screen) + 1))
    assert on_server == on_screen
    assert stock == -sum(on_screen[::2])
    assert not (folder / "faults").exists()
    assert in_mid_send > KILLS // 20
    assert left_open > KILLS // 4
    assert unreliable.deaths >= 3


def sales(api):
    """The amounts in centavos, in the order in which the server recorded them, and what the sweets' balance is."""
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        amounts = [amount for (amount,) in db.execute("SELECT amount FROM sales ORDER BY seq")]
        (stock,) = db.execute("SELECT total(effect) / 10000 FROM movements").fetchone()
        return amounts, stock
