"""The number of entries, and of failures, of each service in each quarter of an hour.

Triggers of the database update the counts, so they are right whatever program adds or
removes entries. A quarter is a range of ids; an entry's id, service and result never change. Entries from
before the triggers are counted in pieces, newest first; the table ``uncounted`` has the quarter from which on
the counts are complete.
"""

from almoxarife.server.logs.entries import FAILURE, EntryFilter
from almoxarife.server.logs.storage.numbering import NEVER, first_id
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.contract import Raw

MICROS = 900_000_000
IDS = first_id(MICROS)
AT_ONCE = 10_000
"""About how many entries are counted in one transaction, so that others can write in between."""

_COUNTED = f"SELECT id / {IDS}, service, count(*), sum(CASE result WHEN '{FAILURE}' THEN 1 ELSE 0 END)"
_LEAVE = f"INSERT INTO {{schema}}uncounted SELECT id / {IDS} + 1 FROM {{schema}}entries ORDER BY id DESC LIMIT 1"
UNCOUNTED = "CREATE TABLE IF NOT EXISTS {schema}uncounted (before bigint NOT NULL)"
"""The table has one row; none if all entries are counted."""
SQLITE = (
    """CREATE TABLE quarters (quarter INTEGER, service TEXT, entries INTEGER NOT NULL, failures INTEGER NOT NULL,
        PRIMARY KEY (quarter, service)) WITHOUT ROWID""",
    f"""CREATE TRIGGER IF NOT EXISTS entries_counted AFTER INSERT ON entries BEGIN
        INSERT INTO quarters VALUES (NEW.id / {IDS}, NEW.service, 1, NEW.result = '{FAILURE}')
        ON CONFLICT (quarter, service) DO UPDATE
        SET entries = entries + 1, failures = failures + excluded.failures; END""",
    f"""CREATE TRIGGER IF NOT EXISTS entries_uncounted AFTER DELETE ON entries BEGIN
        UPDATE quarters SET entries = entries - 1, failures = failures - (OLD.result = '{FAILURE}')
        WHERE quarter = OLD.id / {IDS} AND service = OLD.service;
        DELETE FROM quarters WHERE quarter = OLD.id / {IDS} AND service = OLD.service AND entries = 0; END""",
    _LEAVE.format(schema=""),
)
"""Creates the tables in a SQLite file that lacks them; existing entries are counted later."""
POSTGRESQL = f"""
CREATE TABLE registros.quarters (quarter bigint, service text, entries bigint NOT NULL, failures bigint NOT NULL,
    PRIMARY KEY (quarter, service));
CREATE OR REPLACE FUNCTION registros.count_entries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO registros.quarters AS known {_COUNTED} FROM added GROUP BY 1, 2
    ON CONFLICT (quarter, service) DO UPDATE
    SET entries = known.entries + excluded.entries, failures = known.failures + excluded.failures;
    RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION registros.uncount_entries() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE registros.quarters known
    SET entries = known.entries - gone.entries, failures = known.failures - gone.failures
    FROM ({_COUNTED} FROM removed GROUP BY 1, 2) AS gone (quarter, service, entries, failures)
    WHERE known.quarter = gone.quarter AND known.service = gone.service;
    DELETE FROM registros.quarters WHERE entries = 0;
    RETURN NULL; END $$;
DROP TRIGGER IF EXISTS entries_counted ON registros.entries;
DROP TRIGGER IF EXISTS entries_uncounted ON registros.entries;
CREATE TRIGGER entries_counted AFTER INSERT ON registros.entries REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION registros.count_entries();
CREATE TRIGGER entries_uncounted AFTER DELETE ON registros.entries REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION registros.uncount_entries();
{_LEAVE.format(schema="registros.")}
"""


def find_first(database: Raw, schema: str = "") -> int:
    """The first quarter from which on all counts are complete."""
    found = database.execute(f"SELECT before FROM {schema}uncounted")
    return int(found[0][0]) if found else 0


def count_piece(database: Raw, schema: str = "") -> bool:
    """Count the newest of the uncounted quarters, in a writing transaction; whether there were any."""
    before = find_first(database, schema)
    if not before:
        return False
    sql = f"SELECT id FROM {schema}entries WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET {AT_ONCE}"
    found = database.execute(sql, [before * IDS])
    first = found[0][0] // IDS if found else 0
    # The trigger has counted entries of these quarters that came since, but not the ones from before it.
    database.execute(f"DELETE FROM {schema}quarters WHERE quarter >= ? AND quarter < ?", [first, before])
    sql = f"INSERT INTO {schema}quarters {_COUNTED} FROM {schema}entries WHERE id >= ? AND id < ? GROUP BY 1, 2"
    database.execute(sql, [first * IDS, before * IDS])
    if first:
        database.execute(f"UPDATE {schema}uncounted SET before = ?", [first])
    else:
        database.execute(f"DELETE FROM {schema}uncounted")
    return True


def split(chosen: EntryFilter, counted_from: int) -> tuple[range, list[tuple[int, int]]]:
    """The quarters whose stored counts can be used, and the ranges of ids whose entries must be counted one by one."""
    low = 0 if chosen.since is None else first_id(to_micros(chosen.since))
    before = NEVER if chosen.before is None else first_id(to_micros(chosen.before))
    whole = range(max(counted_from, -(-low // IDS)), before // IDS)
    is_counted = chosen.text is None and not chosen.not_service and not set(chosen.fields) - {"service", "result"}
    if not whole or not is_counted or chosen.result not in {None, FAILURE}:
        return range(0), [(low, NEVER)]
    edges = [(low, whole.start * IDS), (whole.stop * IDS, NEVER)]
    return whole, [edges[0]] * (low < edges[0][1]) + [edges[1]] * (chosen.before is not None)


def sum_quarters(table: str, whole: range, chosen: EntryFilter) -> tuple[str, list[object]]:
    """The query for the stored counts and its parameters, for ``Raw``."""
    number = "failures" if chosen.result else "entries"
    of_service, service = (" AND service = ?", [chosen.service]) if chosen.service is not None else ("", [])
    sql = (
        f"SELECT quarter * {MICROS}, sum({number}), sum(failures) FROM {table} WHERE quarter >= ? AND quarter < ?"
        f"{of_service} GROUP BY quarter HAVING sum({number}) > 0"
    )
    return sql, [whole.start, whole.stop, *service]
