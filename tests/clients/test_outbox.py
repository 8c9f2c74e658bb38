"""The queue on disk: states, order, ownership, refusals, pruning, damage and two programs at once."""

import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.delivery import Delivery, deliver_next
from almoxarife.clients.queue.outgoing import Owner, State, of_closing, of_reversal
from almoxarife.clients.queue.store import FILE_NAME, KEPT, NotWritten, Outbox, OutboxFailed
from almoxarife.files import try_lock
from almoxarife.server.errors import KeyInProgress, StoreUnavailable, WriteFailed
from tests.clients.queue_things import ANA, AWAY, BRUNO, LONG_AGO, SESSION_OVER, URL, Server, entry, states


@pytest.fixture
def outbox(tmp_path):
    outbox = Outbox(tmp_path)
    yield outbox
    outbox.close()


@pytest.fixture
def server():
    return Server()


def again(outbox, folder):
    """As after a crash: nothing but the file is left."""
    outbox.close()
    return closing(Outbox(folder))


def test_what_was_put_is_there_for_the_next_program(outbox, tmp_path):
    key = outbox.put(entry(5), ANA)

    with again(outbox, tmp_path) as found:
        (row,) = found.waiting()
        assert (row.key, row.owner, row.state, row.label) == (key, ANA, State.PENDING, "+5")
        assert row.body == entry(5).body


def test_after_a_crash_what_was_sent_is_sent_again_with_the_same_key_and_bytes(outbox, tmp_path, server):
    outbox.put(entry(5), ANA)
    outbox.put(entry(6), ANA)
    first = outbox.take(ANA)
    assert states(outbox) == [("+5", State.SENT), ("+6", State.PENDING)]

    with again(outbox, tmp_path) as found:
        assert deliver_next(found, server, ANA) is Delivery.ACKED
        assert server.sent == [(first.path, first.body, first.key)]
        assert states(found) == [("+5", State.ACKED), ("+6", State.PENDING)]


@pytest.mark.parametrize("status", [None, 408, 425, 429, 500, 502, 503, 504])
def test_what_is_worth_repeating_stays_first_with_its_key(outbox, server, status):
    for quantity in (1, 2):
        outbox.put(entry(quantity), ANA)
    for _ in range(3):
        server.outcomes = [ApiError("Agora não.", status=status)]
        with pytest.raises(ApiError):
            deliver_next(outbox, server, ANA)
        assert [row.reason for row in outbox.waiting()] == ["Agora não.", ""]
    while deliver_next(outbox, server, ANA) is Delivery.ACKED:
        pass

    assert server.bodies == [entry(1).body] * 4 + [entry(2).body]
    assert len({key for _, body, key in server.sent if body == entry(1).body}) == 1


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (StoreUnavailable.message, "O banco de dados não responde agora."),
        (WriteFailed.message, "Não foi possível gravar agora."),
        (KeyInProgress.message, KeyInProgress.message),
        ("Quem respondeu em 10.0.0.5:80 não é o servidor. Confira o endereço e a rede.", None),
        (
            "São tentativas demais vindas deste endereço. Espere alguns segundos e tente de novo.",
            "São tentativas demais vindas deste endereço.",
        ),
        ("Tente de novo.", None),
    ],
)
def test_nobody_is_told_to_do_again_what_waits_and_goes_by_itself(outbox, server, message, kept):
    outbox.put(entry(1), ANA)
    server.outcomes = [ApiError(message, status=429)]
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)

    assert [row.reason for row in outbox.waiting()] == [kept or message]


def test_what_was_sent_while_a_temporary_password_waits_to_be_replaced_is_not_refused(outbox, server):
    outbox.put(entry(1), ANA)
    server.outcomes = [ApiError("Troque a senha temporária.", status=403, code="troca-de-senha-obrigatoria")]
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)

    assert states(outbox) == [("+1", State.SENT)]
    assert deliver_next(outbox, server, ANA) is Delivery.ACKED


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refusal_is_kept_with_its_reason_and_blocks_nothing(outbox, tmp_path, server, status):
    outbox.put(entry(1), ANA)
    outbox.put(entry(2), ANA)
    server.outcomes = [ApiError("O saldo não é suficiente.", status=status)]
    assert deliver_next(outbox, server, ANA) is Delivery.REJECTED
    assert deliver_next(outbox, server, ANA) is Delivery.ACKED

    with again(outbox, tmp_path) as found:
        refused = found.shown_to(ANA, since=datetime.now(UTC) + timedelta(days=1))
        assert [(row.label, row.reason) for row in refused] == [("+1", "O saldo não é suficiente.")]
        assert deliver_next(found, server, ANA) is Delivery.NOTHING
        found.discard(refused[0])
        assert states(found) == [("+2", State.ACKED)]


