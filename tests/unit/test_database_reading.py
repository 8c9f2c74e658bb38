"""Snapshots on connections of their own, and the versions that tell when one is out of date."""

from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from almoxarife.server import context
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import mark_changed, raw
from almoxarife.server.stores.models import Shop
from tests.databases import Place
from tests.unit.writing import Doing, driver_errors

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


def shop(name: str) -> Shop:
    return Shop(name=name, name_folded=name.lower(), created_at=NOON)


def shop_names(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(Shop.name).order_by(Shop.id)))


def add(database: Database, name: str) -> None:
    with database.transaction() as session:
        session.add(shop(name))


def test_a_reader_keeps_its_snapshot_while_others_write(database: Database) -> None:
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Shop))
        Doing(lambda: add(database, "Centro")).outcome()
        assert session.scalar(select(func.count()).select_from(Shop)) == before
        assert raw(session).execute("SELECT count(*) FROM shops") == [(before,)]

    assert shop_names(database) == ["Matriz", "Centro"]
    assert len(database._idle) == 1, "the connection is free again"


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(database._store.failures, match=r"read-?only"), database.reading() as session:
        raw(session).execute("DELETE FROM shops")

    assert shop_names(database) == ["Matriz"]


def test_sixty_four_threads_read_over_a_few_connections(place: Place) -> None:
    database = Database.open(place, readers=4)
    together = Barrier(64)

    def look() -> list[str]:
        together.wait()
        return shop_names(database)

    assert [doing.outcome() for doing in [Doing(look) for _ in range(64)]] == [["Matriz"]] * 64
    assert len(database._idle) <= 4
    database.close()


def test_when_no_reader_becomes_free_the_store_is_unavailable(place: Place) -> None:
    database = Database.open(place, readers=1, timeout_s=0.05)
    with database.reading():
        assert Doing(lambda: shop_names(database)).outcome() is StoreUnavailable

    assert shop_names(database) == ["Matriz"]
    database.close()


def test_a_disk_that_cannot_be_read_is_the_store_s_fault(database: Database) -> None:
    with pytest.raises(StoreUnavailable), database.reading():
        raise driver_errors(database)[0]

    assert shop_names(database) == ["Matriz"]


def test_reading_inside_reading_is_an_error(database: Database) -> None:
    with database.reading(), pytest.raises(RuntimeError), database.reading():
        pass

    assert shop_names(database) == ["Matriz"]


def test_after_close_nothing_begins(database: Database) -> None:
    database.close()

    with pytest.raises(WriteFailed), database.transaction():
        pass
    with pytest.raises(StoreUnavailable), database.reading():
        pass


@pytest.mark.sqlite
def test_versions_are_others_for_what_units_touched(database: Database) -> None:
    before = database.versions.of("products", "people")
    with database.transaction() as session:
        mark_changed(session, "products")
        assert database.versions.of("products", "people") == before

    products, people = database.versions.of("products", "people")
    assert products != before[0]
    assert people == before[1]


def test_only_a_writing_session_touches(database: Database) -> None:
    with database.reading() as session, pytest.raises(TypeError):
        mark_changed(session, "products")
    with pytest.raises(TypeError):
        raw(Session())


@pytest.mark.sqlite
def test_every_process_tags_differently(place: Place, database: Database) -> None:
    other = Database.open(place)
    assert other.versions.boot != database.versions.boot
    other.close()


def test_the_application_s_database_is_the_one_used(database: Database) -> None:
    app = Flask(__name__)
    context.Services(app, database)
    with app.app_context():
        with context.transaction(own_commit=True) as session:
            session.add(shop("Centro"))
        with context.reading() as session:
            assert session.scalar(select(func.count()).select_from(Shop)) == 2
