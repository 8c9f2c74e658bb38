"""The triggers that keep movements, sales and audit entries append-only, as they must be in the database.

The migrations create them. Anybody with the file can drop them, so each start recreates missing ones and ``check``
reports them.
"""

import re
from typing import NamedTuple

from almoxarife.server.store.contract import Raw

_LEDGERS = ("movements", "sales", "sale_items", "sale_cancellations")
_RECORDED = "id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash, row_hash"
_FUNCTION = (
    " BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END "
)


class Guard(NamedTuple):
    """A trigger that refuses an UPDATE, DELETE or TRUNCATE."""

    name: str
    table: str
    occasion: str
    condition: str = ""
    """When it refuses, if not always, as PostgreSQL prints it."""
    is_servers: bool = False
    """Exists only on PostgreSQL."""

    def make(self, dialect: str) -> str:
        when = f" WHEN ({self.condition})" if self.condition else ""
        occasion = f"CREATE TRIGGER {self.name} BEFORE {self.occasion} ON {self.table}"
        if dialect == "sqlite":
            return f"{occasion}{when} BEGIN SELECT RAISE(ABORT, '{self.table} is insert-only'); END"
        each = "STATEMENT" if self.is_servers else "ROW"
        return f"{occasion} FOR EACH {each}{when} EXECUTE FUNCTION refuse_change()"


GUARDS = (
    *(Guard(f"{table}_refuse_delete", table, "DELETE") for table in (*_LEDGERS, "audit_entries")),
    *(Guard(f"{table}_refuse_truncate", table, "TRUNCATE", is_servers=True) for table in (*_LEDGERS, "audit_entries")),
    *(Guard(f"{table}_refuse_update", table, "UPDATE") for table in _LEDGERS),
    Guard("audit_entries_refuse_update_id", "audit_entries", f"UPDATE OF {_RECORDED}"),
    Guard(
        "audit_entries_refuse_update_address",
        "audit_entries",
        "UPDATE OF address, address_salt",
        "NOT (new.address IS NULL AND new.address_salt IS NULL)",
    ),
)


def list_faulty(database: Raw, dialect: str) -> list[str]:
    """The names of triggers that are missing, disabled or changed."""
    wanted = [guard for guard in GUARDS if dialect != "sqlite" or not guard.is_servers]
    found = _find_in_file(database) if dialect == "sqlite" else _find_on_server(database)
    return [guard.name for guard in wanted if found.get(guard.name) != _plain(guard.make(dialect))]


def recreate(database: Raw, dialect: str, names: list[str]) -> None:
    """Recreate some triggers, on PostgreSQL with their function."""
    if dialect != "sqlite":
        database.execute(
            f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${_FUNCTION}$$"
        )
    for guard in GUARDS:
        if guard.name in names:
            where = "" if dialect == "sqlite" else f" ON {guard.table}"
            database.execute(f"DROP TRIGGER IF EXISTS {guard.name}{where}")
            database.execute(guard.make(dialect))


def _find_in_file(database: Raw) -> dict[str, str]:
    return {
        name: _plain(sql)
        for name, sql in database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    }


def _find_on_server(database: Raw) -> dict[str, str]:
    """The enabled triggers whose function refuses."""
    rows = database.execute(
        "SELECT t.tgname, pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND p.prosrc = ?",
        (_FUNCTION,),
    )
    return {name: _plain(sql) for name, sql in rows}


def _plain(sql: str) -> str:
    """SQL in a normal form, for comparison."""
    return re.sub(r"\s+", " ", sql.lower()).strip()
