"""This machine's disk fails an fsync while a file named BROKEN exists."""

import os
import sqlite3
from pathlib import Path
from typing import Any

BROKEN = Path(os.environ["BROKEN"])


class BrokenConnection(sqlite3.Connection):
    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT" and BROKEN.exists():
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            raise error
        return super().execute(sql, parameters)


sqlite3.Connection = BrokenConnection  # type: ignore[misc]
