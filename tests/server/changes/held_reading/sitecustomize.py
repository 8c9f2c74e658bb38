"""This machine's database answers no request as long as there is a folder; two threads ask it, and four may wait.

A file in the folder tells of each thread that waits, one beside it of each client that is known to have gone.
"""

import os
import time
from itertools import count
from pathlib import Path
from threading import current_thread
from typing import Any

from almoxarife.server.intake import pool
from almoxarife.server.intake.connections import Exchange
from almoxarife.server.store.database import Database
from almoxarife.server.store.waiting import may_wait

HELD = Path(os.environ["HELD"])
pool.THREADS, pool.QUEUED, pool.FOR_TOKENS = 2, 4, 4
read, notice, numbers = Database.reading, Exchange._disconnected, count()


def wait_and_read(database: Database) -> Any:
    may_wait()
    thread = current_thread().name
    if thread.startswith("request") and HELD.exists():
        (HELD / thread).touch()  # once: the folder may go between two looks
        while HELD.exists():
            time.sleep(0.01)
    return read(database)


def notice_and_tell(exchange: Exchange) -> None:
    notice(exchange)
    HELD.with_suffix(f".{next(numbers)}").touch()


Database.reading = wait_and_read  # type: ignore[method-assign]
Exchange._disconnected = notice_and_tell  # type: ignore[method-assign]
