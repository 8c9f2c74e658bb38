"""The queue in words: the page's rows, and what can be discarded."""

from datetime import UTC, datetime

import pytest

from almoxarife.clients.desktop.cadastro.sending import words
from almoxarife.clients.queue.outgoing import Kind, QueuedRow, State
from tests.clients.queue_things import ANA

AT = datetime(2026, 11, 20, 17, 2, tzinfo=UTC)


def row(number, state=State.PENDING, *, reason=""):
    return QueuedRow(
        number=number, key=f"k{number}", owner=ANA, kind=Kind.MOVEMENT, path="/inventario", body=b"{}",
        label=f"+{number} Parafuso", state=state, reason=reason, confirmed_at=AT, recorded_id=None, is_undone=False,
    )  # fmt: skip


def test_what_was_refused_comes_first_and_what_was_accepted_not_at_all():
    rows = [row(1, State.ACKED), row(2, State.SENT), row(3), row(4, State.REJECTED), row(5), row(6, State.REJECTED)]

    assert [r.number for r in words.in_order(reversed(rows))] == [4, 6, 2, 3, 5]


def test_a_line_says_when_what_how_far_and_why_not():
    refused = words.list_row(row(4, State.REJECTED, reason="O saldo não é suficiente."))
    assert refused.cells == ("20/11/2026 14:02", "+4 Parafuso", "✕ recusado", "O saldo não é suficiente.")
    assert refused.tags == ("refused",)
    assert words.list_row(row(3)).cells[2:] == ("◔ espera o servidor", "")
    sent = words.list_row(row(2, State.SENT, reason="Servidor fora do ar."))
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
def test_the_title_counts_waiting_and_refused_rows(states, title):
    assert words.counted([row(n, state) for n, state in enumerate(states)]) == title


def test_only_what_certainly_is_not_on_the_server_can_be_discarded():
    assert words.question(row(1)).startswith("Descartar +1 Parafuso?")
    assert words.question(row(1, State.REJECTED)).startswith("Descartar +1 Parafuso?")
    assert words.question(row(1, State.SENT)) == words.question(row(1, State.ACKED)) == ""
    assert "Não dá para descartar" in words.explain(row(1, State.SENT))
    assert words.explain(row(1, State.REJECTED, reason="Não.")) == "+1 Parafuso: Não."
    assert words.explain(row(1)) == "+1 Parafuso: vai assim que o servidor responder."
    waiting = words.explain(row(1, reason="O banco de dados não responde agora."))
    assert waiting == "+1 Parafuso: vai assim que o servidor responder. O banco de dados não responde agora."
    assert words.explain(None) == ""
