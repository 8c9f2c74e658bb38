"""A start looks at what is in the database, not only at the revision that it is said to be of."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, UniqueConstraint, create_engine

from almoxarife.server.upkeep.migrations.comparison import list_differences
from tests.databases import execute, rows
from tests.server.conftest import MakeServer, place_of
from tests.server.processes import BOLTS, LAUNCHER, almoxarife
from tests.server.test_starting import assert_refused

LOSSES = {
    "ALTER TABLE products RENAME TO goods": "falta a tabela products",
    "ALTER TABLE movements RENAME COLUMN reason TO why": "falta a coluna reason da tabela movements",
    "DROP TABLE idempotency_keys": "falta a tabela idempotency_keys",
}


@pytest.mark.parametrize(("statement", "sentence"), LOSSES.items(), ids=list(LOSSES.values()))
def test_what_is_missing_is_named_and_nothing_is_served(
    make_server: MakeServer, data: Path, statement: str, sentence: str
) -> None:
    execute(place_of(data), statement)

    assert_refused(make_server(data), sentence, "Nada foi mudado", f"{LAUNCHER} restore ")
    checked = almoxarife("check", data=data)
    assert checked.returncode == 1
    assert sentence in checked.stdout
    assert "Traceback" not in checked.stderr


def test_an_index_that_is_gone_is_made_again(make_server: MakeServer, data: Path) -> None:
    place = place_of(data)
    execute(place, "DROP INDEX ix_movements_recorded_at", "DROP INDEX uq_movements_reverses")
    assert "falta o índice ix_movements_recorded_at" in almoxarife("check", data=data).stdout

    with make_server(data).start().client() as ana:
        assert ana.receive(BOLTS, 5).status == 201

    assert almoxarife("check", data=data).returncode == 0
    execute(place, "DROP INDEX uq_movements_reverses")  # it is there


@pytest.mark.parametrize("damage", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
@pytest.mark.sqlite
def test_a_database_that_does_not_say_of_which_version_it_is(make_server: MakeServer, data: Path, damage: str) -> None:
    execute(place_of(data), damage)

    assert_refused(make_server(data), "não diz de que versão do Almoxarife é", f"{LAUNCHER} restore ")
    for command in ("check", "backup", "audit"):
        arguments = {"check": (), "backup": ("cópia.db",), "audit": ("verify",)}[command]
        assert "Traceback" not in almoxarife(command, *arguments, data=data).stderr


def test_check_of_data_of_an_older_version_says_so(data: Path) -> None:
    execute(place_of(data), "UPDATE alembic_version SET version_num = '0002'")

    checked = almoxarife("check", data=data)

    assert checked.returncode == 2
    assert "de outra versão do Almoxarife" in checked.stderr
    assert rows(place_of(data), "SELECT version_num FROM alembic_version") == [("0002",)]


def test_columns_and_rules_of_a_table_are_compared() -> None:
    models = MetaData()
    Table("t", models, Column("a", Integer), Column("b", Integer), UniqueConstraint("a", name="uq"), Index("ix", "b"))
    found = []
    for made in (
        "CREATE TABLE t (a INTEGER, b INTEGER, CONSTRAINT uq UNIQUE (a))",
        "CREATE TABLE t (a INTEGER, b INTEGER)",
        "CREATE TABLE t (a INTEGER, c INTEGER NOT NULL)",
        "CREATE TABLE t (a INTEGER, b INTEGER, c INTEGER NOT NULL DEFAULT 0, d INTEGER, CONSTRAINT uq UNIQUE (a))",
    ):
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            connection.exec_driver_sql(made)
            found.append([difference.sentence for difference in list_differences(connection, models)])
        engine.dispose()

    index = "falta o índice ix da tabela t"
    assert found == [
        [index],
        ["falta a regra uq da tabela t", index],
        ["a tabela t exige uma coluna desconhecida, c", "falta a coluna b da tabela t"],
        [index],
    ]


def test_a_table_of_another_program_need_not_be_readable(tmp_path: Path) -> None:
    """A virtual one can be read only with its program's extension."""
    models = MetaData()
    Table("t", models, Column("a", Integer))
    virtual = "'table', 'map', 'map', 0, 'CREATE VIRTUAL TABLE map USING unknown(x)'"
    execute(
        tmp_path / "any.db",
        "CREATE TABLE t (a INTEGER)",
        "PRAGMA writable_schema = on",
        f"INSERT INTO sqlite_schema VALUES ({virtual})",
    )

    engine = create_engine(f"sqlite:///{tmp_path / 'any.db'}")
    with engine.begin() as connection:
        assert list_differences(connection, models) == []
    engine.dispose()
