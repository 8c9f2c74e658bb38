"""Compares the tables, columns and indexes of a database with the models.

The revision in a database says which migrations were run, not what it contains: somebody or another program
may have changed it.
"""

from typing import NamedTuple

from sqlalchemy import Connection, Index, MetaData, Table, UniqueConstraint, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import Inspector

from almoxarife.server.store.columns import tell_postgresql


class Difference(NamedTuple):
    sentence: str
    """In Portuguese, the end of "o banco de dados não tem a forma esperada: …"."""
    lost_index: Index | None = None
    """A missing index, which can be created again."""


def list_differences(connection: Connection, models: MetaData) -> list[Difference]:
    """Everything that is missing, or that would keep the program from writing."""
    if connection.dialect.name == "postgresql":
        tell_postgresql(models)
    inspector = inspect(connection)
    found = set(inspector.get_table_names())
    differences = []
    for table in models.sorted_tables:
        if table.name not in found:
            differences.append(Difference(f"falta a tabela {table.name}"))
        else:
            differences += _compare(inspector, table)
    return differences


def _compare(inspector: Inspector, table: Table) -> list[Difference]:
    columns = {column["name"]: column for column in inspector.get_columns(table.name)}
    differences = [
        Difference(f"falta a coluna {name} da tabela {table.name}") for name in table.columns.keys() - columns.keys()
    ]
    differences += [
        Difference(f"a tabela {table.name} exige uma coluna desconhecida, {name}")
        for name, column in columns.items()
        if name not in table.columns and _is_demanded(column)
    ]
    if differences:
        return sorted(differences)
    return _compare_rules(inspector, table)


def _is_demanded(column: ReflectedColumn) -> bool:
    """Whether an INSERT without this column would fail."""
    return not column["nullable"] and column["default"] is None


def _compare_rules(inspector: Inspector, table: Table) -> list[Difference]:
    indexes = {index["name"] for index in inspector.get_indexes(table.name)}
    rules = {str(rule.name) for rule in table.constraints if isinstance(rule, UniqueConstraint)}
    missing = rules - indexes
    if missing:  # few tables have any, and SQLite tells them by the text of the table alone
        missing -= {str(rule["name"]) for rule in inspector.get_unique_constraints(table.name)}
    return [
        *(Difference(f"falta a regra {name} da tabela {table.name}") for name in sorted(missing)),
        *(
            Difference(f"falta o índice {index.name} da tabela {table.name}", index)
            for index in sorted(table.indexes, key=lambda index: str(index.name))
            if index.name not in indexes
        ),
    ]
