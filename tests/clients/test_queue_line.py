"""What waits, in one line, and whose it is."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import time_machine

from almoxarife.clients.desktop.cadastro.sending.status_text import describe_others, describe_queue
from almoxarife.clients.queue.outgoing import Kind, Owner, QueuedRow, State

ANA = Owner("u1 2026-11-20", "ana", "http://127.0.0.1:5000")
MARIA = Owner("u2 2026-11-20", "maria", "http://10.0.0.2:5000")
NOON = datetime(2026, 11, 20, 15, 2, tzinfo=UTC)
ROW = QueuedRow(
    1, "k", ANA, Kind.MOVEMENT, "/inventario", b"", "+1 Café", State.PENDING, "", NOON, None, is_undone=False
)


def test_the_queue_of_the_person_who_is_here():
    assert describe_queue(Counter(), ANA, None) == ("⇡ fila 0", "Quiet")
    assert describe_queue(Counter({ANA: 2}), ANA, NOON) == ("⇡ fila 2 · último envio 20/11 12:02", "Warn")
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert describe_queue(Counter({ANA: 2}), ANA, NOON) == ("⇡ fila 2 · último envio 12:02", "Warn")


def test_what_waits_for_somebody_elses_password():
    both = Counter({ANA: 1, MARIA: 1})
    assert describe_queue(both, ANA, None)[0] == "⇡ fila 2 · 1 de maria aguarda a senha de maria"
    assert "2 de maria aguardam a senha de maria" in describe_queue(Counter({MARIA: 2}), ANA, None)[0]
    assert describe_queue(Counter({MARIA: 1}), None, None) == ("⇡ fila 1", "Warn")


def test_a_namesake_on_another_server_is_told_apart():
    namesake = Owner("u1 2027-01-02", "ana", "http://10.0.0.5:5000")

    assert describe_others(Counter({ANA: 3, MARIA: 2, namesake: 1}), ANA) == (
        "2 de maria aguardam a senha de maria · 1 de ana aguarda a senha de ana em 10.0.0.5:5000"
    )
