"""Databases on a server that are used again, as new: making one and dropping it is most of what a short test costs.

One that has been used has what its template has put into its tables again, and another name, so that
whoever still knows the old one finds nothing there. It is reused only while its schema is as it was made.
The sessions that are kept with it (tests/reused_sessions.py) go along; any other is turned out.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from tests.postgres_server import Cluster, name_in
from tests.reused_sessions import Sessions

USES = 50
"""What is deleted stays in the files, and is looked through by every question."""

Line = psycopg.Connection[Any]

_LINES: dict[str, Line] = {}
"""The connections by which the databases in use have been restored."""
_LENT: set[Line] = set()

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

    schemas: set[str]
    restore: str
    """Prepares the statements that put it there again: ``EXECUTE empty``, ``EXECUTE fill``."""


@dataclass
class _Used:
    template: str | None
    shape: str | None
    uses: int = 1
    line: Line | None = None
    """By which it has been restored before."""


class Reuse:
    def __init__(self, cluster: Cluster) -> None:
        self.sessions = Sessions()
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
        if template is not None:  # nobody is to be connected
            self.sessions.end(name_in(template))
        url = self._cluster.create(template)
        line = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        if template not in self._originals:
            self._originals[template] = _read(line)
        used = _Used(template, _shape_of(line))
        self._use(url, used, _prepare(line, self._originals[template]))
        return url

    def give_back(self, url: str) -> None:
        """It is not needed any more; whoever is still connected is turned out at the next ``take``."""
        used = self._known[url]
        line = _LINES.pop(url, None)
        used.line = None if line in _LENT else line
        self._free[used.template].append(url)

    def _use(self, url: str, used: _Used, line: Line) -> None:
        self._known[url] = used
        self.sessions.keep(name_in(url))
        if used.template is None:  # it may become a template, and nobody is to be connected then
            line.close()
        else:
            _LINES[url] = line

    def _renew(self, url: str) -> str | None:
        used = self._known.pop(url)
        if used.uses >= USES:
            self._drop(url, used.line)
            return None
        line, sessions = used.line, self.sessions.of(name_in(url))
        if line is not None and not _is_usable(line):
            line.close()
            line = None
        if line is not None:
            sessions.append(line.info.backend_pid)
        again = self._cluster.rename(url, but=sessions)
        self.sessions.rename(name_in(url), name_in(again))
        original = self._originals[used.template]
        if line is None:
            line = _prepare(psycopg.connect(again, autocommit=True, prepare_threshold=None), original)
        if not _restore(line, original, used.shape):
            self._drop(again, line)
            return None
        used.uses += 1
        self._use(again, used, line)
        return again

    def close(self) -> None:
        """Leave all of them alone."""
        for url, used in self._known.items():
            self.sessions.end(name_in(url))
            for line in (used.line, _LINES.pop(url, None)):
                if line is not None:
                    line.close()

    def _drop(self, url: str, line: Line | None) -> None:
        if line is not None:
            line.close()
        self.sessions.end(name_in(url))
        self._cluster.drop(url)


def borrow(url: str) -> Line:
    """A connection, for who looks at a database: where it can be, the one by which it was restored."""
    line = _LINES.get(url)
    if line is None or line in _LENT or not _is_usable(line):
        return psycopg.connect(url, autocommit=True, prepare_threshold=None)
    _LENT.add(line)
    return line


def bring_back(url: str, line: Line) -> None:
    _LENT.discard(line)
    if _LINES.get(url) is not line:
        line.close()


def _is_usable(line: Line) -> bool:
    """A test may have ended it, or left it in a transaction."""
    with suppress(psycopg.Error):
        return line.info.transaction_status == TransactionStatus.IDLE and line.execute("SELECT").rowcount == 1
    return False


def _prepare(line: Line, original: _Original) -> Line:
    line.execute(original.restore.encode())
    return line


def _restore(db: Line, original: _Original, shape: str | None) -> bool:
    """Whether it could be done: the schemas that are new are gone, and nothing else but rows has changed."""
    # Neither triggers nor references are asked, in this transaction alone.
    db.execute("BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL client_min_messages = error")
    for schema in _schemas_of(db) - original.schemas:
        db.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
    ((found,),) = db.execute("EXECUTE shape").fetchall()
    if found == shape:
        db.execute("EXECUTE empty; EXECUTE fill; COMMIT")
    return found == shape


def _read(db: Line) -> _Original:
    objects = db.execute(
        "SELECT relkind::text, nspname, relname, ARRAY(SELECT attname::text FROM pg_attribute"
        " WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        f" WHERE relkind IN ('r', 'S') AND {_OWN}".encode()
    ).fetchall()
    emptied: list[str] = []
    filled: list[str] = []
    numbers = ["1"]
    for kind, schema, relation, columns in objects:
        name = sql.Identifier(schema, relation).as_string(db)
        if kind == "r":
            emptied.append(f"DELETE FROM {name}")
            filled += _inserts(db, name, [sql.Identifier(column).as_string(db) for column in columns])
        else:
            ((last, is_called),) = db.execute(f"SELECT last_value, is_called FROM {name}".encode()).fetchall()
            numbers.append(f"setval('{name}', {last}, {is_called})")
    prepared = {
        "shape": _SHAPE,
        "empty": f"{_with(emptied)} SELECT 1",
        "fill": f"{_with(filled)} SELECT ARRAY[{', '.join(numbers)}]",
    }
    return _Original(_schemas_of(db), "; ".join(f"PREPARE {name} AS {text}" for name, text in prepared.items()))


def _inserts(db: Line, table: str, columns: list[str]) -> list[str]:
    """What puts the rows there that are in a table now."""
    values = ", ".join(f"quote_nullable({column}::text)" for column in columns)
    rows = db.execute(f"SELECT concat('(', concat_ws(', ', {values}), ')') FROM {table}".encode()).fetchall()
    into = f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE VALUES "
    return [into + ", ".join(row for (row,) in rows)] if rows else []


def _with(statements: list[str]) -> str:
    parts = ", ".join(f"part{number} AS ({statement})" for number, statement in enumerate(statements))
    return f"WITH {parts}" if parts else ""


def _schemas_of(db: Line) -> set[str]:
    return {name for (name,) in db.execute(f"SELECT nspname FROM pg_namespace WHERE {_OWN}".encode())}


def _shape_of(db: Line) -> str | None:
    ((shape,),) = db.execute(_SHAPE.encode()).fetchall()
    return shape
