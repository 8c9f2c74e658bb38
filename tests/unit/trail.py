"""A trail of audit entries, and somebody with SQL who is not kept from anything."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Protocol

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.hashing import GENESIS, Link, link
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.audit.verification import COLUMNS, ChainEntry, Verdict
from almoxarife.server.identity import Identity, Origin
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.upkeep.migrations import migrate
from almoxarife.wire.accounts import Role
from tests.databases import Place, execute, rows

PERSON = (
    "INSERT INTO users (id, username, username_folded, is_password_weak, must_change_password, role, state, generation,"
    " created_at) VALUES ({number}, 'p{number}', 'p{number}', false, false, 'administrador', 'ativo', 1, 0)"
)
LENGTH = 9
"""Entries of ``make_trail``."""


def somebody(user_id: int, address: str = "192.168.0.20") -> Identity:
    origin = Origin(address=address, request_id=f"pedido-{user_id}")
    return Identity(
        user_id=user_id, username=f"p{user_id}", role=Role.ADMIN, shop_ids=(1,), session_id=1, origin=origin
    )


def make_trail(place: Place) -> Place:
    """Entries of every kind: with and without a person, an address, a cause."""
    migrate(place)
    execute(place, *[PERSON.format(number=number) for number in (1, 2, 3)])
    database = Database.open(place)
    with database.transaction() as session:
        audit.record(session, Tag.SHOP_CREATED, subject="l1")
        audit.record(session, Tag.LOGIN_SUCCEEDED, origin=Origin("127.0.0.1", "a1"), actor_id=1, subject="u1")
        audit.record(
            session,
            Tag.LOGIN_FAILED,
            origin=Origin("127.0.0.1", "a2"),
            subject=audit.UNKNOWN_PERSON,
            outcome=Outcome.ERROR,
            cause="WrongCredentials",
        )
    with database.transaction() as session:
        for number in (1, 2, 3):
            audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(number), subject=f"m{number}")
        audit.record(session, Tag.PRODUCT_CHANGED, by=somebody(1), subject="p1", cause="versão 2")
    with database.transaction() as session:
        audit.record(session, Tag.USER_ERASED, by=somebody(1), subject="u2")
        audit.record(session, Tag.SESSION_ENDED, by=somebody(1), subject="u1")
    database.close()
    return place


class Hand(Protocol):
    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement."""


@contextmanager
def tampering(place: Place) -> Iterator[Hand]:
    """A hand in the database without the triggers that guard the trail; what it did is committed at the end."""
    if is_server(place):
        from almoxarife.server.store.postgres_connection import PostgresConnection
        from almoxarife.server.store.postgresql.raw import Raw

        with PostgresConnection.connect(str(place)) as pg:
            pg.execute("SET LOCAL session_replication_role = replica")
            yield Raw(pg)
        return
    with closing(sqlite3.connect(place, isolation_level=None)) as db:
        db.execute("BEGIN")
        for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'audit_entries_refuse_%'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        yield sqlite.Raw(db)
        db.execute("COMMIT")


def verify(place: Place, since: Link | None = None) -> Verdict:
    database = Database.open(place)
    try:
        with database.reading() as session:
            return audit.verify_trail(session, since)
    finally:
        database.close()


def head(place: Place) -> Link:
    return Link(*rows(place, "SELECT id, hash FROM audit_entries ORDER BY id DESC LIMIT 1")[0])


def rewrite(db: Hand, first: int, last: int | None = None) -> None:
    """Give the entries from ``first`` on the hashes that they would have had."""
    entries = [ChainEntry(*row) for row in db.execute(f"SELECT {COLUMNS} FROM audit_entries ORDER BY id")]
    before = GENESIS
    for row in entries:
        if row.id >= first and (last is None or row.id <= last):
            found = link(before, *row[1:7], row.address_seal, row.request_id, row.row_hash)
            db.execute("UPDATE audit_entries SET hash = ? WHERE id = ?", (found.hash, row.id))
        else:
            found = Link(row.id, row.hash)
        before = found
