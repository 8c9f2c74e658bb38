"""What waits goes out under the name of who confirmed it: of two who take turns, and after the server has moved."""

import random
import signal
import sqlite3
import threading
from contextlib import ExitStack, closing
from decimal import Decimal

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Owner, of_movement
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.accounts import Credentials, Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.desk import Api, wait_for

NAMES = ("ana", "bruno")
ENTRIES = 40
SEED = 20261125

pytestmark = pytest.mark.slow


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def api(stack, tmp_path):
    api = Api(stack, tmp_path / "dados")
    api.start()
    return api


def test_no_entry_goes_out_under_the_other_name(api, tmp_path):
    people = {name: register(api, name) for name in NAMES}
    product = api.client("ana").create_product(ProductIn(nome="Parafuso 10mm"), key="parafuso")
    dice = random.Random(SEED)
    with closing(Outbox(tmp_path)) as outbox:
        for number in range(1, ENTRIES + 1):
            movement = MovementIn(produto_id=product.id, quantidade=Decimal(number))
            name = dice.choice(NAMES)
            outbox.put(of_movement(movement, name), people[name])
        confirmed = {row.number: row.label for row in outbox.waiting()}
        changing_hands(api, outbox, people, dice)

    assert recorded(api) == confirmed


def test_what_waits_follows_the_server_to_a_new_address(api, stack, tmp_path):
    ana = register(api, "ana")
    product = api.client("ana").create_product(ProductIn(nome="Parafuso 10mm"), key="parafuso")
    api.signal(signal.SIGKILL)
    moved = Api(stack, tmp_path / "dados")
    moved.start()
    with closing(Outbox(tmp_path)) as outbox:
        outbox.put(of_movement(MovementIn(produto_id=product.id, quantidade=Decimal(5)), "+5"), ana)

        assert deliver_next(outbox, moved.client("ana"), ana) is Delivery.ACKED
    assert recorded(moved) == {5: "ana"}


def changing_hands(api, outbox, people, dice):
    """One thread logs in now the one, now the other; two more send for each, whoever is logged in."""
    client = ApiClient(api.url)
    is_over = threading.Event()
    faults = []

    def send(owner):
        while not is_over.is_set():
            try:
                if deliver_next(outbox, client, owner) is Delivery.REJECTED:
                    faults.append(owner)
            except ApiError as error:
                if not (error.is_session_over or error.is_connection_fault):  # what took too long is sent again
                    faults.append(error)

    senders = [threading.Thread(target=send, args=(owner,)) for owner in people.values()]
    for sender in senders:
        sender.start()
    try:
        wait_for("the queue to empty", lambda: change(client, dice) or not outbox.waiting())
    finally:
        is_over.set()
        for sender in senders:
            sender.join()
    assert faults == []


def change(client, dice):
    try:
        client.login(Credentials(username=dice.choice(NAMES), password="1234"))
    except ApiError as error:  # a busy machine may not compare a password within the client's time; then the next may
        if not error.is_connection_fault:
            raise


def register(api, name):
    client = ApiClient(api.url)
    client.register(Registration(username=name, password="1234"))
    person = client.login(Credentials(username=name, password="1234")).user
    return Owner(person.account, person.username, api.url)


def recorded(api):
    """Who recorded each, by its quantity."""
    query = "SELECT effect / 10000, username FROM movements JOIN users ON users.id = movements.recorded_by"
    with closing(sqlite3.connect(f"file:{api.database}?mode=ro", uri=True)) as db:
        return dict(db.execute(query))
