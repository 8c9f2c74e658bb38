"""What a start sees to before anybody is served: the triggers, and what entries did not cover yet.

What an upgrade has found is covered once: a person, a product and a shop get an entry
each, the ledger one over all of it. From then on a row without its entry is one that
somebody has slipped in.
"""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Protocol

from sqlalchemy.orm import Session

from almoxarife.server.audit.hashing import (
    MOVEMENT_COLUMNS,
    TABLES,
    Row,
    list_hashes,
    movement_bytes,
    read_in_order,
    tidy_movement,
)
from almoxarife.server.audit.service import record
from almoxarife.server.audit.tags import Outcome, Tag
from almoxarife.server.data_directory.service_keys import FOLDER
from almoxarife.server.ids import IdKind
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import postpone, raw
from almoxarife.server.upkeep import migrations, triggers

EVERY_MOVEMENT = f"SELECT {MOVEMENT_COLUMNS} FROM movements WHERE seq > ? ORDER BY seq LIMIT ?"


def settle(database: Database, keys: Mapping[str, bytes]) -> list[str]:
    """What was done, in sentences for the console; mostly nothing. Raises WriteFailed, StoreUnavailable.

    ``keys`` are the service keys that are there, with what an entry covers of each. Records
    ``server:triggers:made_again`` and ``server:data:sealed``.
    """
    with database.reading() as session:
        faulty, due = triggers.list_faulty(raw(session), database.dialect), is_due(session, keys)
    sentences = []
    if faulty:
        with database.transaction(alone=True) as session:
            # Another server may have been faster.
            faulty = triggers.list_faulty(raw(session), database.dialect)
            triggers.make_again(raw(session), database.dialect, faulty)
            for name in faulty:
                record(session, Tag.TRIGGERS_MADE_AGAIN, subject=name, outcome=Outcome.SYSTEM)
                sentences.append(
                    f"Atenção: o gatilho {name}, que protege os registros, tinha sido retirado ou alterado e foi"
                    " refeito. Confira os dados com: almoxarife check"
                )
    if due:
        with database.transaction(alone=True) as session:
            seal(session, keys)
    return sentences


def is_due(session: Session, keys: Mapping[str, bytes]) -> bool:
    """After an upgrade, and where a new shop finds keys that were made before it."""
    tally = raw(session).execute("SELECT entries, seal FROM audit_tally")
    return bool(tally) and (tally[0][1] is None or (tally[0] == (0, 0) and bool(keys)))


def seal(session: Session, keys: Mapping[str, bytes]) -> None:
    """Records ``server:data:sealed`` for each row and for the ledger, unless another server has done so.

    Reads everything, some seconds for a million movements: in a transaction of its own.
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
    for row in read_in_order(database, EVERY_MOVEMENT):
        last = row if isinstance(row, int) else row[0]
        add_to_seal(digest, row)
    subject = IdKind.MOVEMENT.to_wire(last) if last else None
    _record(session, subject, f"esquema {migrations.HEAD}", digest.digest())
    postpone(session, None, _keep)


class Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


def add_to_seal(digest: Digest, row: Row | int) -> None:
    """The next movement, in the order of ``seq``, and a line's end; of one that holds what none can, that alone."""
    with suppress(TypeError):
        if not isinstance(row, int):
            digest.update(movement_bytes(tidy_movement(row)))
    digest.update(b"\n")


def _record(session: Session, subject: str | None, cause: str | None, found: bytes | None) -> None:
    record(
        session,
        Tag.DATA_SEALED,
        subject=subject,
        outcome=Outcome.SYSTEM,
        cause=cause,
        row_hash=partial(_known, found),
    )


def _known(found: bytes | None) -> bytes | None:
    return found


def _keep(database: Raw, _: list[None]) -> None:
    """The entry over the ledger is the last one."""
    database.send("UPDATE audit_tally SET seal = (SELECT max(id) FROM audit_entries)")