def test_a_refused_one_is_sent_once_more_under_its_key_and_before_what_came_later(outbox, server):
    first = outbox.put(entry(1), ANA)
    server.outcomes = [ApiError("O produto “Café” está desativado.", status=409)]
    assert deliver_next(outbox, server, ANA) is Delivery.REJECTED
    outbox.put(entry(2), ANA)
    (refused,) = [row for row in outbox.shown_to(ANA, since=LONG_AGO) if row.state is State.REJECTED]

    outbox.repeat(refused)
    while deliver_next(outbox, server, ANA) is Delivery.ACKED:
        pass
    outbox.repeat(refused)  # the server has it: a second press sends nothing

    assert deliver_next(outbox, server, ANA) is Delivery.NOTHING
    assert [key == first for _, _, key in server.sent] == [True, True, False]
    assert states(outbox) == [("+1", State.ACKED), ("+2", State.ACKED)]


def test_a_401_waits_for_the_password(outbox, server):
    outbox.put(entry(1), ANA)
    server.outcomes = [SESSION_OVER]
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)

    assert states(outbox) == [("+1", State.SENT)]
    assert deliver_next(outbox, server, ANA) is Delivery.ACKED


def test_a_row_goes_out_under_its_owners_login_only(outbox, server):
    outbox.put(entry(1), ANA)
    outbox.put(entry(2), BRUNO)
    server.owner = BRUNO

    assert deliver_next(outbox, server, BRUNO) is Delivery.ACKED
    assert deliver_next(outbox, server, BRUNO) is Delivery.NOTHING
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)
    assert server.bodies == [entry(2).body]
    assert [row.owner for row in outbox.waiting()] == [ANA]
    assert [row.label for row in outbox.shown_to(BRUNO, since=LONG_AGO)] == ["+2"]


def test_the_same_number_on_a_server_set_up_anew_is_somebody_else(outbox, server):
    outbox.put(entry(1), ANA)
    server.owner = Owner("u1 2027-01-02", "ana", URL)

    assert deliver_next(outbox, server, server.owner) is Delivery.NOTHING
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)
    assert server.sent == []
    assert states(outbox) == [("+1", State.PENDING)]


def test_a_server_that_has_moved_is_the_same_one(outbox, server):
    outbox.put(entry(1), ANA)
    moved = replace(ANA, server="http://10.0.0.5:5000")

    assert deliver_next(outbox, server, moved) is Delivery.ACKED
    assert server.bodies == [entry(1).body]


def test_only_what_never_left_can_be_withdrawn(outbox, server):
    for quantity in (1, 2):
        outbox.put(entry(quantity), ANA)
    first, second = outbox.waiting()
    server.outcomes = [AWAY]
    with pytest.raises(ApiError):
        deliver_next(outbox, server, ANA)

    assert not outbox.withdraw(first)
    assert outbox.withdraw(second)
    assert not outbox.withdraw(second)
    outbox.discard(first)
    assert [row.label for row in outbox.waiting()] == ["+1"], "only what was refused is discarded"


def test_what_is_withdrawn_between_reading_and_sending_is_passed_over(outbox, monkeypatch):
    for quantity in (1, 2):
        outbox.put(entry(quantity), ANA)
    first, _ = outbox.waiting()
    read = outbox._rows

    def read_slowly(*query):
        found = read(*query)
        outbox.withdraw(first)
        return found

    monkeypatch.setattr(outbox, "_rows", read_slowly)
    assert outbox.take(ANA).label == "+2"


def test_a_reversal_takes_back_a_sent_row_unless_it_is_refused(outbox, server):
    outbox.put(entry(5), ANA)
    deliver_next(outbox, server, ANA)
    (sent,) = outbox.shown_to(ANA, since=LONG_AGO)
    outbox.put(of_reversal(sent, "engano"), ANA)
    assert outbox.shown_to(ANA, since=LONG_AGO)[0].is_undone
    server.outcomes = [ApiError("Já foi estornado.", status=409)]
    deliver_next(outbox, server, ANA)

    assert server.sent[1][:2] == (f"/inventario/{sent.recorded_id}/estorno", b'{"motivo":"engano"}')
    assert not outbox.shown_to(ANA, since=LONG_AGO)[0].is_undone
    with pytest.raises(ValueError, match="has recorded nothing"):
        of_reversal(outbox.shown_to(ANA, since=LONG_AGO)[1], "engano")


