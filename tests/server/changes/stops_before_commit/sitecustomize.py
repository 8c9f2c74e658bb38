"""A process that is stopped right before the COMMIT of a movement while there is a file ``STOP`` beside its data.

``STOPPED`` holds its number then. PostgreSQL has 2 seconds of patience with that transaction instead of 30.
"""

import os
import signal
from pathlib import Path
from threading import get_ident

from almoxarife.server.store.postgres import WriteChannel

STOP = Path(os.environ["ALMOXARIFE_DATA_DIR"]) / "STOP"
begin, commit = WriteChannel.begin, WriteChannel.commit


def begin_impatiently(channel: WriteChannel) -> None:
    begin(channel)
    if STOP.exists():
        channel.pg.execute("SET LOCAL idle_in_transaction_session_timeout = '2s'")


def commit_or_stop(channel: WriteChannel, topics: set[str]) -> None:
    if "movements" in topics and STOP.exists():
        STOP.write_text(str(os.getpid()))
        STOP.rename(STOP.with_name("STOPPED"))
        signal.pthread_kill(get_ident(), signal.SIGSTOP)  # this very thread goes no further
    commit(channel, topics)


WriteChannel.begin = begin_impatiently  # type: ignore[method-assign]
WriteChannel.commit = commit_or_stop  # type: ignore[method-assign]
