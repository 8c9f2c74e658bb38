"""A process that is killed while it writes has lost nothing that it had acknowledged."""

import os
from pathlib import Path

import pytest

from tests.databases import Databases, rows, wait_for_the_dead
from tests.programs import PATIENCE_S, ROOT, start, wait_until
from tests.unit.ledger import make_shop, pieces

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
    program, told = tmp_path / "program.py", tmp_path / "acknowledged"
    program.write_text(PROGRAM)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for times in range(1, 4):
        server = start(program, str(place), env=env, folder=tmp_path, out=told)
        try:
            wait_until(lambda enough=500 * times: told.stat().st_size >= enough, "many are acknowledged")
        finally:
            server.kill()
            server.wait(PATIENCE_S)
        wait_for_the_dead(place)
    acknowledged = told.stat().st_size

    assert acknowledged >= 3 * 500
    # Up to sixteen at each kill were saved and not told; their keys make sending them again safe.
    assert acknowledged <= pieces(place) <= acknowledged + 3 * 16
    # On a server a lost batch leaves a gap in the numbers, and none in the balances.
    balances = [balance for (balance,) in rows(place, "SELECT balance_after FROM movements ORDER BY seq")]
    assert balances == list(range(1, pieces(place) + 1))
    if isinstance(place, Path):
        assert rows(place, "PRAGMA integrity_check") == [("ok",)]
    databases.drop(place)
