"""The long steps of an import, each with a way out that leaves nothing behind."""

import json

import pytest

from almoxarife.clients.desktop.cadastro.importing import tasks as import_work
from almoxarife.clients.desktop.cadastro.importing.tasks import ImportTask
from almoxarife.tables.reader import Cancelled, Table, TableRow
from tests.clients.conftest import Reply

REPORT = {
    "gravado": False, "novos": 1, "alterados": 0, "iguais": 0, "recusados": 0,
    "linhas": [{"linha": 1, "resultado": "novo"}],
}  # fmt: skip
TABLE = Table(("Produto", "Preço"), (TableRow(2, ("Café", "1,00")), TableRow(3, ("Chá", "caro"))))
COLUMNS = {"nome": 0, "preco": 1}


def check(work, client):
    return import_work.check(work, client, TABLE, COLUMNS, decimal_point=False)


def test_a_check_asks_for_what_can_be_asked_and_tells_all(client, server):
    server.next = Reply(body=REPORT)

    verdict = check(ImportTask("Conferindo…"), client)

    assert (verdict.new, len(verdict.refused)) == (1, 1)
    (seen,) = server.seen
    assert (seen.method, seen.path) == ("POST", "/produtos/importar?simular=1")
    assert seen.json == [{"nome": "Café", "preco": "1.00"}]
    assert "Idempotency-Key" not in seen.headers


def test_the_shops_own_units_are_known_by_their_names(client, server):
    units = Reply(body=[{"sigla": "BD", "nome": "Balde", "decimais": False}])
    server.next = lambda seen: units if seen.path == "/unidades" else Reply(body=REPORT)
    table = Table(("Produto", "Un", "Estoque"), (TableRow(2, ("Cal", "baldes", "3 baldes")),))
    columns = {"nome": 0, "unidade": 1, "saldo_inicial": 2}

    import_work.check(ImportTask("Conferindo…"), client, table, columns, decimal_point=False)

    assert [seen.path.partition("?")[0] for seen in server.seen] == ["/unidades", "/produtos/importar"]
    assert server.seen[1].json == [{"nome": "Cal", "unidade": "BD", "saldo_inicial": 3}]


def test_where_no_row_can_be_read_nobody_is_asked(client, server):
    table = Table(("Produto", "Preço"), (TableRow(2, ("Café", "caro")),))

    verdict = import_work.check(ImportTask("Conferindo…"), client, table, COLUMNS, decimal_point=False)

    assert (verdict.writes, len(verdict.refused)) == (0, 1)
    assert server.seen == []


def test_writing_sends_the_rows_under_their_key(client, server):
    server.next = Reply(body={**REPORT, "gravado": True})

    report = import_work.write(ImportTask("Gravando…"), client, [{"nome": "Café"}], "k1")

    assert report.written
    (seen,) = server.seen
    assert (seen.path, seen.headers["Idempotency-Key"]) == ("/produtos/importar", "k1")
    assert json.loads(seen.body) == [{"nome": "Café"}]


def test_what_is_cancelled_before_it_goes_is_never_sent(client, server):
    work = ImportTask("Gravando…")
    assert work.cancel()

    assert import_work.write(work, client, [{"nome": "Café"}], "k1") is None
    assert check(work, client) is None
    assert server.seen == []


def test_after_the_last_byte_what_is_written_cannot_be_cancelled():
    work = ImportTask("Gravando…", writes=True)
    upload = work.send(b"[]")
    upload.read(1)
    assert not work.has_server_all
    upload.read()

    assert work.has_server_all
    assert not work.cancel()
    assert not work.can_stop
    work.advance(1.0)


def test_what_the_server_knows_by_a_key_can_be_called_off_there_once():
    work = ImportTask("Gravando…", writes=True, key="k1")
    work.send(b"[]").read()

    assert not work.cancel()
    assert work.can_stop
    work.is_cancellation_sent = True
    assert not work.can_stop
    assert work.sentence == "Cancelando… se o servidor já tiver gravado, a importação é desfeita."


def test_a_check_can_be_abandoned_at_any_time():
    work = ImportTask("Conferindo…")
    work.send(b"[]").read()

    assert not work.has_server_all
    assert work.cancel()


def test_reading_is_cancelled_between_two_rows(tmp_path):
    file = tmp_path / "lista.csv"
    file.write_text("Produto;Preço\n" + "Café;1,00\n" * 1000, encoding="utf-8")
    assert len(import_work.read(ImportTask("Lendo…"), file).rows) == 1000

    work = ImportTask("Lendo…")
    work.cancel()
    assert import_work.read(work, file) is None
    with pytest.raises(Cancelled):
        work.advance(0.5)


def test_how_far_it_got_is_told_until_the_server_works():
    now = [10.0]
    work = ImportTask("Gravando…", writes=True, clock=lambda: now[0])
    work.advance(0.45)
    assert work.sentence == "Gravando… 45 %"

    upload = work.send(b"x" * 200)
    upload.read(50)
    assert (work.percent, work.sentence) == (25, "Gravando… 25 %")
    upload.read(150)
    now[0] = 13.9
    assert work.percent is None
    assert work.sentence == "Gravando… 3 s · o servidor já recebeu tudo."
