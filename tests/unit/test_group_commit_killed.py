"""A process that is killed while it writes has lost nothing that it had acknowledged."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import Databases, rows, wait_for_the_dead
from tests.unit.ledger import make_shop, pieces

PROJECT = Path(__file__).parents[2]

PROGRAM = """
import os, sys
from threading import Thread
from almoxarife.server.store.database import Database
from tests.unit.ledger import receive

database = Database.open(sys.argv[1])

def work():
    while True:
        receive(database)
        os.write(1, b".")  # acknowledged

for _ in range(16):
    Thread(target=work).start()
"""


@pytest.mark.slow
def test_what_was_acknowledged_before_a_kill_is_there(databases: Databases, tmp_path: Path) -> None:
    place = databases.make(tmp_path)
    make_shop(place)
    acknowledged = 0
    for _ in range(3):
        server = subprocess.Popen([sys.executable, "-c", PROGRAM, place], cwd=PROJECT, stdout=subprocess.PIPE)
        assert server.stdout is not None
        acknowledged += len(server.stdout.read(500))
        if sys.platform == "win32":
            server.kill()
        else:
            os.kill(server.pid, signal.SIGKILL)
        acknowledged += len(server.stdout.read())
        server.stdout.close()
        server.wait()
        wait_for_the_dead(place)

    assert acknowledged >= 3 * 500
    # Up to sixteen at each kill were saved and not told; their keys make sending them again safe.
    assert acknowledged <= pieces(place) <= acknowledged + 3 * 16
    # On a server a lost batch leaves a gap in the numbers, and none in the balances.
    balances = [balance for (balance,) in rows(place, "SELECT balance_after FROM movements ORDER BY seq")]
    assert balances == list(range(1, pieces(place) + 1))
    if isinstance(place, Path):
        assert rows(place, "PRAGMA integrity_check") == [("ok",)]
    databases.drop(place)
