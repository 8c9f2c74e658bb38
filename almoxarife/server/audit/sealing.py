"""Seals a database: covers rows that are older than audit entries with hashes, at the first start after the upgrade.

Each person, shop, chain and product gets an entry, and all movements together get one. From then on, a row without an
entry was inserted from outside. The same start repairs the triggers that keep rows from being changed.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Protocol

from sqlalchemy.orm import Session

from almoxarife.server.audit.hashing import (
    MOVEMENT_BOOLEANS,
    MOVEMENT_COLUMNS,
    TABLES,
    list_hashes,
    movement_bytes,
    read_in_order,
    restore_booleans,
)
from almoxarife.server.audit.service import record
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.data_directory.service_keys import FOLDER
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import postpone, raw
from almoxarife.server.upkeep import migrations, triggers

_EVERY_MOVEMENT = f"SELECT {MOVEMENT_COLUMNS} FROM movements WHERE seq > ? ORDER BY seq LIMIT ?"


def repair_and_seal(database: Database, keys: Mapping[str, bytes]) -> list[str]:
    """Repair the triggers and seal the database where that is due. Returns sentences for the console about repairs.

    ``keys`` are the hashes of the service keys by name. Records ``server:triggers:made_again`` and
    ``server:data:sealed``. Raises WriteFailed, StoreUnavailable.
    """
    with database.reading() as session:
        faulty, due = triggers.list_faulty(raw(session), database.dialect), is_due(session, keys)
    sentences = []
    if faulty:
        with database.transaction(own_commit=True) as session:
            # Read again: another server may have repaired them since.
            faulty = triggers.list_faulty(raw(session), database.dialect)
            triggers.recreate(raw(session), database.dialect, faulty)
            for name in faulty:
                record(session, Tag.TRIGGERS_MADE_AGAIN, subject=name, outcome=Outcome.SYSTEM)
                sentences.append(
                    f"Atenção: o gatilho {name}, que protege os registros, tinha sido retirado ou alterado e foi"
                    " refeito. Confira os dados com: almoxarife check"
                )
    if due:
        with database.transaction(own_commit=True) as session:
            seal(session, keys)
    return sentences


def is_due(session: Session, keys: Mapping[str, bytes]) -> bool:
    """Whether to seal: after an upgrade, and in a new database where service keys were made before the first start."""
    tally = raw(session).execute("SELECT entries, seal FROM audit_tally")
    return bool(tally) and (tally[0][1] is None or (tally[0] == (0, 0) and bool(keys)))


def seal(session: Session, keys: Mapping[str, bytes]) -> None:
    """Record ``server:data:sealed`` for each row and for all movements, unless another server has done so.

    Takes some seconds for a million movements, so it gets a transaction of its own.
    """
    if not is_due(session, keys):
        return
    for name, key in sorted(keys.items()):
        _record(session, f"{FOLDER}/{name}", None, key)
    database = raw(session)
    for kind in TABLES:
        for number, found in list_hashes(database, kind):
            _record(session, kind.to_wire(number), None, found)
    digest, last = sha256(), 0
    for row in read_in_order(database, _EVERY_MOVEMENT):
        if isinstance(row, int):
            last = row
            add_to_seal(digest, ())
        else:
            last = row[0]
            add_to_seal(digest, restore_booleans(row, MOVEMENT_BOOLEANS))
    subject = IdKind.MOVEMENT.to_wire(last) if last else None
    _record(session, subject, f"esquema {migrations.HEAD}", digest.digest())
    postpone(session, None, _note_seal)


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


def add_to_seal(digest: Digest, columns: Collection[object]) -> None:
    """Add the next movement in the order of ``seq``, and a line feed; of one that cannot be read only that."""
    with suppress(TypeError):
        if columns:
            digest.update(movement_bytes([*columns]))
    digest.update(b"\n")


def _record(session: Session, subject: str | None, cause: str | None, row_hash: bytes | None) -> None:
    record(session, Tag.DATA_SEALED, subject=subject, outcome=Outcome.SYSTEM, cause=cause, row_hash=lambda: row_hash)


def _note_seal(database: Raw, _: list[None]) -> None:
    """The last entry is the one over all movements."""
    database.send("UPDATE audit_tally SET seal = (SELECT max(id) FROM audit_entries)")
