"""The till is killed a hundred times while it registers, and the API goes up and down: nothing is lost or doubled."""

import random
import signal
import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.queue.outgoing import Owner
from almoxarife.clients.queue.store import FILE_NAME, Outbox
from almoxarife.wire.accounts import Credentials, Registration
from almoxarife.wire.catalog import ProductIn
from tests.clients import till_process
from tests.gui.desk import Api, wait_for
from tests.programs import fork_server

KILLS = 100
SEED = 20261121

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system"),
]


@pytest.fixture
def api(tmp_path):
    with ExitStack() as stack:
        api = Api(stack, tmp_path / "dados")
        api.start()
        yield api


class Unreliable(threading.Thread):
    """Kills the API and starts it again until it is told to stop; then it is up."""

    def __init__(self, api):
        super().__init__()
        self.api = api
        self.dice = random.Random(SEED)
        self.over = threading.Event()
        self.deaths = 0

    def run(self):
        while not self.over.wait(self.dice.uniform(2, 5)):
            self.api.signal(signal.SIGKILL)
            self.deaths += 1
            self.over.wait(self.dice.uniform(0.2, 1.5))
            self.api.start()


@pytest.mark.timeout(300)
def test_a_hundred_deaths_lose_nothing_double_nothing_and_keep_the_order(api, tmp_path):
    folder = tmp_path / "cliente"
    folder.mkdir()
    job = first_job(api, folder)
    context = fork_server()
    dice = random.Random(SEED)
    unreliable = Unreliable(api)
    unreliable.start()
    in_mid_send = 0
    try:
        for number in range(KILLS):
            kill_after(context, replace(job, seed=number), dice.uniform(0.03, 0.38))
            in_mid_send += count(folder, "sent")
    finally:
        unreliable.over.set()
        unreliable.join(60)

    last = context.Process(target=till_process.run, args=(replace(job, registers=False),))
    last.start()
    with closing(Outbox(folder)) as outbox:
        wait_for("the queue to empty", lambda: not outbox.waiting())
    last.kill()
    last.join(10)

    confirmed = count(folder, "acked")
    on_server = effects(api)
    print(
        f"\n{KILLS} kills ({in_mid_send} with a row under way), the API died {unreliable.deaths} times: "
        f"{confirmed} entries confirmed, {len(on_server)} on the server, sum {sum(on_server)}"
    )
    noted = len((folder / "notes").read_bytes())
    assert noted - confirmed in {0, 1}, "the last one written down may not have been registered any more"
    assert on_server == list(range(1, confirmed + 1))
    assert sum(on_server) == confirmed * (confirmed + 1) // 2
    assert not (folder / "faults").exists()
    assert in_mid_send > KILLS // 20
    assert unreliable.deaths >= 3


def first_job(api, folder):
    client = ApiClient(api.url)
    client.register(Registration(username="admin", password="1234"))
    answer = client.login(Credentials(username="admin", password="1234"))
    bolts = client.create_product(ProductIn(nome="Parafuso 10mm"), key="parafuso")
    owner = Owner(answer.user.account, answer.user.username, api.url)
    return till_process.Job(folder, owner, answer.token, bolts.id, seed=0)


def kill_after(context, job, seconds):
    till = context.Process(target=till_process.run, args=(job,))
    till.start()
    time.sleep(seconds)  # the moment is the dice's
    assert till.is_alive(), "it ends by being killed only"
    till.kill()
    till.join(10)
    till.close()


def count(folder, state):
    if not (folder / FILE_NAME).exists():
        return 0
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'queue'").fetchone():
            return 0  # killed right after it had made the file
        (rows,) = db.execute("SELECT count(*) FROM queue WHERE state = ?", (state,)).fetchone()
        return rows


def effects(api):
    """In whole units, in the order in which the server recorded them."""
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        return [effect // 10_000 for (effect,) in db.execute("SELECT effect FROM movements ORDER BY seq")]
