"""A process that is killed while it writes has lost nothing that it had acknowledged."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.unit.ledger import make_shop, pieces

PROJECT = Path(__file__).parents[2]

PROGRAM = """
import os, sys
from pathlib import Path
from threading import Thread
from almoxarife.server.database import Database
from tests.unit.ledger import receive

database = Database.open(Path(sys.argv[1]))

def work():
    while True:
        receive(database)
        os.write(1, b".")  # acknowledged

for _ in range(16):
    Thread(target=work).start()
"""


def test_what_was_acknowledged_before_a_kill_is_there(tmp_path: Path) -> None:
    path = tmp_path / "almoxarife.db"
    make_shop(path)
    acknowledged = 0
    for _ in range(3):
        server = subprocess.Popen([sys.executable, "-c", PROGRAM, path], cwd=PROJECT, stdout=subprocess.PIPE)
        assert server.stdout is not None
        acknowledged += len(server.stdout.read(500))
        if sys.platform == "win32":
            server.kill()
        else:
            os.kill(server.pid, signal.SIGKILL)
        acknowledged += len(server.stdout.read())
        server.stdout.close()
        server.wait()

    # Up to sixteen at each kill were saved and not told; their keys make sending them again safe.
    assert acknowledged <= pieces(path) <= acknowledged + 3 * 16
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("SELECT count(*) FROM movements WHERE seq != balance_after").fetchall() == [(0,)]
