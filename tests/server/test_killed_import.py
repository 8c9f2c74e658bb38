"""``kill -9`` in the middle of an import leaves all of it or nothing, and the same key finishes it once."""

import http.client
import threading

import pytest

from tests.server.processes import Server, almoxarife

ROWS = [{"nome": f"Produto {number}", "preco": "1.00"} for number in range(10_000)]


@pytest.mark.parametrize("after_s", [0.3, 0.9])
def test_an_import_is_whole_or_not_there(server: Server, after_s: float) -> None:
    with server.client() as ana:
        ana.log_in()
        before = len(ana.get("/produtos").body)
        answers = []
        sending = threading.Thread(target=lambda: answers.append(try_to_import(ana)))
        killing = threading.Timer(after_s, lambda: server.kill(group=True))
        sending.start()
        killing.start()
        sending.join()
        killing.join()
    server.start()
    with server.client() as ana:
        ana.log_in()
        kept = len(ana.get("/produtos").body) - before
        assert kept in {0, len(ROWS)}
        assert kept == len(ROWS) or answers == [None]

        report = ana.post("/produtos/importar", ROWS, Idempotency_Key="whole").body
        assert (report["gravado"], report["novos"]) == (True, len(ROWS))
        assert len(ana.get("/produtos").body) - before == len(ROWS)
    assert "0 diferenças" in almoxarife("check", data=server.data).stdout


def try_to_import(ana):
    """What was answered, None when nothing was."""
    try:
        return ana.post("/produtos/importar", ROWS, Idempotency_Key="whole").body
    except (OSError, http.client.HTTPException):
        return None
