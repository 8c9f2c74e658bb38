"""This machine's disk does not finish a COMMIT as long as there is a file; another file tells that one waits."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

HELD = Path(os.environ["HELD"])
WAITING = HELD.with_suffix(".waiting")


class HeldConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        while sql == "COMMIT" and HELD.exists():
            WAITING.touch()
            time.sleep(0.01)
        return super().execute(sql, parameters)


sqlite3.Connection = HeldConnection  # type: ignore[misc]