def test_a_closing_window_is_queued_in_its_place_but_nobodys_worry(outbox, server):
    outbox.put(entry(1), ANA)
    outbox.put(of_closing(), ANA)
    outbox.put(entry(2), replace(BRUNO, server="http://10.0.0.5:5000"))
    assert [row.label for row in outbox.waiting()] == ["+1", "+2"]
    assert outbox.count_waiting() == Counter({ANA: 1, BRUNO: 1})
    while deliver_next(outbox, server, ANA) is Delivery.ACKED:
        pass

    assert [path for path, _, _ in server.sent] == ["/inventario", "/historico/eventos"]
    assert states(outbox) == [("+1", State.ACKED)]


def test_a_closing_window_that_is_refused_is_said_and_can_be_discarded(outbox, server):
    outbox.put(of_closing(), ANA)
    assert outbox.shown_to(ANA, since=LONG_AGO) == []
    server.outcomes = [ApiError("Não.", status=400)]
    deliver_next(outbox, server, ANA)

    (refused,) = outbox.shown_to(ANA, since=LONG_AGO)
    assert (refused.label, refused.state) == ("Fechar janelas", State.REJECTED)
    outbox.discard(refused)
    assert outbox.shown_to(ANA, since=LONG_AGO) == []


def test_acked_rows_go_after_35_days_and_no_others(outbox, tmp_path, server):
    for quantity in (1, 2, 3, 4):
        outbox.put(entry(quantity), ANA)
    server.outcomes = [None, None, ApiError("Não.", status=409)]
    for _ in range(3):
        deliver_next(outbox, server, ANA)
    outbox.close()
    old, young = datetime.now(UTC) - KEPT - timedelta(minutes=1), datetime.now(UTC) - KEPT + timedelta(minutes=1)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as db:
        db.execute("UPDATE queue SET confirmed_at = ?", (old.isoformat(timespec="microseconds"),))
        for label, at in (("+1", old), ("+2", young)):
            at_text = at.isoformat(timespec="microseconds")
            db.execute("UPDATE queue SET acked_at = ? WHERE label = ?", (at_text, label))

    with closing(Outbox(tmp_path)) as found:
        assert states(found) == [("+2", State.ACKED), ("+3", State.REJECTED), ("+4", State.PENDING)]
        found._db.execute("UPDATE queue SET acked_at = ? WHERE label = '+2'", (old.isoformat(timespec="microseconds"),))
        deliver_next(found, server, ANA)
        assert states(found) == [("+3", State.REJECTED), ("+4", State.ACKED)], "also in a window that is never closed"


def test_a_row_is_kept_for_five_weeks():
    assert timedelta(days=35) == KEPT


@pytest.mark.parametrize("damage", [b"not a database at all" * 100, "middle", "stranger"])
def test_a_damaged_file_is_put_aside_and_the_work_goes_on(outbox, tmp_path, damage):
    for quantity in range(1, 200):
        outbox.put(entry(quantity), ANA)
    outbox.close()
    file = tmp_path / FILE_NAME
    whole = file.read_bytes()
    if damage == "stranger":
        file.unlink()
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA user_version = 99")
    else:
        file.write_bytes(damage if isinstance(damage, bytes) else whole[:5000] + b"\xff" * 9000 + whole[14000:])
    damaged = file.read_bytes()

    with closing(Outbox(tmp_path)) as found:
        assert found.put_aside is not None
        assert found.put_aside.name.startswith("fila.danificada-")
        assert found.put_aside.read_bytes() == damaged
        assert found.waiting() == []
        found.put(entry(1), ANA)
        assert states(found) == [("+1", State.PENDING)]


