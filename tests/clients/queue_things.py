"""A cast for the tests of the queue: two people, what they confirm, and a server that answers what it is told."""

from datetime import UTC, datetime
from decimal import Decimal

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.outgoing import Owner, of_movement, of_sale
from almoxarife.wire.sales import SaleIn
from almoxarife.wire.stock import MovementIn
from tests.clients.things import movement, sale

URL = "http://127.0.0.1:5000"
ANA = Owner("u1 2026-11-20", "ana", URL)
BRUNO = Owner("u2 2026-11-20", "bruno", URL)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AWAY = ApiError("Servidor fora do ar.")
SESSION_OVER = ApiError("Sua sessão terminou.", status=401)


def entry(quantity):
    return of_movement(MovementIn(produto_id="p1", quantidade=Decimal(quantity)), f"+{quantity}")


def sold(reais):
    return of_sale(SaleIn(valor=Decimal(reais)))


class Server:
    """Records what it is sent; ``outcomes`` are errors to raise first. One person is logged in."""

    base_url = URL

    def __init__(self, owner=ANA):
        self.owner = owner
        self.sent = []
        self.waited_s = []
        self.outcomes = []

    def is_logged_in_as(self, account):
        return account == self.owner.account

    def post_movement_as(self, account, path, body, *, key, timeout_s, waited_s, not_before):
        self._take(account, path, body, key)
        self.waited_s.append(waited_s)
        return movement(len(self.sent))

    def post_event_as(self, account, path, body, *, key, timeout_s):
        self._take(account, path, body, key)

    def post_sale_as(self, account, path, body, *, key, timeout_s, waited_s, not_before):
        self._take(account, path, body, key)
        self.waited_s.append(waited_s)
        return sale(len(self.sent))

    def _take(self, account, path, body, key):
        assert account == self.owner.account
        self.sent.append((path, body, key))
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    @property
    def bodies(self):
        return [body for _, body, _ in self.sent]


class InOrder:
    """A background whose calls run when the test says so."""

    def __init__(self):
        self.calls = []
        self.forgotten = []

    def run(self, call, *, then, failed=None, key=None):
        self.calls.append((call, then, failed))

    def forget(self, key):
        self.forgotten.append(key)

    def answer(self):
        call, then, failed = self.calls.pop(0)
        try:
            result = call()
        except ApiError as error:
            failed(error)
        else:
            then(result)

    def answer_all(self):
        while self.calls:
            self.answer()


def states(outbox, owner=ANA):
    return [(row.label, row.state) for row in outbox.shown_to(owner, since=LONG_AGO)]
