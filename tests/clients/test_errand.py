"""A page's question is asked again after the login that it had to wait for, once, and never for whoever has left."""

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from tests.clients.queue_things import SESSION_OVER, InOrder


class Asker:
    def __init__(self):
        self.background = InOrder()
        self.asks_for_password = True
        self.outcomes = []
        self.heard = []
        self.server_call = ServerCall(
            "k", background=self.background, api=lambda: "api", session_over=lambda error: self.asks_for_password
        )

    def ask(self, *outcomes):
        self.outcomes = list(outcomes)
        self.server_call.ask(self.call, then=self.heard.append, failed=self.heard.append)

    def call(self, api):
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, ApiError):
            raise outcome
        return f"{outcome} from {api}"


@pytest.fixture
def asker():
    return Asker()


def test_an_answer_and_a_refusal_are_heard(asker):
    asker.ask("people")
    asker.background.answer()
    refusal = ApiError("Não.", status=409)
    asker.ask(refusal)
    asker.background.answer()

    assert asker.heard == ["people from api", refusal]


def test_a_session_that_ended_is_waited_for_and_the_question_asked_again_once(asker):
    asker.ask(SESSION_OVER, "people")
    asker.background.answer()
    assert asker.background.calls == asker.heard == []

    asker.server_call.logged_in()
    asker.server_call.logged_in()
    assert len(asker.background.calls) == 1
    asker.background.answer()
    asker.server_call.logged_in()
    assert asker.heard == ["people from api"]
    assert asker.background.calls == []


def test_a_late_401_of_an_older_login_is_asked_again_at_once(asker):
    asker.asks_for_password = False
    asker.ask(SESSION_OVER, "people")
    asker.background.answer()
    asker.background.answer()

    assert asker.heard == ["people from api"]


def test_a_newer_question_takes_the_place_of_the_one_that_waits(asker):
    asker.ask(SESSION_OVER)
    asker.background.answer()
    asker.ask("people")
    asker.server_call.logged_in()

    assert len(asker.background.calls) == 1


def test_whoever_left_hears_nothing(asker):
    asker.ask(SESSION_OVER)
    asker.background.answer()
    asker.server_call.forget()
    asker.server_call.logged_in()

    assert asker.background.calls == []
    assert asker.background.forgotten == ["k"]
