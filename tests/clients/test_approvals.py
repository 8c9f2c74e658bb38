"""Who waits for approval is told of once, to whoever can approve."""

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.cadastro.users.approvals import EVERY_MS, Approvals, sentence
from almoxarife.wire.accounts import AccountState
from tests.clients.queue_things import InOrder
from tests.clients.test_people import person


class Office:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.background = InOrder()
        self.may_approve = True
        self.waiting = []
        self.told = []
        server_call = ServerCall("k", background=self.background, api=lambda: self, session_over=lambda error: True)
        self.approvals = Approvals(scheduler, server_call, may_approve=lambda: self.may_approve, tell=self.told.append)

    def users(self, state):
        assert state is AccountState.PENDING
        if isinstance(self.waiting, ApiError):
            raise self.waiting
        return [person(name, state=state) for name in self.waiting]

    def minute(self, *waiting):
        self.waiting = list(waiting)
        self.scheduler.advance(EVERY_MS)
        self.background.answer_all()


@pytest.fixture
def office(scheduler):
    return Office(scheduler)


def test_each_is_told_of_once_and_again_to_the_next_administrador(office):
    office.waiting = ["ana"]
    office.approvals.logged_in()
    office.background.answer_all()
    office.minute("ana")
    office.minute("ana", "bruno")
    assert office.told == ["ana espera a sua aprovação.", "bruno espera a sua aprovação."]

    office.approvals.logged_in()
    office.background.answer_all()
    assert office.told[2:] == ["ana e bruno esperam a sua aprovação."]


def test_nobody_else_is_asked_or_told(office):
    office.may_approve = False
    office.approvals.logged_in()
    office.scheduler.advance(EVERY_MS)
    assert office.background.calls == []

    office.may_approve = True
    office.waiting = ["ana"]
    office.approvals.logged_in()
    office.may_approve = False  # logged out while the question was under way
    office.background.answer_all()
    assert office.told == []


def test_a_server_that_is_away_is_asked_again(office):
    office.waiting = ApiError("Servidor fora do ar.")
    office.approvals.logged_in()
    office.background.answer_all()
    office.minute("ana")

    assert office.told == ["ana espera a sua aprovação."]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["ana"], "ana espera a sua aprovação."),
        (["ana", "bruno"], "ana e bruno esperam a sua aprovação."),
        (["ana", "bruno", "davi"], "ana e mais 2 esperam a sua aprovação."),
    ],
)
def test_the_sentence_names_who_waits(names, words):
    assert sentence(names) == words
