"""This machine's disk takes its time for each COMMIT; each is noted as one byte in a file."""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

COMMITS = Path(os.environ["COMMITS"])


class SlowConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT":
            time.sleep(0.1)
            with COMMITS.open("ab") as file:
                file.write(b".")
        return super().execute(sql, parameters)


sqlite3.Connection = SlowConnection  # type: ignore[misc]
