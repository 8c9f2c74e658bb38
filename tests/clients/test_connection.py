import pytest

from almoxarife.clients.api.errors import FOREIGN_RESPONSE, ApiError
from almoxarife.clients.desktop.frame.background import BackOff
from almoxarife.clients.desktop.frame.connection import Heartbeat


class Heart:
    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.asked_at = []
        self.shown = []
        self.heartbeat = Heartbeat(
            scheduler,
            ask=lambda: self.asked_at.append(scheduler.now_ms / 1000),
            show=lambda state: self.shown.append(state.sentence),
            interval_s=5,
            back_off=BackOff(spread=lambda low, high: 1.0),
            clock=scheduler.clock,
        )


@pytest.fixture
def heart(scheduler):
    return Heart(scheduler)


AWAY = ApiError("Servidor fora do ar.")


def test_the_next_question_waits_for_the_answer_to_the_last(heart, scheduler):
    heart.heartbeat.ask_now()
    scheduler.advance(60_000)
    assert heart.asked_at == [0]

    heart.heartbeat.answered()
    scheduler.advance(4_999)
    assert heart.asked_at == [0]
    scheduler.advance(1)
    assert heart.asked_at == [0, 65]


def test_a_server_that_is_away_is_asked_ever_more_rarely_with_a_countdown(heart, scheduler):
    for pause_s in (5, 10, 20, 40, 60, 60):
        heart.heartbeat.ask_now() if not heart.asked_at else None
        before = len(heart.asked_at)
        heart.heartbeat.failed(AWAY)
        scheduler.advance(pause_s * 1000 - 1)
        assert len(heart.asked_at) == before
        scheduler.advance(1)
        assert len(heart.asked_at) == before + 1

    assert "Reconectando em 5 s" in heart.shown
    assert "Reconectando em 8 s (tentativa 2)" in heart.shown
    assert "Reconectando… (tentativa 2)" in heart.shown
    heart.heartbeat.answered()
    assert heart.shown[-1] == "Conectado"
    heart.heartbeat.ask_now()
    heart.heartbeat.failed(AWAY)
    assert heart.shown[-1] == "Reconectando em 5 s"


def test_what_is_not_our_server_is_named_beside_the_countdown(heart):
    heart.heartbeat.ask_now()
    heart.heartbeat.failed(ApiError("Quem respondeu não é o servidor.", code=FOREIGN_RESPONSE))

    assert heart.shown[-1] == "Reconectando em 5 s"
    assert heart.heartbeat.state.reason == "Quem respondeu não é o servidor."
    heart.heartbeat.ask_now()
    assert heart.heartbeat.state.reason == "Quem respondeu não é o servidor."
    heart.heartbeat.answered()
    assert heart.heartbeat.state.reason == ""


def test_the_server_may_ask_for_more_time(heart, scheduler):
    heart.heartbeat.ask_now()
    heart.heartbeat.failed(ApiError("Agora não.", status=503, retry_after_s=30))
    scheduler.advance(29_999)
    assert heart.asked_at == [0]
    scheduler.advance(1)
    assert heart.asked_at == [0, 30]


def test_somebody_may_ask_at_once_and_then_it_is_asked_once_more(heart, scheduler):
    heart.heartbeat.ask_now()
    heart.heartbeat.failed(AWAY)
    heart.heartbeat.ask_now()
    heart.heartbeat.ask_now()
    assert len(heart.asked_at) == 2

    heart.heartbeat.answered()
    assert len(heart.asked_at) == 3, "asked for while a question was under way"
    heart.heartbeat.answered()
    assert len(heart.asked_at) == 3


def test_a_slow_answer_is_said_to_be_slow(heart, scheduler):
    heart.heartbeat.ask_now()
    heart.heartbeat.answered()
    scheduler.advance(5_000)
    scheduler.advance(1_400)
    assert heart.shown[-1] == "Conectado"
    scheduler.advance(200)
    assert heart.shown[-1] == "O servidor está demorando…"
    assert heart.heartbeat.is_online
    heart.heartbeat.answered()
    assert heart.shown[-1] == "Conectado"


def test_a_pause_ends_only_when_somebody_asks(heart, scheduler):
    heart.heartbeat.ask_now()
    heart.heartbeat.pause()
    scheduler.advance(600_000)
    assert heart.asked_at == [0]
    assert heart.shown[-1] == "Sessão encerrada"

    heart.heartbeat.ask_now()
    assert len(heart.asked_at) == 2