ODD = {
    "kind": ["estorno?", "", b"movement"],
    "path": ["inventario", "@outro.example/", "", b"/inventario", "/in\nventario", "/ção"],
    "confirmed_at": ["ontem", "", "2026-11-20T14:03:02", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"],
    "body": ["text"],
    "label": [b"\xff", "\ud800"],
    "key": ["ção", "a\nb", b"x"],
    "account": [b"u1"],
    "movement_id": [b"m1"],
}


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in ODD.items() for value in values])
def test_a_row_that_nothing_can_be_made_of_is_put_aside_and_the_others_go_on(outbox, tmp_path, server, column, value):
    for quantity in (1, 2, 3):
        outbox.put(entry(quantity), ANA)
    outbox.close()
    stored = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    kind = "TEXT" if isinstance(value, str) else "BLOB"
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as db:
        db.execute(f"UPDATE queue SET {column} = CAST(? AS {kind}) WHERE number = 2", (stored,))

    with closing(Outbox(tmp_path)) as found:
        assert [row.label for row in found.waiting()] == ["+1", "+3"]
        assert found.count_waiting() == Counter({ANA: 2})
        assert found.sum_up(ANA) == (2, False)
        assert found.put_aside is not None
        with closing(sqlite3.connect(found.put_aside)) as db:
            db.text_factory = bytes
            ((kept, quantity),) = db.execute(f"SELECT CAST({column} AS BLOB), number FROM queue").fetchall()
        assert (kept, quantity) == (stored, 2)
        while deliver_next(found, server, ANA) is Delivery.ACKED:
            pass
        assert server.bodies == [entry(1).body, entry(3).body]
    with closing(Outbox(tmp_path)) as found:
        assert found.put_aside is None


def test_a_row_that_went_bad_while_the_program_runs_is_passed_over(outbox, tmp_path):
    for quantity in (1, 2):
        outbox.put(entry(quantity), ANA)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as db:
        db.execute("UPDATE queue SET kind = '?' WHERE number = 1")

    assert [row.label for row in outbox.waiting()] == ["+2"]


def test_a_file_that_cannot_be_opened_is_left_alone_and_said(tmp_path):
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(OutboxFailed, match="Não foi possível usar"):
        Outbox(tmp_path)
    assert (tmp_path / FILE_NAME).is_dir()


def test_a_program_that_hangs_while_it_opens_the_file_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("almoxarife.clients.queue.store._OPENING_S", 0.05)
    held = try_lock(tmp_path / "fila.abrindo.lock")

    with held, pytest.raises(OutboxFailed, match="Outro programa não solta"):
        Outbox(tmp_path)
    with closing(Outbox(tmp_path)) as found:
        assert found.waiting() == []


def test_on_a_full_disk_nothing_is_claimed(outbox):
    outbox.put(entry(1), ANA)
    (pages,) = outbox._db.execute("PRAGMA page_count").fetchone()
    outbox._db.execute(f"PRAGMA max_page_count = {pages}")

    with suppress(NotWritten):
        for quantity in range(2, 1000):
            outbox.put(entry(quantity), ANA)
    taken = len(outbox.waiting())
    with pytest.raises(NotWritten, match="O disco está cheio: nada foi registrado"):
        outbox.put(entry(1000), ANA)
    assert [row.label for row in outbox.waiting()] == [f"+{n}" for n in range(1, taken + 1)]


def test_the_file_is_written_through_to_the_disk(outbox):
    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_two_programs_on_one_folder_queue_together_and_send_one_at_a_time(outbox, tmp_path, server):
    outbox.put(entry(1), ANA)
    with closing(Outbox(tmp_path)) as second:
        second.put(entry(2), ANA)
        with second.sending_lock() as is_ours:
            assert is_ours
            assert deliver_next(outbox, server, ANA) is Delivery.BUSY
        assert deliver_next(outbox, server, ANA) is Delivery.ACKED
        assert deliver_next(second, server, ANA) is Delivery.ACKED
        assert states(outbox) == states(second)

    assert server.bodies == [entry(1).body, entry(2).body]


def test_a_sender_killed_in_its_turn_gives_it_up(outbox, tmp_path, server):
    outbox.put(entry(1), ANA)
    code = (
        "import sys, pathlib; from almoxarife.clients.queue.store import Outbox\n"
        "from tests.clients.queue_things import ANA; box = Outbox(pathlib.Path(sys.argv[1]))\n"
        "with box.sending_lock() as ours: print(ours, box.take(ANA).label, flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "True +1\n"
        assert deliver_next(outbox, server, ANA) is Delivery.BUSY
        other.kill()
        other.wait(60)

    assert states(outbox) == [("+1", State.SENT)]
    assert deliver_next(outbox, server, ANA) is Delivery.ACKED


def test_many_threads_and_programs_queue_without_losing_any(outbox, tmp_path):
    boxes = [outbox, Outbox(tmp_path), Outbox(tmp_path)]

    def register(box):
        for _ in range(20):
            box.put(entry(1), ANA)

    threads = [threading.Thread(target=register, args=(box,)) for box in boxes for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({row.key for row in outbox.waiting()}) == 120
    for box in boxes[1:]:
        box.close()
