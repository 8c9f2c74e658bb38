"""A copy is whole and from one moment, made while people work; restoring never loses what it replaces."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import backups
from almoxarife.server.upkeep.backups import backup, name_in_trail, restore
from almoxarife.server.upkeep.migrations import migrate
from tests.unit.ledger import pieces, receive
from tests.unit.writing import Doing

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def data_dir(first_shop: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "dados"
    folder.mkdir()
    shutil.copy(first_shop, folder)
    return folder


@pytest.fixture
def path(data_dir: Path) -> Path:
    return data_dir / "almoxarife.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database.open(path)
    yield opened
    opened.close()


def damage(path: Path) -> None:
    """Spoil the pages after the schema's first, as a bad disk does."""
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(os.urandom(8 * 4096))


# --- making a copy ------------------------------------------------------------------


def test_copies_made_while_sixteen_write_are_each_from_one_moment(
    database: Database, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PAGES_A_STEP", 1)
    enough = Event()

    def work() -> int:
        done = 0
        while not enough.is_set():
            receive(database)
            done += 1
        return done

    workers = [Doing(work) for _ in range(16)]
    found = []
    for number in range(3):
        with database.reading() as session:
            ((before,),) = raw(session).execute("SELECT quantity FROM balances")
        backup(path, tmp_path / f"{number}.db")
        found.append(pieces(tmp_path / f"{number}.db"))
        assert found[-1] >= before
    enough.set()

    assert sum(int(str(worker.outcome())) for worker in workers) == pieces(path)
    assert found == sorted(found)


def test_a_copy_under_way_keeps_nobody_from_writing_and_is_not_begun_anew(
    database: Database, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []

    class Watched(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **options: object) -> None:  # type: ignore[override]
            def write_meanwhile(status: int, remaining: int, total: int) -> None:
                steps.append(remaining)
                Doing(lambda: receive(database)).outcome()

            super().backup(target, pages=1, progress=write_meanwhile)

    receive(database)
    connect = sqlite3.connect
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *args, **options: connect(*args, factory=Watched, **options))
        backup(path, tmp_path / "copy.db")

    assert pieces(tmp_path / "copy.db") == 1
    assert pieces(path) == 1 + len(steps)
    assert steps == sorted(steps, reverse=True)


def test_a_copy_is_one_file_of_its_own(database: Database, path: Path, tmp_path: Path) -> None:
    receive(database)
    (tmp_path / "copies").mkdir()

    backup(path, tmp_path / "copies" / "copy.db")

    assert pieces(tmp_path / "copies" / "copy.db") == 1
    assert [file.name for file in (tmp_path / "copies").iterdir()] == ["copy.db"]
    assert (tmp_path / "copies" / "copy.db").read_bytes()[18:20] == b"\1\1", "it can be read without a log beside it"
    if sys.platform != "win32":
        assert (tmp_path / "copies" / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_takes_no_existing_file_s_place(path: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(StartupError, match="já existe"):
        backup(path, tmp_path / "copy.db")
    with pytest.raises(StartupError, match="já existe"):
        backup(path, path, overwrite=True)
    assert (tmp_path / "copy.db").read_text() == "precious"

    backup(path, tmp_path / "copy.db", overwrite=True)
    assert pieces(tmp_path / "copy.db") == 0


def test_a_damaged_database_makes_no_copy(database: Database, path: Path, tmp_path: Path) -> None:
    database.close()
    damage(path)

    with pytest.raises(StartupError, match="danificado"):
        backup(path, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy.db*"))


def test_a_folder_that_is_not_there_is_a_sentence(path: Path, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Não foi possível gravar a cópia"):
        backup(path, tmp_path / "missing" / "copy.db")


@pytest.mark.parametrize("length", [250, 300])
def test_a_name_that_the_disk_does_not_take_is_a_sentence(path: Path, tmp_path: Path, length: int) -> None:
    with pytest.raises(StartupError, match=r"Não foi possível gravar a cópia .* \(o nome é longo demais\)"):
        backup(path, tmp_path / ("x" * length))


# --- restoring ----------------------------------------------------------------------


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    """A copy from before three pieces came."""
    backup(path, tmp_path / "copy.db")
    database = Database.open(path)
    for _ in range(3):
        receive(database)
    database.close()
    return tmp_path / "copy.db"


def test_a_copy_is_restored_into_an_empty_folder(copy: Path, tmp_path: Path) -> None:
    assert restore(copy, tmp_path / "new") is None

    assert pieces(tmp_path / "new" / "almoxarife.db") == 0
    assert migrate(tmp_path / "new" / "almoxarife.db") is False
    assert copy.exists()


def test_a_copy_is_restored_where_the_database_is_kept(copy: Path, path: Path, data_dir: Path, tmp_path: Path) -> None:
    restore(copy, data_dir, target=tmp_path / "elsewhere.db")

    assert pieces(tmp_path / "elsewhere.db") == 0
    assert pieces(path) == 3


def test_a_database_is_replaced_only_when_told_and_kept_beside(copy: Path, path: Path, data_dir: Path) -> None:
    with pytest.raises(StartupError, match="--force"):
        restore(copy, data_dir)
    assert pieces(path) == 3

    kept = restore(copy, data_dir, force=True)

    assert pieces(path) == 0
    assert kept is not None
    assert kept.name.startswith("almoxarife.db.antes-de-restaurar-")
    assert pieces(kept) == 3


def test_what_a_crash_left_in_the_log_goes_with_the_replaced_database(copy: Path, path: Path, data_dir: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from almoxarife.server.store.database import Database\n"
        "from tests.unit.ledger import receive\n"
        "receive(Database.open(Path(sys.argv[1]))); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, path], cwd=PROJECT)
    assert path.with_name("almoxarife.db-wal").stat().st_size > 0

    kept = restore(copy, data_dir, force=True)

    assert kept is not None
    assert pieces(path) == 0
    assert pieces(kept) == 4


def test_a_damaged_database_is_replaced_too(copy: Path, path: Path, data_dir: Path) -> None:
    path.write_bytes(b"nonsense" * 1000)
    path.with_name("almoxarife.db-wal").write_bytes(b"more nonsense")

    kept = restore(copy, data_dir, force=True)

    assert pieces(path) == 0
    assert kept is not None
    assert kept.read_bytes() == b"nonsense" * 1000
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"more nonsense"


def spoil(copy: Path) -> None:
    damage(copy)


def empty(copy: Path) -> None:
    copy.write_bytes(b"")


def make_foreign(copy: Path) -> None:
    copy.unlink()
    with closing(sqlite3.connect(copy)) as db:
        db.execute("CREATE TABLE theirs (x)")


def write_text(copy: Path) -> None:
    copy.write_text("a shopping list")


def remove(copy: Path) -> None:
    copy.unlink()


@pytest.mark.parametrize("spoiled", [spoil, empty, make_foreign, write_text, remove])
def test_a_copy_that_is_not_one_replaces_nothing(
    copy: Path, path: Path, data_dir: Path, spoiled: Callable[[Path], None]
) -> None:
    spoiled(copy)
    before = sorted(data_dir.iterdir())

    with pytest.raises(StartupError, match=r"danificado|não é um banco de dados|não existe"):
        restore(copy, data_dir, force=True)

    assert pieces(path) == 3
    assert {file for file in data_dir.iterdir() if file.name != "almoxarife.lock"} == set(before)


def test_nothing_is_restored_under_a_running_server(copy: Path, path: Path, data_dir: Path) -> None:
    with DirectoryLock.acquire(data_dir), pytest.raises(StartupError, match="já usa a pasta"):
        restore(copy, data_dir, force=True)

    assert pieces(path) == 3


# --- the trail --------------------------------------------------------------------------


def test_a_copy_is_told_of_when_it_is_whole_and_before_it_has_its_name(path: Path, tmp_path: Path) -> None:
    told: list[tuple[str, bool]] = []

    backup(path, tmp_path / "copy.db", record=lambda name: told.append((name, (tmp_path / name).exists())))
    damage(path)
    with pytest.raises(StartupError, match="danificado"):
        backup(path, tmp_path / "another.db", record=lambda name: told.append((name, True)))

    assert told == [("copy.db", False)]


@pytest.mark.parametrize(
    ("name", "told"), [("cópia.db", "cópia.db"), ("c\udcf3pia.db", "c?pia.db"), ("x" * 151, "x" * 150)]
)
def test_any_name_of_a_file_fits_into_the_trail(name: str, told: str) -> None:
    assert name_in_trail(Path("/home/ana") / name) == told


def test_what_receives_a_copy_may_refuse_it_and_may_write_to_it(copy: Path, path: Path, data_dir: Path) -> None:
    def refuse(received: Path) -> None:
        raise StartupError("Não.")

    def write(received: Path) -> None:
        with closing(Database.open(received)) as database:
            receive(database)

    with pytest.raises(StartupError, match="Não"):
        restore(copy, data_dir, force=True, receive=refuse)
    assert pieces(path) == 3

    restore(copy, data_dir, force=True, receive=write)
    assert pieces(path) == 1
    assert pieces(copy) == 0
    assert not list(data_dir.glob(".*"))
