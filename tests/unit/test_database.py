"""Units of work on a real database: ORM, Core and raw SQL together, all or nothing."""

import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, StatementError

from almoxarife.server import context
from almoxarife.server.accounts.models import LoginFailure
from almoxarife.server.errors import WriteFailed
from almoxarife.server.store.columns import to_micros
from almoxarife.server.store.database import Database, is_unique_violation
from almoxarife.server.store.sessions import raw
from almoxarife.server.stores.models import Shop
from tests.unit.writing import driver_errors, fails_with, in_one_batch

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


FAILURES = [{"name_hash": "x" * 32, "address": "::1", "failed_at": NOON}] * 2000


def shop(name: str) -> Shop:
    return Shop(name=name, name_folded=name.lower(), created_at=NOON)


def shop_names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Shop.name).order_by(Shop.id)))


# --- writing ------------------------------------------------------------------------


def test_orm_core_and_raw_share_one_unit(database: Database) -> None:
    with database.transaction() as session:
        session.add(shop("Centro"))
        session.flush()
        session.execute(update(Shop).values(policy="permitir"))
        changed = raw(session).execute("UPDATE shops SET name = 'Sé' WHERE name = ? RETURNING policy", ("Centro",))

    assert changed == [("permitir",)]
    assert shop_names(database) == ["Matriz", "Sé"]


