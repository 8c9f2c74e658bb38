"""A database is made and upgraded by the same revisions, and an upgrade that fails changes nothing."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from almoxarife.server import migrations
from almoxarife.server.database import Database
from almoxarife.server.errors import StartupError
from almoxarife.server.migrations import HEAD, find_revision, migrate
from almoxarife.server.migrations.__main__ import draft, load_models

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
    with op.batch_alter_table("users", recreate="always") as table:
        table.add_column(sa.Column("nickname", sa.String(20)))
    {then}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "Loja São João & Cia 100%" / "almoxarife.db"
    path.parent.mkdir()
    migrate(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO users (username, username_folded, is_password_weak, must_change_password, role, state,"
            " generation, created_at) VALUES ('Ana', 'ana', 0, 0, 'estoquista', 'ativo', 1, 0)"
        )
        db.execute("INSERT INTO login_sessions (user_id, created_at) VALUES (1, 0)")
        db.commit()
    return path


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return shutil.copytree(SCRIPTS, tmp_path / "revisões 100%", ignore=shutil.ignore_patterns("__pycache__"))


def next_revision(scripts: Path, then: str = "pass") -> None:
    (scripts / "versions" / f"r{AFTER}_nicknames.py").write_text(
        NEXT.format(then=then, revision=AFTER, before=HEAD), "utf-8"
    )


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.bak"))


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_the_revisions_make_exactly_the_models_tables(path: Path) -> None:
    database = Database.open(path)
    with database.transaction() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, load_models()) == []
    database.close()


def test_a_new_database_has_the_shop_matriz_and_needs_no_copy(path: Path) -> None:
    assert rows(path, "SELECT name, name_folded, policy FROM shops") == [("Matriz", "matriz", "bloquear")]
    assert copies(path) == []
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_database_at_head_is_left_alone_without_loading_alembic(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from almoxarife.server.migrations import migrate\n"
        "assert migrate(Path(sys.argv[1])) is False; assert not [m for m in sys.modules if m.startswith('alembic')]"
    )
    subprocess.run([sys.executable, "-c", program, path], check=True, cwd=SCRIPTS.parents[2])


@pytest.mark.parametrize("table", ["movements", "audit_entries"])
def test_the_ledger_and_the_trail_are_only_added_to(path: Path, table: str) -> None:
    insert = {
        "movements": (
            "INSERT OR REPLACE INTO movements (seq, shop_id, product_id, kind, quantity, effect, balance_after,"
            " recorded_by, recorded_at, occurred_at, is_clock_corrected, is_below_zero)"
            " VALUES (1, 1, 1, 'entrada', 1, 1, 1, 1, 0, 0, 0, 0)"
        ),
        "audit_entries": (
            "INSERT OR REPLACE INTO audit_entries (id, recorded_at, tag, outcome, address, address_salt, hash)"
            " VALUES (1, 0, 'x', 'y', '127.0.0.1', x'00', x'00')"
        ),
    }[table]
    database = Database.open(path)
    db = database._writer.channel.db
    db.execute("INSERT INTO products VALUES (1, 'Parafuso', 'parafuso', 'un', NULL, NULL, NULL, 1, 1, 0, 1)")
    db.execute(insert)

    for statement in (f"UPDATE {table} SET recorded_at = 1", f"DELETE FROM {table}", insert):
        with pytest.raises(sqlite3.IntegrityError, match="insert-only"):
            db.execute(statement)

    database.close()


def test_nothing_but_an_address_leaves_the_trail(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO audit_entries (id, recorded_at, tag, outcome, address, address_salt, hash)"
            " VALUES (1, 0, 'x', 'y', '127.0.0.1', x'00', x'00')"
        )
        for statement in (
            "UPDATE audit_entries SET address = '127.0.0.2', address_salt = NULL",
            "UPDATE audit_entries SET address = NULL, address_salt = x'01'",
            "UPDATE audit_entries SET address = NULL, address_salt = NULL, cause = 'z'",
            "DELETE FROM audit_entries",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="insert-only"):
                db.execute(statement)
        db.execute("UPDATE audit_entries SET address = NULL, address_salt = NULL")
        assert db.execute("SELECT address, address_salt, tag FROM audit_entries").fetchall() == [(None, None, "x")]


def test_a_quantity_that_is_no_whole_number_is_refused_by_the_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError, match="whole_numbers"):
        db.execute("INSERT INTO balances VALUES (1, 1, 1.5)")


def test_a_database_of_the_first_version_is_upgraded_with_its_rows_and_triggers(scripts: Path, tmp_path: Path) -> None:
    later = [file for file in (scripts / "versions").glob("r0*.py") if not file.name.startswith("r0001")]
    for file in later:
        file.unlink()
    path = tmp_path / "almoxarife.db"
    migrate(path, scripts=scripts, head="0001")
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO audit_entries (id, recorded_at, tag, outcome, subject, hash)"
            " VALUES (1, 0, 'x', 'y', 'u1', x'00')"
        )
        db.commit()

    assert migrate(path)

    assert find_revision(path) == HEAD
    assert rows(path, "SELECT subject FROM audit_entries") == [("u1",)]
    assert rows(path, "SELECT name FROM shops") == [("Matriz",)]
    assert rows(path, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") == [(5,)]


def test_an_older_database_is_copied_and_upgraded_with_all_its_rows(path: Path, scripts: Path) -> None:
    next_revision(scripts)

    assert migrate(path, scripts=scripts, head=AFTER)

    assert find_revision(path) == AFTER
    assert rows(path, "SELECT username, nickname FROM users") == [("Ana", None)]
    assert rows(path, "SELECT user_id FROM login_sessions") == [(1,)]
    (copy,) = copies(path)
    assert copy.name.startswith(f"almoxarife.db.antes-de-{AFTER}-")
    assert find_revision(copy) == HEAD
    assert rows(copy, "SELECT username FROM users") == [("Ana",)]


@pytest.mark.parametrize(
    "then", ["raise RuntimeError('no')", "op.execute('DELETE FROM users')", "op.execute('nonsense')"]
)
def test_an_upgrade_that_fails_leaves_the_old_database_in_use(path: Path, scripts: Path, then: str) -> None:
    next_revision(scripts, then)
    before = rows(path, "SELECT sql FROM sqlite_schema")

    with pytest.raises(StartupError, match="O banco anterior continua como estava; há uma cópia"):
        migrate(path, scripts=scripts, head=AFTER)

    assert find_revision(path) == HEAD
    assert rows(path, "SELECT sql FROM sqlite_schema") == before
    assert rows(path, "SELECT username FROM users") == [("Ana",)]
    assert len(copies(path)) == 1
    assert migrate(path) is False


def test_an_upgrade_that_is_killed_leaves_the_old_database_in_use(path: Path, scripts: Path) -> None:
    next_revision(scripts, "os._exit(9)")
    program = (
        "import sys; from pathlib import Path; from almoxarife.server.migrations import migrate\n"
        "migrate(Path(sys.argv[1]), scripts=Path(sys.argv[2]), head=sys.argv[3])"
    )
    killed = subprocess.run([sys.executable, "-c", program, path, scripts, AFTER], cwd=SCRIPTS.parents[2])

    assert killed.returncode == 9
    assert migrate(path) is False
    assert rows(path, "SELECT username FROM users") == [("Ana",)]


def test_a_newer_database_is_refused_with_a_sentence(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()

    with pytest.raises(StartupError, match=r"versão mais nova do Almoxarife \(esquema 9999\)"):
        migrate(path)


def test_another_program_s_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "almoxarife.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()

    with pytest.raises(StartupError, match="é de outro programa"):
        migrate(path)
    assert path.read_bytes() == before


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
