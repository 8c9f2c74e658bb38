"""One shape for every shop: revisions 0001 and 0002 were changed after the first shops had them.

A file may lack the import reports and the chain of the trail, and check its numbers in other words; a
server may lack the schema ``cadastro_pessoa``. What is as it should be is left alone. A trail without a
chain gets one from its first entry on, and an entry that says so: what was changed before cannot show.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import to_micros
from almoxarife.server.upkeep.migrations import dialects

revision = "0004"
down_revision = "0003"

PAGE = 5000


def upgrade() -> None:
    if dialects.is_server():
        _complete_views()
        return
    op.execute(_PRODUCT_IMPORTS.replace(" TABLE ", " TABLE IF NOT EXISTS ", 1))
    _rebuild("balances", _BALANCES)
    _rebuild("movements", _MOVEMENTS)
    if not _has_column("audit_entries", "hash"):
        _chain_trail()
    for index in _INDEXES:
        op.execute(index.replace(" INDEX ", " INDEX IF NOT EXISTS ", 1))
    _renew_triggers()


def _complete_views() -> None:
    """Revision 0003 has made the other view, in a schema that ``migrations`` made for it where there was none."""
    if op.get_bind().scalar(sa.text("SELECT to_regclass('cadastro_pessoa.tb_cadastro')")) is None:
        op.execute(_TB_CADASTRO)


def _rebuild(table: str, wanted: str) -> None:
    """Make a table anew, with its rows, unless it is made like this already."""
    found = op.get_bind().scalar(sa.text("SELECT sql FROM sqlite_schema WHERE name = :name"), {"name": table})
    if found.split() == wanted.split():
        return
    _set_aside(table)
    op.execute(wanted)
    op.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608  # our own names
    op.execute("DROP TABLE temp.kept")


def _set_aside(table: str) -> None:
    # Renaming would be shorter, and would leave another text in the schema than a new file has.
    op.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")  # noqa: S608
    op.execute(f"DROP TABLE {table}")


def _has_column(table: str, column: str) -> bool:
    sql = sa.text("SELECT count(*) FROM pragma_table_info(:table) WHERE name = :column")
    return bool(op.get_bind().scalar(sql, {"table": table, "column": column}))


def _renew_triggers() -> None:
    """Under the names of today, whatever they were called."""
    names = op.get_bind().execute(sa.text("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).scalars().all()
    for name in names:
        op.execute(f"DROP TRIGGER {name}")
    for table in ("movements", "audit_entries"):
        dialects.refuse("delete", table)
    dialects.refuse("update", "movements")
    recorded = "id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash"
    dialects.refuse("update", "audit_entries", of=recorded)
    forgetting = "NEW.address IS NULL AND NEW.address_salt IS NULL"
    dialects.refuse("update", "audit_entries", of="address, address_salt", unless=forgetting)


# --- the trail ------------------------------------------------------------------------


def _chain_trail() -> None:
    """Entries keep their order and what they say; the addresses of people who were erased are left out."""
    _set_aside("audit_entries")
    op.execute(_AUDIT_ENTRIES)
    database = op.get_bind()
    before, number = bytes(32), 0
    seals: dict[tuple[int | None, str], tuple[bytes, bytes]] = {}
    rows = []
    for *said, address, request_id in _read_kept():
        number += 1
        salt, seal = (None, None) if address is None else seals.setdefault((said[3], address), _seal(address))
        before = _link(before, number, said, seal, request_id)
        rows.append((number, *said, address, salt, seal, request_id, before))
        if len(rows) == PAGE:
            database.exec_driver_sql(_INSERT, rows)
            rows = []
    op.execute("DROP TABLE temp.kept")
    if number:
        moment = to_micros(datetime.now(UTC))
        cause = f"{number} registros de antes da cadeia, encadeados na atualização"
        told = [moment, "audit:trail:chained", "SISTEMA", None, None, cause]
        rows.append((number + 1, *told, None, None, None, None, _link(before, number + 1, told, None, None)))
        database.exec_driver_sql(_INSERT, rows)


def _read_kept() -> Iterator[Any]:
    database = op.get_bind()
    last = -(2**63)
    while rows := database.exec_driver_sql(_READ, (last, PAGE)).fetchall():
        for row in rows:
            yield row[1:]
        last = rows[-1][0]


def _link(before: bytes, number: int, said: list[Any], seal: bytes | None, request_id: str | None) -> bytes:
    """As ``docs/audit.md`` says."""
    return sha256(before + orjson.dumps([number, *said, seal and seal.hex(), request_id])).digest()


def _seal(address: str) -> tuple[bytes, bytes]:
    salt = token_bytes(16)
    return salt, sha256(salt + address.encode()).digest()[:16]


_READ = """SELECT id, recorded_at, tag, outcome, actor_id, subject, cause,
    iif(EXISTS (SELECT 1 FROM users WHERE users.id = actor_id AND erased_at IS NOT NULL), NULL, address), request_id
    FROM temp.kept WHERE id > ? ORDER BY id LIMIT ?"""

_INSERT = "INSERT INTO audit_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


# --- as revisions 0001 and 0002 make it today -------------------------------------------

_PRODUCT_IMPORTS = """CREATE TABLE product_imports (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    imported_by INTEGER NOT NULL,
    imported_at BIGINT NOT NULL,
    report BLOB NOT NULL,
    CONSTRAINT fk_product_imports_imported_by_users FOREIGN KEY(imported_by) REFERENCES users (id)
)"""

_BALANCES = """CREATE TABLE balances (
    shop_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity BIGINT NOT NULL,
    CONSTRAINT pk_balances PRIMARY KEY (shop_id, product_id),
    CONSTRAINT fk_balances_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
    CONSTRAINT fk_balances_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id),
    CONSTRAINT ck_balances_whole_numbers CHECK (typeof(quantity) IN ('integer', 'null'))
)"""

_MOVEMENTS = """CREATE TABLE movements (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    shop_id INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    kind VARCHAR(24) NOT NULL,
    quantity BIGINT NOT NULL,
    effect BIGINT NOT NULL,
    balance_after BIGINT NOT NULL,
    reason VARCHAR(200),
    document VARCHAR(120),
    supplier VARCHAR(120),
    recorded_by INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    occurred_at BIGINT NOT NULL,
    is_clock_corrected BOOLEAN NOT NULL,
    is_below_zero BOOLEAN NOT NULL,
    reverses INTEGER,
    CONSTRAINT fk_movements_product_id_products FOREIGN KEY(product_id) REFERENCES products (id),
    CONSTRAINT fk_movements_recorded_by_users FOREIGN KEY(recorded_by) REFERENCES users (id),
    CONSTRAINT fk_movements_reverses_movements FOREIGN KEY(reverses) REFERENCES movements (seq),
    CONSTRAINT fk_movements_shop_id_shops FOREIGN KEY(shop_id) REFERENCES shops (id),
    CONSTRAINT ck_movements_whole_numbers CHECK (typeof(quantity) IN ('integer', 'null')
        AND typeof(effect) IN ('integer', 'null') AND typeof(balance_after) IN ('integer', 'null')),
    CONSTRAINT ck_movements_whole_moments CHECK (typeof(recorded_at) IN ('integer', 'null')
        AND typeof(occurred_at) IN ('integer', 'null'))
)"""

_AUDIT_ENTRIES = """CREATE TABLE audit_entries (
    id INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    tag VARCHAR(60) NOT NULL,
    outcome VARCHAR(10) NOT NULL,
    actor_id INTEGER,
    subject VARCHAR(60),
    cause VARCHAR(200),
    address VARCHAR(45),
    address_salt BLOB,
    address_seal BLOB,
    request_id VARCHAR(36),
    hash BLOB NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id),
    CONSTRAINT fk_audit_entries_actor_id_users FOREIGN KEY(actor_id) REFERENCES users (id)
)"""

_INDEXES = (
    "CREATE INDEX ix_balances_product_id ON balances (product_id)",
    "CREATE UNIQUE INDEX uq_movements_reverses ON movements (reverses) WHERE reverses IS NOT NULL",
    "CREATE INDEX ix_movements_product_id_seq ON movements (product_id, seq)",
    "CREATE INDEX ix_movements_recorded_at ON movements (recorded_at)",
    "CREATE INDEX ix_audit_entries_actor_id_recorded_at ON audit_entries (actor_id, recorded_at)",
    "CREATE INDEX ix_audit_entries_subject_recorded_at ON audit_entries (subject, recorded_at) WHERE subject LIKE 'u%'",
)

_TB_CADASTRO = """CREATE VIEW cadastro_pessoa.tb_cadastro AS
    SELECT id AS oid_user, upper(username) AS nom_user, password_hash AS des_password,
           to_timestamp(created_at / 1000000.0) AS dat_cadastro
    FROM users WHERE erased_at IS NULL"""
