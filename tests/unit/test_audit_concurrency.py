"""One chain, whoever writes at the same time, fails in between, or is killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import WriteFailed
from almoxarife.server.store.database import Database
from tests.databases import Databases, Place, wait_for_the_dead
from tests.unit.trail import LENGTH, head, make_trail, somebody, verify
from tests.unit.writing import in_one_batch, open_scripted

PROJECT = Path(__file__).parents[2]


class Regret(Exception):
    pass


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    place = make_trail(databases.make(tmp_path))
    yield place
    databases.drop(place)


@pytest.fixture
def database(place: Place) -> Database:
    database = open_scripted(place)
    database._writer._max_seconds = 60  # on a slow machine too, those who wait share a batch
    return database


def record(database: Database, subject: str, *, times: int = 1, fails: bool = False) -> None:
    with database.transaction() as session:
        for _ in range(times):
            audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(1), subject=subject)
        if fails:
            raise Regret


def subjects(database: Database) -> list[str | None]:
    with database.reading() as session:
        rows = audit.raw(session).execute("SELECT subject FROM audit_entries WHERE id > ? ORDER BY id", (LENGTH,))
    return [subject for (subject,) in rows]


def test_a_unit_that_fails_leaves_the_chain_of_its_batch_as_it_was(database: Database, place: Place) -> None:
    commits = database.commits
    in_one_batch(
        database._writer,
        lambda: record(database, "m1", fails=True),  # the first of the batch: the head is not known yet
        lambda: record(database, "m2"),
        lambda: record(database, "m3", times=3, fails=True),
        lambda: record(database, "m4", times=2),
        lambda: record(database, "m5", fails=True),
    )

    assert database.commits == commits + 1
    assert subjects(database) == ["m2", "m4", "m4"]
    database.close()
    assert verify(place) == (head(place), None)


def test_a_batch_reads_the_head_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    count = audit._count
    monkeypatch.setattr(audit, "_count", lambda raw, more: asked.append(more) or count(raw, more))

    in_one_batch(database._writer, *[lambda: record(database, "m1", times=2)] * 5)

    assert asked == [10]
    assert len(subjects(database)) == 10
    database.close()


def test_a_batch_that_is_lost_is_not_followed(database: Database, place: Place) -> None:
    def end_it() -> None:
        with database.transaction() as session:
            audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(1), subject="m9")
            database._writer.channel.execute("ROLLBACK")  # as SQLite does by itself when the disk is full

    in_one_batch(database._writer, lambda: record(database, "m1"), end_it)
    record(database, "m2")

    assert subjects(database) == ["m2"]
    database.close()
    assert verify(place).fault is None


def test_an_entry_that_cannot_be_written_loses_its_batch_and_no_more(database: Database, place: Place) -> None:
    def record_a_stranger() -> None:
        with database.transaction() as session:
            audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(99), subject="m2")

    lost = in_one_batch(database._writer, lambda: record(database, "m1"), record_a_stranger)
    record(database, "m3")

    assert [type(unit.error) for unit in lost] == [WriteFailed, WriteFailed]
    assert subjects(database) == ["m3"]
    database.close()
    assert verify(place).fault is None


def test_nothing_is_recorded_where_nothing_can_be_written(database: Database) -> None:
    with database.reading() as session, pytest.raises(TypeError):
        audit.record(session, Tag.MOVEMENT_RECORDED, by=somebody(1), subject="m1")
    database.close()


PROGRAM = """
import os, sys
from threading import Thread
from almoxarife.server.store.database import Database
from tests.unit.test_audit_concurrency import Regret, record

database = Database.open(sys.argv[1])

def work(number):
    for entry in range(10_000):
        try:
            record(database, f"m{entry}", times=1 + entry % 3, fails=(number + entry) % 4 == 0)
            os.write(1, b".")  # acknowledged
        except Regret:
            pass

for number in range(16):
    Thread(target=work, args=(number,)).start()
"""


@pytest.mark.slow
def test_sixteen_that_write_and_fail_until_they_are_killed_leave_one_chain(place: Place) -> None:
    for _ in range(3):
        before = head(place)
        server = subprocess.Popen([sys.executable, "-c", PROGRAM, place], cwd=PROJECT, stdout=subprocess.PIPE)
        assert server.stdout is not None
        acknowledged = len(server.stdout.read(300))
        os.kill(server.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        acknowledged += len(server.stdout.read())
        server.stdout.close()
        server.wait()
        wait_for_the_dead(place)

        assert acknowledged >= 300
        assert head(place).id >= before.id + acknowledged
        assert verify(place, before) == (head(place), None)
