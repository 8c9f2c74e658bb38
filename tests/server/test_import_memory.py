"""Long lists that come together wait for each other, and what each took of the memory is given back."""

import re
import sys
from pathlib import Path

import pytest

from tests.server.crowd import at_once
from tests.server.processes import Answer, Server

if sys.platform != "linux":
    pytest.skip("only Linux tells how much memory another process uses", allow_module_level=True)

ROWS = 6_000
MEGABYTE = 1024 * 1024
LISTS = 3


def memory(server: Server) -> int:
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{server.process.pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


def bring(server: Server, number: int, rows: int) -> Answer:
    """One list at a time is written: who has waited for long is told to come again."""
    products = [{"nome": f"Produto {number}-{row}", "preco": "1.00", "saldo_inicial": 5} for row in range(rows)]
    with server.client() as ana:
        while (answer := ana.post("/produtos/importar", products, Idempotency_Key=f"list-{number}")).status == 503:
            pass
        return answer


def test_three_long_lists_at_once_take_no_more_than_one(server: Server) -> None:
    assert bring(server, LISTS, ROWS).status == 200
    before = memory(server)

    answers = at_once(LISTS, lambda number: bring(server, number, ROWS))

    assert [(answer.status, answer.body["novos"]) for answer in answers] == [(200, ROWS)] * LISTS
    # When all were read at once, and what was freed stayed with the process, they left 98 MiB: 5 KB a row. What grows
    # now, by 16 to 30, are the list of products that tills ask for and the database's pages.
    assert memory(server) - before < 60 * MEGABYTE
