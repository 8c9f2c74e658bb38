"""Compares the tables, columns and indexes of a database with the models.

The revision in a database says which migrations were run, not what it contains: somebody or another program
may have changed it.
"""

import re
from typing import NamedTuple

from sqlalchemy import Connection, Index, MetaData, Table, UniqueConstraint, inspect

from almoxarife.server.store.columns import tell_postgresql

_SQLITE_COLUMNS = """
    SELECT t.name, c.name, c."notnull" AND c.dflt_value IS NULL
    FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND t.rootpage > 0
"""
"""Without virtual tables, which have no page of their own, and perhaps an extension that this SQLite has not."""
_SQLITE_INDEXES = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index'"
_SQLITE_TABLES = "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
_NAMED_RULE = re.compile(r'\bCONSTRAINT\s+"?(\w+)"?\s+UNIQUE\b')


class Difference(NamedTuple):
    sentence: str
    """The end of the Portuguese sentence "o banco de dados não tem a forma esperada: …"."""
    lost_index: Index | None = None
    """A missing index, which can be created again."""


class _Found(NamedTuple):
    """A table of the database."""

    columns: dict[str, bool]
    """Whether an INSERT without the column would fail, by column."""
    rules: set[str]
    """The names of its indexes and unique constraints."""


def list_differences(connection: Connection, models: MetaData) -> list[Difference]:
    """Everything that is missing, or that would prevent the program from writing."""
    if connection.dialect.name == "postgresql":
        tell_postgresql(models)
        tables = _read_server(connection)
    else:
        tables = _read_sqlite(connection)
    differences = []
    for table in models.sorted_tables:
        if found := tables.get(table.name):
            differences += _compare(table, found)
        else:
            differences.append(Difference(f"falta a tabela {table.name}"))
    return differences


def _read_sqlite(connection: Connection) -> dict[str, _Found]:
    """Read all tables with three statements. SQLAlchemy's inspector has one for each table: 10 ms of each start."""
    tables = {}
    for name, sql in connection.exec_driver_sql(_SQLITE_TABLES):
        tables[name] = _Found(
            {}, set(_NAMED_RULE.findall(sql))
        )  # SQLite has the names of constraints only in this text
    for name, column, is_demanded in connection.exec_driver_sql(_SQLITE_COLUMNS):
        tables[name].columns[column] = bool(is_demanded)
    for name, index in connection.exec_driver_sql(_SQLITE_INDEXES):
        tables[name].rules.add(index)
    return tables


def _read_server(connection: Connection) -> dict[str, _Found]:
    inspector = inspect(connection)
    indexes = inspector.get_multi_indexes()  # a unique constraint has an index of its name
    return {
        str(key[1]): _Found(
            {column["name"]: not column["nullable"] and column["default"] is None for column in columns},
            {str(index["name"]) for index in indexes[key]},
        )
        for key, columns in inspector.get_multi_columns().items()
    }


def _compare(table: Table, found: _Found) -> list[Difference]:
    differences = [
        Difference(f"falta a coluna {name} da tabela {table.name}")
        for name in set(table.columns.keys()) - found.columns.keys()
    ]
    differences += [
        Difference(f"a tabela {table.name} exige uma coluna desconhecida, {name}")
        for name, is_demanded in found.columns.items()
        if is_demanded and name not in table.columns
    ]
    if differences:
        return sorted(differences)
    rules = {str(rule.name) for rule in table.constraints if isinstance(rule, UniqueConstraint)}
    return [
        *(Difference(f"falta a regra {name} da tabela {table.name}") for name in sorted(rules - found.rules)),
        *(
            Difference(f"falta o índice {index.name} da tabela {table.name}", index)
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if index.name not in found.rules
        ),
    ]