def test_what_a_unit_raises_undoes_it(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.add(shop("Centro"))
            session.flush()
            raw(session).execute("UPDATE shops SET policy = 'permitir'")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with database.reading() as session:
        assert raw(session).execute("SELECT name, policy FROM shops") == [("Matriz", "bloquear")]


def test_a_late_flush_that_fails_undoes_its_unit_alone(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(shop("Matriz"))

    with database.transaction() as session:
        session.add(shop("Centro"))

    assert shop_names(database) == ["Matriz", "Centro"]


def test_a_savepoint_of_its_own_lets_a_unit_go_on(database: Database) -> None:
    with database.transaction() as session:
        session.add(shop("Centro"))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(Shop.__table__.insert().values(name="x", name_folded="matriz", policy="x", created_at=NOON))
        session.add(shop("Sé"))

    assert shop_names(database) == ["Matriz", "Centro", "Sé"]


def test_a_session_rolled_back_inside_goes_on_in_the_same_unit(database: Database) -> None:
    with database.transaction() as session:
        session.add(shop("Centro"))
        session.flush()
        session.rollback()
        session.add(shop("Sé"))

    assert shop_names(database) == ["Matriz", "Sé"]


def test_objects_can_be_read_after_their_unit_and_the_session_cannot(database: Database) -> None:
    with database.transaction() as session:
        centro = shop("Centro")
        session.add(centro)
    fast = raw(session)

    assert (centro.id, centro.name, centro.policy) == (2, "Centro", "bloquear")
    with pytest.raises(InvalidRequestError):
        session.execute(select(Shop))
    with pytest.raises(RuntimeError):
        fast.execute("SELECT 1")


def test_an_interrupt_in_a_statement_leaves_the_shared_connection_open(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(database._store.unit_connection.dialect), "do_execute", interrupt)
        with pytest.raises(KeyboardInterrupt), database.transaction() as session:
            session.execute(select(Shop))

    with database.transaction() as session:
        session.add(shop("Centro"))
    assert shop_names(database) == ["Matriz", "Centro"]


def test_a_transaction_inside_a_transaction_is_an_error(database: Database) -> None:
    with database.transaction():
        with pytest.raises(RuntimeError), database.transaction():
            pass
        with pytest.raises(RuntimeError), database.reading():
            pass


@pytest.mark.sqlite
def test_after_sqlite_has_rolled_back_a_unit_cannot_go_on(database: Database) -> None:
    def go_on_after_the_loss(statement: str) -> None:
        with database.transaction() as session:
            raw(session).execute("ROLLBACK")  # as SQLite does by itself when the disk is full
            with pytest.raises(sqlite3.OperationalError):
                raw(session).execute(statement)
            with pytest.raises(Exception, match="rolled the transaction back"):
                session.execute(Shop.__table__.delete())
            with pytest.raises(Exception, match="rolled the transaction back"):
                session.execute(LoginFailure.__table__.insert(), FAILURES)

    with pytest.raises(WriteFailed):
        go_on_after_the_loss("DELETE FROM shops")

    assert shop_names(database) == ["Matriz"]


@pytest.mark.sqlite
def test_a_full_disk_is_write_failed_whoever_hit_it(database: Database) -> None:
    with database.transaction() as session:
        ((pages,),) = raw(session).execute("PRAGMA page_count")
    database._writer.channel.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    def fill() -> None:
        with database.transaction() as session:
            session.execute(LoginFailure.__table__.insert(), FAILURES)

    with pytest.raises(WriteFailed):
        fill()

    database._writer.channel.execute("PRAGMA max_page_count = 100000").fetchall()
    fill()


@pytest.mark.parametrize("wrap", [lambda error: error, lambda error: DBAPIError("SELECT", {}, error)])
def test_a_failing_database_is_write_failed_and_a_wrong_statement_is_not(
    database: Database, wrap: Callable[[Exception], Exception]
) -> None:
    of_the_disk, of_the_statement = driver_errors(database)
    with pytest.raises(WriteFailed), database.transaction():
        raise wrap(of_the_disk)
    with pytest.raises((type(of_the_statement), DBAPIError)), database.transaction():
        raise wrap(of_the_statement)


def test_a_long_unit_has_a_commit_of_its_own(database: Database) -> None:
    app = Flask(__name__)
    context.Services(app, database)
    database._writer._max_seconds = 60  # on a busy machine too

    def record(name: str, own_commit: bool) -> None:
        with app.app_context(), context.transaction(own_commit=own_commit) as session:
            session.add(shop(name))

    in_one_batch(database._writer, lambda: record("a", False), lambda: record("b", False))
    assert database.commits == 1
    in_one_batch(database._writer, lambda: record("c", False), lambda: record("d", True))
    assert database.commits == 3


def test_probe_makes_a_database_healthy_again_once_a_commit_succeeds(database: Database) -> None:
    database._writer.channel.before["commit"] = database._writer.channel.fail
    with pytest.raises(WriteFailed), database.transaction() as session:
        session.add(shop("Centro"))

    assert not database.healthy
    assert not database.probe()
    database._writer.channel.before.clear()
    assert database.probe()
    assert database.healthy


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_with_room_for_less_than_an_entry_is_not_writable(database: Database, tmp_path: Path) -> None:
    import resource

    with database.transaction() as session:
        session.add(shop("Centro"))
    (log,) = tmp_path.rglob("*.db-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 40_000, hard))
    try:
        with pytest.raises(WriteFailed), database.transaction() as session:
            session.execute(LoginFailure.__table__.insert(), FAILURES)
        for name in ("Sé", "Lapa"):  # what is small is still taken
            assert not database.probe()
            with database.transaction() as session:
                raw(session).execute("UPDATE shops SET name = ? WHERE id = 1", (name,))
        assert not database.probe()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert database.probe()
    assert shop_names(database) == ["Lapa", "Centro"]


@pytest.mark.sqlite
def test_a_failed_fsync_is_never_probed_away(database: Database) -> None:
    database._writer.channel.before["commit"] = fails_with(sqlite3.SQLITE_IOERR_FSYNC)
    with pytest.raises(WriteFailed), database.transaction() as session:
        session.add(shop("Centro"))
    database._writer.channel.before.clear()

    assert not database.probe()
    assert database.fatal is not None


# --- constraints and columns --------------------------------------------------------


def test_a_unique_violation_is_told_from_other_broken_rules(database: Database) -> None:
    with pytest.raises(IntegrityError) as by_orm, database.transaction() as session:
        session.add(shop("Matriz"))
    with pytest.raises(database._store.failures) as by_raw, database.transaction() as session:
        raw(session).execute("UPDATE shops SET id = 1, name = NULL")

    assert is_unique_violation(by_orm.value)
    assert not is_unique_violation(by_raw.value)
    assert not is_unique_violation(ValueError("UNIQUE constraint failed: shops.id"))


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001
    brasilia = NOON.astimezone(timezone(timedelta(hours=-3)))
    with database.transaction() as session:
        session.add(shop("Centro"))
        session.execute(update(Shop).values(created_at=brasilia))
    with database.reading() as session:
        assert set(session.scalars(select(Shop.created_at))) == {NOON}
        assert raw(session).execute("SELECT DISTINCT created_at FROM shops") == [(to_micros(NOON),)]


def test_a_refused_value_leaves_nothing(database: Database) -> None:
    def record() -> None:
        with database.transaction() as session:
            session.add(shop("Centro"))
            session.flush()
            session.execute(update(Shop).values(created_at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError):
        record()

    assert shop_names(database) == ["Matriz"]
