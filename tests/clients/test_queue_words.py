"""The queue in words: the bar's line, the page's rows, and what can be discarded."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from almoxarife.clients.desktop.cadastro import queue_words as words
from almoxarife.clients.desktop.cadastro.queue_line import describe_others, describe_queue
from almoxarife.clients.outgoing import Kind, Owner, Row, State
from tests.clients.queue_things import ANA, BRUNO

AT = datetime(2026, 11, 20, 17, 2, tzinfo=UTC)


def row(number, state=State.PENDING, *, owner=ANA, reason=""):
    return Row(
        number=number, key=f"k{number}", owner=owner, kind=Kind.MOVEMENT, path="/inventario", body=b"{}",
        label=f"+{number} Parafuso", state=state, reason=reason, confirmed_at=AT, movement_id=None, is_undone=False,
    )  # fmt: skip


def test_what_was_refused_comes_first_and_what_was_accepted_not_at_all():
    rows = [row(1, State.ACKED), row(2, State.SENT), row(3), row(4, State.REJECTED), row(5), row(6, State.REJECTED)]

    assert [r.number for r in words.in_order(reversed(rows))] == [4, 6, 2, 3, 5]


def test_a_line_says_when_what_how_far_and_why_not():
    refused = words.line_of(row(4, State.REJECTED, reason="O saldo não é suficiente."))
    assert refused.cells == ("20/11/2026 14:02", "+4 Parafuso", "✕ recusado", "O saldo não é suficiente.")
    assert refused.tags == ("refused",)
    assert words.line_of(row(3)).cells[2:] == ("◔ espera o servidor", "")
    sent = words.line_of(row(2, State.SENT, reason="Servidor fora do ar."))
    assert sent.cells[2:] == ("⇡ enviado, sem resposta", "Servidor fora do ar.")
    assert sent.tags == ()


@pytest.mark.parametrize(
    ("states", "title"),
    [
        ([], "Fila de envio  0"),
        ([State.PENDING, State.SENT], "Fila de envio  2"),
        ([State.PENDING, State.REJECTED], "Fila de envio  2 · 1 recusado"),
        ([State.REJECTED] * 2, "Fila de envio  2 · 2 recusados"),
    ],
)
def test_the_title_counts(states, title):
    assert words.counted([row(n, state) for n, state in enumerate(states)]) == title


def test_only_what_certainly_is_not_on_the_server_can_be_discarded():
    assert words.question(row(1)).startswith("Descartar +1 Parafuso?")
    assert words.question(row(1, State.REJECTED)).startswith("Descartar +1 Parafuso?")
    assert words.question(row(1, State.SENT)) == words.question(row(1, State.ACKED)) == ""
    assert "Não dá para descartar" in words.explain(row(1, State.SENT))
    assert words.explain(row(1, State.REJECTED, reason="Não.")) == "+1 Parafuso: Não."
    assert words.explain(row(1)) == "+1 Parafuso: vai assim que o servidor responder."
    assert words.explain(None) == ""


def test_the_bar_tells_whose_password_is_waited_for():
    namesake = Owner("u7 2027-01-02", "ana", "http://10.0.0.5:5000")
    moved = replace(BRUNO, server="http://10.0.0.5:5000")
    waiting = [row(1), row(2, owner=BRUNO), row(3, owner=moved), row(4, owner=namesake)]

    assert describe_queue(waiting[:1], ANA, AT) == ("⇡ fila 1 · último envio 14:02", "Warn")
    assert describe_queue([], ANA, None) == ("⇡ fila 0", "Quiet")
    assert describe_others(waiting, ANA) == (
        "2 de bruno aguardam a senha de bruno · 1 de ana aguarda a senha de ana em 10.0.0.5:5000"
    )
    assert describe_others(waiting, None) == ""
    assert describe_queue(waiting[1:2], ANA, None)[0] == "⇡ fila 1 · 1 de bruno aguarda a senha de bruno"
