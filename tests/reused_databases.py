"""Databases on a server that are used again, as new: making one and dropping it is most of what a short test costs.

One that has been used has what its template has put into its tables again, and another name, so that
whoever still knows the old one finds nothing there. It is reused only while its schema is as it was made.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.postgres_server import Cluster

USES = 50
"""What is deleted stays in the files, and is looked through by every question."""

LINES: dict[str, "psycopg.Connection[Any]"] = {}
"""Connections to databases that have been restored, for whoever looks at them next: each new one costs a process."""

_OWN = "nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
_MADE = 16384
"""From here on are the objects that are not PostgreSQL's own."""
_OBJECTS = {
    "pg_class": "oid",
    "pg_attribute": "attrelid",
    "pg_attrdef": "adrelid",
    "pg_constraint": "oid",
    "pg_index": "indexrelid",
    "pg_trigger": "oid",
    "pg_rewrite": "ev_class",
    "pg_proc": "oid",
    "pg_type": "oid",
    "pg_sequence": "seqrelid",
    "pg_policy": "oid",
    "pg_statistic_ext": "oid",
    "pg_event_trigger": "oid",
    "pg_extension": "oid",
    "pg_default_acl": "oid",
    "pg_collation": "oid",
    "pg_statistic": "starelid",
}
_THIS = "(SELECT * FROM pg_database WHERE datname = current_database()) t"
_NEWEST = "count(*), max(xmin::text::bigint)"
"""Whatever changes an object's row gives it an xmin above all others, except for ANALYZE, which writes over it."""
_PARTS = [
    *(f"SELECT ({_NEWEST})::text FROM {table} WHERE {key} >= {_MADE}" for table, key in _OBJECTS.items()),
    f"SELECT (sum(relpages), sum(reltuples))::text FROM pg_class WHERE oid >= {_MADE}",
    f"SELECT ({_NEWEST})::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%temp\\_%'",
    f"SELECT string_agg((setrole, setconfig)::text, '') FROM {_THIS}, pg_db_role_setting WHERE oid = setdatabase",
    f"SELECT (datdba, datacl, datallowconn, datconnlimit)::text FROM {_THIS}",
]
_SHAPE = f"SELECT concat_ws(' ', {', '.join(f'({part})' for part in _PARTS)})"


@dataclass
class _Original:
    """What a template has put into a database."""

    schemas: list[str]
    rows: dict[str, bytes]
    sequences: list[tuple[str, int, bool]]


@dataclass
class _Used:
    template: str | None
    shape: str | None
    uses: int = 1


class Reuse:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._originals: dict[str | None, _Original] = {}
        self._known: dict[str, _Used] = {}
        self._free: defaultdict[str | None, list[str]] = defaultdict(list)

    def take(self, template: str | None = None) -> str:
        """A database as ``create`` makes it; its URL."""
        while self._free[template]:
            # The one that has been free for longest: sessions that are just being closed would be waited for.
            url = self._free[template].pop(0)
            if (again := self._renew(url)) is not None:
                return again
        url = self._cluster.create(template)
        with psycopg.connect(url, autocommit=True) as db:
            if template not in self._originals:
                self._originals[template] = _read(db)
            self._known[url] = _Used(template, _shape_of(db))
        return url

    def give_back(self, url: str) -> None:
        """It is not needed any more; whoever is still connected is turned out at the next ``take``."""
        if (line := LINES.pop(url, None)) is not None:
            line.close()
        self._free[self._known[url].template].append(url)

    def _renew(self, url: str) -> str | None:
        used = self._known.pop(url)
        if used.uses >= USES:
            self._cluster.drop(url)
            return None
        again = self._cluster.rename(url)
        line = psycopg.connect(again, autocommit=True, prepare_threshold=None)
        if not _restore(line, self._originals[used.template], used.shape):
            line.close()
            self._cluster.drop(again)
            return None
        if used.template is None:  # it may become a template, and nobody is to be connected then
            line.close()
        else:
            LINES[again] = line
        used.uses += 1
        self._known[again] = used
        return again


def _restore(db: "psycopg.Connection[Any]", original: _Original, shape: str | None) -> bool:
    """Whether it could be done: the schemas that are new are gone, and nothing else but rows has changed."""
    with db.transaction():
        # Neither triggers nor references are asked, in this transaction alone.
        db.execute("SET LOCAL session_replication_role = replica; SET LOCAL client_min_messages = error")
        for schema in set(_schemas_of(db)) - set(original.schemas):
            db.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        if _shape_of(db) != shape:
            return False
        db.execute("".join(f"DELETE FROM {table};" for table in original.rows).encode())
        for table, rows in original.rows.items():
            if rows:
                with db.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                    copy.write(rows)
        settings = [f"setval('{name}', {last}, {is_called})" for name, last, is_called in original.sequences]
        db.execute(f"SELECT {', '.join(settings)}".encode())
    return True


def _read(db: "psycopg.Connection[Any]") -> _Original:
    objects = db.execute(
        "SELECT relkind::text, nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        f" WHERE relkind IN ('r', 'S') AND {_OWN}".encode()
    ).fetchall()
    rows: dict[str, bytes] = {}
    sequences: list[tuple[str, int, bool]] = []
    for kind, *names in objects:
        name = sql.Identifier(*names).as_string(db)
        if kind == "r":
            with db.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
                rows[name] = b"".join(bytes(part) for part in copy)
        else:
            (state,) = db.execute(f"SELECT last_value, is_called FROM {name}".encode()).fetchall()
            sequences.append((name, *state))
    return _Original(_schemas_of(db), rows, sequences)


def _schemas_of(db: "psycopg.Connection[Any]") -> list[str]:
    return [name for (name,) in db.execute(f"SELECT nspname FROM pg_namespace WHERE {_OWN}".encode())]


def _shape_of(db: "psycopg.Connection[Any]") -> str | None:
    ((shape,),) = db.execute(_SHAPE.encode()).fetchall()
    return shape
