"""What a cluster says that does not become whole, kept where it can be read later: its folder goes with it."""

import json
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from shutil import copyfile
from tempfile import mkdtemp

import psycopg

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Credentials
from tests.failover.demo import Demo

NODES = ("n1", "n2", "n3")
TABLES = ("pg_stat_replication", "pg_stat_wal_receiver", "pg_replication_slots", "pg_stat_activity")


def keep(demo: Demo, who: Credentials | None = None) -> Path:
    """All logs, and what every part of every node says now; ``who`` asks the APIs. Returns the folder."""
    kept = keep_logs(demo.folder)
    (kept / "processes").write_text("\n".join(demo.describe_processes()), "utf-8")
    for node, url in zip(NODES, demo.urls.split(","), strict=True):
        there = kept / node
        asked: dict[str, Callable[[], str]] = {
            "cluster": lambda at=node: demo.ask_patroni(at),  # type: ignore[misc]
            "postgresql": lambda at=node: _ask_postgresql(demo, at),  # type: ignore[misc]
            "controldata": lambda at=node: demo.read_control_data(at),  # type: ignore[misc]
            "api": lambda at=url: _ask_api(at, who),  # type: ignore[misc]
        }
        for name, ask in asked.items():
            (there / name).write_text(_told(ask), "utf-8")
    return kept


def keep_logs(demo_folder: Path) -> Path:
    """The logs alone, also of a demo that never came up. Returns the folder."""
    kept = Path(mkdtemp(prefix="almoxarife-cluster-"))
    files = {".": [demo_folder.parent / "demo.log"]}
    for node in NODES:
        files[node] = [*(demo_folder / node).glob("*.log"), *(demo_folder / node).glob("postgresql/pg_wal/*.history")]
    for where, found in files.items():
        (kept / where).mkdir(exist_ok=True)
        for file in found:
            with suppress(OSError):  # it is gone with its demo
                copyfile(file, kept / where / file.name)
    return kept


def _told(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  # that it says nothing is what is to be known
        return f"{type(error).__name__}: {error}"


def _ask_postgresql(demo: Demo, node: str) -> str:
    with closing(demo.connect_to_postgresql(node)) as administrator:
        return "\n\n".join(f"{table}\n{_rows(administrator, table)}" for table in TABLES)


def _rows(administrator: "psycopg.Connection[tuple[object, ...]]", table: str) -> str:
    found = administrator.execute(f"SELECT to_jsonb(told)::text FROM {table} told".encode()).fetchall()
    return "\n".join(str(row) for (row,) in found)


def _ask_api(url: str, who: Credentials | None) -> str:
    with closing(ApiClient(url)) as client:
        told = {"saude": client.health().model_dump(mode="json")}
        if who is not None:
            client.login(who)
            told["coordenacao"] = client.coordination().model_dump(mode="json")
        return json.dumps(told, indent=2)
