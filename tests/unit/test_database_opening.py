"""Opening a file: durable when it works, a sentence when it does not."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from almoxarife.server.errors import StartupError
from almoxarife.server.store import sqlite
from almoxarife.server.store.database import Database
from tests.databases import Place

pytestmark = pytest.mark.sqlite


def test_the_file_is_durable_and_checks_its_keys_and_undoes_from_memory(database: Database) -> None:
    settings = {
        name: database._writer.channel.db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "temp_store")
    }

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2}


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to have a header" * 100, b"SQLite format 3\0" + bytes(5000)]
)
def test_a_damaged_file_ends_the_start_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    damaged = tmp_path / "almoxarife.db"
    damaged.write_bytes(content)

    with pytest.raises(StartupError, match=r"danificado.*almoxarife restore"):
        Database.open(f"sqlite:///{damaged}")
    assert damaged.read_bytes() == content


def test_an_old_sqlite_ends_the_start_with_a_sentence(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "OLDEST", (99, 0, 0))

    with pytest.raises(StartupError, match=r"O SQLite deste Python é antigo .*99\.0\.0"):
        Database.open(place)


def test_a_missing_file_is_not_made_by_opening(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Confira as permissões"):
        Database.open(tmp_path / "nada.db")
    assert not (tmp_path / "nada.db").exists()


@pytest.mark.parametrize(
    ("code", "free", "said"),
    [
        (sqlite3.SQLITE_IOERR_SHMSIZE, 0, "O disco está cheio"),
        (sqlite3.SQLITE_IOERR_READ, 1 << 30, "Confira o disco"),
        (sqlite3.SQLITE_FULL, 1 << 30, "O disco está cheio"),
    ],
)
def test_a_disk_without_room_is_said_to_be_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, free: int, said: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1 << 30, (1 << 30) - free, free))
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code

    with pytest.raises(StartupError, match=said), sqlite.explained(tmp_path / "almoxarife.db"):
        raise error
