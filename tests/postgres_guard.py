"""``python postgres_guard.py PG_CTL DATA [USER]``: ends a PostgreSQL when its input ends, and removes its folder.

The other end of the input is a process's that runs tests: when that one ends, even by
``kill -9``, the server does not outlive it.
"""

import shutil
import subprocess
import sys
from pathlib import Path


def main(pg_ctl: str, data: str, user: str | None = None) -> None:
    sys.stdin.buffer.read()
    folder = Path(data).parent
    if (Path(data) / "postmaster.pid").exists():
        command = [pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"]
        subprocess.run(command, user=user, cwd=folder, check=False, timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


main(*sys.argv[1:])
