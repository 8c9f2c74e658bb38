"""A copy takes the database's place wholly or not at all, whoever else has the file open."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from almoxarife import files
from almoxarife.server.errors import StartupError
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.backups import backup, restore
from tests.unit.ledger import pieces, receive


@pytest.fixture
def shop(first_shop: Path, tmp_path: Path) -> Path:
    """A folder whose server was killed: of its 30 pieces 20 stand in the log alone. Beside it a copy with 10."""
    folder = tmp_path / "dados"
    folder.mkdir()
    path = Path(shutil.copy(first_shop, folder))
    with closing(Database.open(path)) as database:
        for _ in range(10):
            receive(database)
        backup(path, tmp_path / "copy.db")
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(truncate)").fetchall()
        for _ in range(20):
            receive(database)
        killed = tmp_path / "killed"
        killed.mkdir()
        for name in ("almoxarife.db", "almoxarife.db-wal"):
            shutil.copy(folder / name, killed / name)
    shutil.rmtree(folder)
    return killed.rename(folder)


def hold(monkeypatch: pytest.MonkeyPatch, file: Path, *, times: int) -> list[int]:
    """Let replacing ``file`` fail as on Windows while another program has it open."""
    tries: list[int] = []
    replace = os.replace

    def refuse(path: os.PathLike[str], target: os.PathLike[str]) -> None:
        if Path(target) == file and len(tries) < times:
            tries.append(1)
            error = PermissionError(13, "Acesso negado")
            error.winerror = 5  # type: ignore[attr-defined]
            raise error
        replace(path, target)

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(files, "POLL_S", 0)
    return tries


def test_a_file_that_another_program_holds_stays_with_all_that_was_confirmed(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in shop.iterdir())
    with monkeypatch.context() as machine:
        tries = hold(machine, shop / "almoxarife.db", times=1_000_000_000)
        machine.setattr(files, "TIMEOUT_S", 0.05)
        with pytest.raises(StartupError, match="Feche outros programas que usam o arquivo"):
            restore(tmp_path / "copy.db", shop, force=True)

    assert len(tries) > 1
    assert pieces(shop / "almoxarife.db") == 30
    assert {path.name for path in shop.iterdir()} - set(before) <= {"almoxarife.lock"}


def test_a_file_that_is_let_go_soon_is_replaced(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = hold(monkeypatch, shop / "almoxarife.db", times=3)

    kept = restore(tmp_path / "copy.db", shop, force=True)

    assert len(tries) == 3
    assert pieces(shop / "almoxarife.db") == 10
    assert kept is not None
    assert pieces(kept) == 30


def damage_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"no database")


@pytest.mark.parametrize("prepare", [damage_header, lambda path: None], ids=["damaged", "whole"])
def test_any_other_failure_leaves_file_and_log_where_they_were(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Path], None]
) -> None:
    prepare(shop / "almoxarife.db")
    whole = prepare is not damage_header
    before = {path.name: path.read_bytes() for path in shop.iterdir()}
    replace = os.replace

    def refuse(path: os.PathLike[str], target: os.PathLike[str]) -> None:
        if Path(target) == shop / "almoxarife.db":
            raise OSError(28, "No space left on device")
        replace(path, target)

    with monkeypatch.context() as machine:
        machine.setattr(os, "replace", refuse)
        with pytest.raises(StartupError, match="Não foi possível gravar"):
            restore(tmp_path / "copy.db", shop, force=True)

    if whole:
        assert pieces(shop / "almoxarife.db") == 30
    else:
        found = {path.name: path.read_bytes() for path in shop.iterdir() if path.name != "almoxarife.lock"}
        assert found == before


def test_a_log_without_its_database_is_not_applied_to_the_copy(shop: Path, tmp_path: Path) -> None:
    (shop / "almoxarife.db").unlink()

    kept = restore(tmp_path / "copy.db", shop)

    assert pieces(shop / "almoxarife.db") == 10
    assert kept is not None
    assert kept.with_name(f"{kept.name}-wal").exists()


def test_a_database_that_somebody_reads_is_not_replaced(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(shop / "almoxarife.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM movements").fetchall()
        with pytest.raises(StartupError, match="em uso por outro programa"):
            restore(tmp_path / "copy.db", shop, force=True)

    assert pieces(shop / "almoxarife.db") == 30
