"""A database is made and upgraded by the same revisions, and an upgrade that fails changes nothing."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex

from almoxarife.server.catalog.service import list_shared_codes
from almoxarife.server.errors import StartupError
from almoxarife.server.store.columns import partial_index, tell_postgresql
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from almoxarife.server.upkeep.migrations import HEAD, migrate
from almoxarife.server.upkeep.migrations.__main__ import draft, load_models
from tests import landed
from tests.databases import Databases, Place, execute, rows

SCRIPTS = Path(migrations.__file__).parent

AFTER = f"{int(HEAD) + 1:04}"
"""The revision that comes next, in the made-up histories below."""

NEXT = """
import os
import sqlalchemy as sa
from alembic import op
revision = "{revision}"
down_revision = "{before}"

def upgrade():
    rebuild = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("users", recreate=rebuild) as table:
        table.add_column(sa.Column("nickname", sa.String(20)))
    {then}
"""


@pytest.fixture
def place(databases: Databases, first_start: Place, tmp_path: Path) -> Iterator[Place]:
    """A database that somebody has worked with."""
    folder = tmp_path / "Loja São João & Cia 100%"
    folder.mkdir()
    place = databases.copy(first_start, folder)
    execute(
        place,
        "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
        " generation, created_at) VALUES ('Ana', 'ana', false, false, 'estoquista', 'ativo', 1, 0)",
        "INSERT INTO login_sessions (user_id, created_at) VALUES (1, 0)",
    )
    yield place
    databases.drop(place)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return shutil.copytree(SCRIPTS, tmp_path / "revisões 100%", ignore=shutil.ignore_patterns("__pycache__"))


def next_revision(scripts: Path, then: str = "pass") -> None:
    (scripts / "versions" / f"r{AFTER}_nicknames.py").write_text(
        NEXT.format(then=then, revision=AFTER, before=HEAD), "utf-8"
    )


def revision(place: Place) -> str:
    return str(rows(place, "SELECT version_num FROM alembic_version")[0][0])


def schema(place: Place) -> list[tuple[object, ...]]:
    """Every table, index and trigger, column by column."""
    if not is_server(place):
        return rows(place, "SELECT sql FROM sqlite_schema")
    columns = "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    return [
        *rows(place, f"{columns} WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"),
        *rows(place, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"),
        *triggers(place),
    ]


def triggers(place: Place) -> list[tuple[object, ...]]:
    if not is_server(place):
        return rows(place, "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")
    return rows(place, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname")


def copies(path: Place) -> list[Path]:
    return sorted(Path(path).parent.glob("*.bak"))


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_the_revisions_make_exactly_the_models_tables(place: Place) -> None:
    database = Database.open(place)
    with database.transaction() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "include_object": has_model}
        )
        assert compare_metadata(context, load_models()) == []
    database.close()


def has_model(_: object, name: str, *__: object) -> bool:
    return name != "versions"  # of a server: written with the COMMIT alone


def test_a_new_database_has_the_shop_matriz(place: Place) -> None:
    assert rows(place, "SELECT name, name_folded, policy FROM shops") == [("Matriz", "matriz", "bloquear")]


@pytest.mark.sqlite
def test_a_new_file_is_its_owner_s_alone_and_needs_no_copy(place: Path) -> None:
    assert copies(place) == []
    if sys.platform != "win32":
        assert place.stat().st_mode & 0o777 == 0o600


def test_a_database_at_head_is_left_alone_without_loading_alembic(place: Place) -> None:
    program = (
        "import sys; from almoxarife.server.upkeep.migrations import migrate\n"
        "assert migrate(sys.argv[1]) is False; assert not [m for m in sys.modules if m.startswith('alembic')]"
    )
    subprocess.run([sys.executable, "-c", program, place], check=True, cwd=SCRIPTS.parents[3])


MOVEMENT = (
    "movements (seq, shop_id, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at, occurred_at,"
    " is_clock_corrected, is_below_zero) VALUES (1, 1, 1, 'entrada', 1, 1, 1, 1, 0, 0, false, false)"
)
ENTRY = (
    "audit_entries (id, recorded_at, tag, outcome, address, address_salt, hash)"
    " VALUES (1, 0, 'x', 'y', '127.0.0.1', {byte}, {byte})"
)


def byte(place: Place) -> str:
    return "decode('00', 'hex')" if is_server(place) else "x'00'"


@pytest.mark.parametrize("row", [MOVEMENT, ENTRY])
def test_the_ledger_and_the_trail_are_only_added_to(place: Place, row: str) -> None:
    row = row.format(byte=byte(place))
    execute(
        place,
        "INSERT INTO products VALUES"
        " (1, 'Parafuso', 'parafuso', 'un', NULL, NULL, NULL, true, 1, 0, 1, 'parafuso', NULL, NULL, NULL, NULL)",
        f"INSERT INTO {row}",
    )

    table = row.split()[0]
    replace = f"TRUNCATE {table} CASCADE" if is_server(place) else f"INSERT OR REPLACE INTO {row}"
    for statement in (f"UPDATE {table} SET recorded_at = 1", f"DELETE FROM {table}", replace):
        assert_refused(place, statement)


def assert_refused(place: Place, statement: str) -> None:
    database = Database.open(place)
    try:
        with pytest.raises(database._store.failures, match="insert-only"), database.transaction() as session:
            raw(session).execute(statement)
    finally:
        database.close()


def test_nothing_but_an_address_leaves_the_trail(place: Place) -> None:
    execute(place, f"INSERT INTO {ENTRY.format(byte=byte(place))}")
    for statement in (
        "UPDATE audit_entries SET address = '127.0.0.2', address_salt = NULL",
        f"UPDATE audit_entries SET address = NULL, address_salt = {byte(place)}",
        "UPDATE audit_entries SET address = NULL, address_salt = NULL, cause = 'z'",
        "DELETE FROM audit_entries",
    ):
        assert_refused(place, statement)

    execute(place, "UPDATE audit_entries SET address = NULL, address_salt = NULL")
    assert rows(place, "SELECT address, address_salt, tag FROM audit_entries") == [(None, None, "x")]


@pytest.mark.sqlite
def test_a_quantity_that_is_no_whole_number_is_refused_by_the_table(place: Path) -> None:
    with closing(sqlite3.connect(place)) as db, pytest.raises(sqlite3.IntegrityError, match="whole_numbers"):
        db.execute("INSERT INTO balances VALUES (1, 1, 1.5)")


def test_a_database_of_the_first_version_is_upgraded_with_its_rows_and_triggers(
    place: Place, databases: Databases, tmp_path: Path
) -> None:
    old = databases.make(tmp_path)
    landed.migrate_to(old, "0001")
    execute(
        old,
        "INSERT INTO audit_entries (id, recorded_at, tag, outcome, subject, hash)"
        f" VALUES (1, 0, 'x', 'y', 'u1', {byte(old)})",
    )

    assert migrate(old)

    assert revision(old) == HEAD
    assert rows(old, "SELECT subject FROM audit_entries") == [("u1",)]
    assert rows(old, "SELECT name FROM shops") == [("Matriz",)]
    assert triggers(old) == triggers(place) != []
    databases.drop(old)


def test_another_program_s_people_move_out_of_the_accounts(databases: Databases, tmp_path: Path) -> None:
    old = databases.make(tmp_path)
    landed.migrate_to(old, "0004")
    user = (
        "INSERT INTO users (id, username, username_folded, password_hash, full_name, email, age, role, state,"
        " erased_at, is_password_weak, must_change_password, generation, created_at) VALUES "
    )
    execute(
        old,
        f"{user}(1, 'Ana', 'ana', 'hash', NULL, NULL, NULL, 'administrador', 'ativo', NULL, false, false, 1, 0)",
        f"{user}(2, 'Bia', 'bia', 'hash', 'Bia Sá', 'bia@loja', 41, 'vendedor', 'ativo', NULL, false, false, 1, 0)",
        f"{user}(70, 'admin', 'admin', NULL, 'admin', 'x', NULL, 'administrador', 'ativo', NULL, false, false, 1, 0)",
        f"{user}(71, 'Usuário removido #71', '/removido/71', NULL, NULL, NULL, NULL, 'vendedor', 'inativo', 5,"
        " false, false, 2, 0)",
        "INSERT INTO user_shops VALUES (2, 1), (70, 1)",
        # Somebody tried to register as "admin".
        "INSERT INTO audit_entries (id, recorded_at, tag, outcome, actor_id, subject, hash)"
        f" VALUES (1, 0, 'x', 'y', 70, 'u70', {byte(old)})",
    )

    assert migrate(old)

    assert rows(old, "SELECT number, name, email, age, user_id FROM directory_people ORDER BY number") == [
        (2, "Bia Sá", "bia@loja", 41, 2),
        (70, "admin", "x", None, None),
    ]
    people = "SELECT id, username, username_folded, role, state, erased_at IS NULL FROM users ORDER BY id"
    assert [(*row[:-1], bool(row[-1])) for row in rows(old, people)] == [
        (1, "Ana", "ana", "administrador", "ativo", True),
        (2, "Bia", "bia", "vendedor", "ativo", True),
        (70, "Usuário removido #70", "/removido/70", "vendedor", "inativo", False),
        (71, "Usuário removido #71", "/removido/71", "vendedor", "inativo", False),
    ]
    assert rows(old, "SELECT * FROM user_shops") == [(2, 1)]
    databases.drop(old)


def test_whoever_administers_goes_on_in_their_shop(databases: Databases, tmp_path: Path) -> None:
    old = databases.make(tmp_path)
    landed.migrate_to(old, "0007")
    user = (
        "INSERT INTO users (username, username_folded, password_hash, role, state, is_password_weak,"
        " must_change_password, generation, created_at) VALUES "
    )
    execute(
        old,
        "INSERT INTO shops (name, name_folded, policy, created_at) VALUES ('Centro', 'centro', 'bloquear', 0)",
        f"{user}('Ana', 'ana', 'x', 'administrador', 'ativo', false, false, 1, 0)",
        f"{user}('Bia', 'bia', 'x', 'administrador', 'ativo', false, false, 1, 0)",
        f"{user}('Eva', 'eva', 'x', 'gerente', 'ativo', false, false, 1, 0)",
        "INSERT INTO user_shops VALUES (2, 2), (3, 2)",
    )

    assert migrate(old)

    assert rows(old, "SELECT username, usual_shop_id FROM users ORDER BY id") == [("Ana", 1), ("Bia", 2), ("Eva", None)]
    databases.drop(old)


def test_an_older_database_is_upgraded_with_all_its_rows(place: Place, scripts: Path) -> None:
    next_revision(scripts)

    assert migrate(place, scripts=scripts, head=AFTER)

    assert revision(place) == AFTER
    assert rows(place, "SELECT username, nickname FROM users") == [("Ana", None)]
    assert rows(place, "SELECT user_id FROM login_sessions") == [(1,)]


@pytest.mark.sqlite
def test_an_older_file_is_copied_first(place: Path, scripts: Path) -> None:
    next_revision(scripts)
    of_a_killed_start = place.with_name(f".{place.name}.antes-de-{AFTER}-20261129-080000.bak.4711.parcial-journal")
    of_a_killed_start.touch()

    migrate(place, scripts=scripts, head=AFTER)

    (copy,) = copies(place)
    assert not of_a_killed_start.exists()
    assert copy.name.startswith(f"almoxarife.db.antes-de-{AFTER}-")
    assert revision(copy) == HEAD
    assert rows(copy, "SELECT username FROM users") == [("Ana",)]


@pytest.mark.parametrize("active", ["false", "true"])
def test_products_of_before_keep_their_codes_and_only_one_has_each(
    databases: Databases, tmp_path: Path, active: str
) -> None:
    old = databases.make(tmp_path)
    landed.migrate_to(old, "0008")
    execute(
        old,
        "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
        " generation, created_at) VALUES ('Ana', 'ana', false, false, 'estoquista', 'ativo', 1, 0)",
        "INSERT INTO products VALUES"
        f" (1, 'Café', 'cafe', 'UN', '012345678905', NULL, NULL, {active}, 1, 0, 1),"
        " (2, 'CAFÉ moído', 'cafe moido', 'UN', '00012345678905', NULL, NULL, true, 1, 0, 1),"
        " (3, 'Pão', 'pao', 'UN', '00000000', NULL, NULL, true, 1, 0, 1),"
        " (4, 'Chiclete', 'chiclete', 'UN', '96385074', NULL, NULL, true, 1, 0, 1)",
    )

    assert migrate(old)

    kept = "00012345678905"
    assert rows(old, "SELECT name_folded, name_searched, barcode, gtin FROM products ORDER BY id") == [
        ("café", "cafe", "012345678905", kept if active == "true" else None),
        ("café moído", "cafe moido", "00012345678905", None if active == "true" else kept),
        ("pão", "pao", None, None),
        ("chiclete", "chiclete", "96385074", "00000096385074"),
    ]
    database = Database.open(old)
    with database.reading() as session:
        shared = list_shared_codes(session)
    database.close()
    told = [(code.product_id, code.other_id) for code in shared]
    assert told == ([(1, 2)] if active == "true" else [])
    databases.drop(old)


@pytest.mark.parametrize(
    "then", ["raise RuntimeError('no')", "op.execute('DELETE FROM users')", "op.execute('nonsense')"]
)
def test_an_upgrade_that_fails_leaves_the_old_database_in_use(place: Place, scripts: Path, then: str) -> None:
    next_revision(scripts, then)
    before = schema(place)

    with pytest.raises(StartupError, match="O banco anterior continua como estava") as error:
        migrate(place, scripts=scripts, head=AFTER)

    assert revision(place) == HEAD
    assert schema(place) == before
    assert rows(place, "SELECT username FROM users") == [("Ana",)]
    if not is_server(place):
        assert str(copies(place)[0]) in str(error.value)
    assert migrate(place) is False


def test_an_upgrade_that_is_killed_leaves_the_old_database_in_use(place: Place, scripts: Path) -> None:
    next_revision(scripts, "os._exit(9)")
    program = (
        "import sys; from pathlib import Path; from almoxarife.server.upkeep.migrations import migrate\n"
        "migrate(sys.argv[1], scripts=Path(sys.argv[2]), head=sys.argv[3])"
    )
    killed = subprocess.run([sys.executable, "-c", program, place, scripts, AFTER], cwd=SCRIPTS.parents[3])

    assert killed.returncode == 9
    assert migrate(place) is False
    assert rows(place, "SELECT username FROM users") == [("Ana",)]


def test_a_newer_database_is_refused_with_a_sentence(place: Place) -> None:
    execute(place, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StartupError, match=r"versão mais nova do Almoxarife \(esquema 9999\)"):
        migrate(place)


def test_another_program_s_database_is_refused_and_left_alone(databases: Databases, tmp_path: Path) -> None:
    place = databases.make(tmp_path)
    execute(place, "CREATE TABLE theirs (x text)")
    before = schema(place)

    with pytest.raises(StartupError, match="de outro programa"):
        migrate(place)
    assert schema(place) == before
    databases.drop(place)


def test_a_damaged_database_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "almoxarife.db"
    path.write_bytes(b"nonsense" * 1000)

    with pytest.raises(StartupError, match="está danificado"):
        migrate(path)


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Não é possível gravar"):
        migrate(tmp_path / "missing" / "almoxarife.db")
    with pytest.raises(StartupError, match="Não é possível gravar"):
        migrate(tmp_path)


def test_a_revision_can_be_drafted_from_the_models(scripts: Path) -> None:
    draft("more things", scripts)

    text = (scripts / "versions" / f"r{AFTER}_more_things.py").read_text("utf-8")
    assert text.startswith('"""more things."""')
    assert f"down_revision = '{HEAD}'" in text
    assert "create_table" not in text


def test_an_index_of_some_rows_is_one_on_each_database() -> None:
    table = Table("t", MetaData(), Column("a", Integer), partial_index("ix", "a", where="a > 1", is_unique=True))
    tell_postgresql(table.metadata)
    (index,) = table.indexes

    for dialect in (sqlite.dialect(), postgresql.dialect()):
        assert str(CreateIndex(index).compile(dialect=dialect)) == "CREATE UNIQUE INDEX ix ON t (a) WHERE a > 1"
