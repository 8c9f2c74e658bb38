"""A process that is stopped right before the COMMIT of a movement while there is a file ``STOP`` beside its data.

``STOPPED`` holds its number then. PostgreSQL has 2 seconds of patience with it instead of 30.
"""

import os
import signal
from pathlib import Path
from threading import get_ident
from typing import Any

import psycopg

from almoxarife.server.store import postgres_connection

STOP = Path(os.environ["ALMOXARIFE_DATA_DIR"]) / "STOP"
execute = psycopg.Connection.execute


def execute_or_stop(line: Any, query: Any, *arguments: Any, **options: Any) -> Any:
    if isinstance(query, str) and query.endswith("COMMIT") and "'movements'" in query and STOP.exists():
        STOP.write_text(str(os.getpid()))
        STOP.rename(STOP.with_name("STOPPED"))
        signal.pthread_kill(get_ident(), signal.SIGSTOP)  # this very thread goes no further
    return execute(line, query, *arguments, **options)


psycopg.Connection.execute = execute_or_stop  # type: ignore[method-assign]
postgres_connection._SESSION = postgres_connection._SESSION.replace("30s", "2s")
