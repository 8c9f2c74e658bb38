"""``backup``, ``restore`` and ``check``: what a shop has when its disk is gone."""

import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from almoxarife.server.errors import WriteFailed
from almoxarife.server.operations.commands import arguments, main
from almoxarife.server.upkeep import backups, migrations, preparation
from tests.cli.conftest import Almoxarife, assert_done, assert_refused
from tests.server.conftest import MakeServer
from tests.server.crowd import Writers
from tests.server.processes import BOLTS, Client, Server, wait_until

pytestmark = pytest.mark.sqlite


def alter(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        for statement in statements:
            db.execute(statement)


def test_a_copy_made_while_entries_come_in_is_whole(server: Server, almoxarife: Almoxarife, tmp_path: Path) -> None:
    writers = Writers(server, 8)
    writers.start()
    wait_until(lambda: len(writers.acknowledged) > 50, "50 entries")
    before = set(writers.acknowledged.values())

    assert_done(almoxarife("backup", "cópia.db"), "Cópia conferida e gravada em cópia.db")

    writers.stop()
    assert writers.unanswered == set()
    with closing(sqlite3.connect(tmp_path / "cópia.db")) as db:
        kept = {f"m{seq}" for (seq,) in db.execute("SELECT seq FROM movements")}
        (balance,) = db.execute("SELECT sum(quantity) / 10000 FROM balances").fetchone()
    assert before <= kept <= set(writers.acknowledged.values())
    assert balance == len(kept)
    assert not list(tmp_path.glob("cópia.db-*"))


def test_a_copy_is_not_written_over_another_unasked(almoxarife: Almoxarife, tmp_path: Path) -> None:
    (tmp_path / "cópia.db").write_text("another file")

    assert_refused(almoxarife("backup", "cópia.db"), "cópia.db já existe")

    assert (tmp_path / "cópia.db").read_text() == "another file"
    assert_done(almoxarife("backup", "cópia.db", "--force"))


def test_a_copy_in_a_folder_gets_a_name_of_its_own(almoxarife: Almoxarife, tmp_path: Path) -> None:
    (tmp_path / "pendrive").mkdir()

    assert_done(almoxarife("backup", "--into", "pendrive"), "Cópia conferida e gravada em pendrive")

    (copy,) = (tmp_path / "pendrive").iterdir()
    assert re.fullmatch(r"almoxarife-\d{4}-\d\d-\d\d-\d{6}\.db", copy.name)
    assert_refused(almoxarife("backup", "--into", "nenhuma"), "Não foi possível gravar a cópia")
    assert_refused(almoxarife("backup", "a.db", "--into", "pendrive"), "Veja as opções com: ", "backup --help")


def test_a_copy_among_the_documents_is_where_the_system_keeps_them(
    almoxarife: Almoxarife, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = tmp_path / "OneDrive" / "Documentos"
    monkeypatch.setattr(arguments, "user_documents_path", lambda: documents)  # not there yet

    assert_done(almoxarife("backup", "--documentos"), f"Cópia conferida e gravada em {documents}")

    assert len([*documents.glob("almoxarife-*.db")]) == 1
    assert_refused(almoxarife("backup", "a.db", "--documentos"), "Veja as opções com: ", "backup --help")


def test_a_copy_that_has_no_place(almoxarife: Almoxarife, tmp_path: Path) -> None:
    (tmp_path / "pasta").mkdir()

    assert_refused(almoxarife("backup", "pasta"), "pasta já existe")
    assert_refused(almoxarife("backup", "pasta", "--force"), "pasta")
    assert_refused(almoxarife("backup", "nenhuma/cópia.db"), "Não foi possível gravar a cópia")
    assert_refused(almoxarife("backup", str(tmp_path / "Loja São João" / "almoxarife.db"), "--force"), "já existe")


def test_a_copy_of_nothing(almoxarife: Almoxarife, data: Path) -> None:
    assert_refused(almoxarife("backup", "cópia.db", DATA_DIR=str(data / "nowhere")), "Ainda não há dados")


def test_restore_brings_the_shop_back_as_it_was(
    server: Server, ana: Client, almoxarife: Almoxarife, data: Path
) -> None:
    ana.receive(BOLTS, 5)
    assert_done(almoxarife("backup", "cópia.db"))
    ana.receive(BOLTS, 7)
    server.stop()

    assert_refused(almoxarife("restore", "cópia.db"), "Já existe um banco de dados", "--force")
    restored = almoxarife("restore", "cópia.db", "--force")

    (kept,) = data.glob("almoxarife.db.antes-de-restaurar-*.bak")
    assert_done(restored, f"O banco anterior ficou em {kept}")
    with closing(sqlite3.connect(kept)) as db:
        assert db.execute("SELECT effect / 10000 FROM movements").fetchall() == [(5,), (7,)]
    server.start()
    assert [movement["quantidade"] for movement in ana.get("/inventario").body] == [5]
    assert ana.receive(BOLTS, 1).body["saldo"] == 6


def test_restore_into_an_empty_folder_needs_no_force(almoxarife: Almoxarife, tmp_path: Path) -> None:
    assert_done(almoxarife("backup", "cópia.db"))
    elsewhere = str(tmp_path / "outro computador")

    assert_done(almoxarife("restore", "cópia.db", DATA_DIR=elsewhere))
    assert_done(almoxarife("check", DATA_DIR=elsewhere), "0 diferenças")


def test_restore_is_refused_while_a_server_runs(server: Server, ana: Client, almoxarife: Almoxarife) -> None:
    assert_done(almoxarife("backup", "cópia.db"))

    assert_refused(almoxarife("restore", "cópia.db", "--force"), "Outro servidor do Almoxarife já usa a pasta")

    assert ana.receive(BOLTS, 1).status == 201


def test_a_database_kept_elsewhere_is_looked_after_too(
    make_server: MakeServer, almoxarife: Almoxarife, data: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'loja.db'}"
    (data / "almoxarife.db").rename(tmp_path / "loja.db")
    server = make_server(data, DATABASE_URL=url).start()
    with server.client() as ana:
        assert ana.receive(BOLTS, 5).status == 201
    assert_done(almoxarife("backup", "cópia.db", DATABASE_URL=url))
    another = str(tmp_path / "outra pasta")
    assert_refused(almoxarife("restore", "cópia.db", "--force", DATABASE_URL=url, DATA_DIR=another), "Outro servidor")
    server.stop()

    assert_done(almoxarife("restore", "cópia.db", "--force", DATABASE_URL=url))
    assert_done(almoxarife("check", DATABASE_URL=url), "0 diferenças")
    assert not (data / "almoxarife.db").exists()


@pytest.mark.parametrize("content", [None, b"", b"no database at all " * 100, "half of it", "of another program"])
def test_restore_refuses_what_is_no_copy(
    almoxarife: Almoxarife, data: Path, tmp_path: Path, content: bytes | str | None
) -> None:
    copy = tmp_path / "cópia.db"
    if isinstance(content, bytes):
        copy.write_bytes(content)
    elif content == "half of it":
        whole = (data / "almoxarife.db").read_bytes()
        copy.write_bytes(whole[: len(whole) // 2])
    elif content:
        alter(copy, "CREATE TABLE recipes (name TEXT)")
    before = (data / "almoxarife.db").read_bytes()

    assert_refused(almoxarife("restore", "cópia.db", "--force"), "cópia.db")

    assert (data / "almoxarife.db").read_bytes() == before
    assert not list(data.glob("*.bak"))
    assert not list(data.glob(".*"))


def test_a_full_pen_drive_is_told_by_its_folder(
    server: Server, almoxarife: Almoxarife, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise full

    monkeypatch.setattr(backups, "_copy", fail)
    (tmp_path / "pendrive").mkdir()

    assert_refused(almoxarife("backup", "--into", "pendrive"), "O disco da pasta pendrive está cheio")


@pytest.mark.parametrize("missing", [1, 4096])
def test_restore_refuses_a_copy_whose_end_is_missing(
    almoxarife: Almoxarife, data: Path, tmp_path: Path, missing: int
) -> None:
    assert_done(almoxarife("backup", "inteira.db"))
    (tmp_path / "cortada.db").write_bytes((tmp_path / "inteira.db").read_bytes()[:-missing])
    before = (data / "almoxarife.db").read_bytes()

    assert_refused(almoxarife("restore", "cortada.db", "--force"), "cortada.db não está inteira")

    assert (data / "almoxarife.db").read_bytes() == before


WITHOUT_LOG = "sem o arquivo -wal"


def test_a_raw_copy_without_its_log_is_never_called_whole(
    server: Server, ana: Client, almoxarife: Almoxarife, tmp_path: Path
) -> None:
    ana.receive(BOLTS, 5)
    shutil.copy(server.data / "almoxarife.db", tmp_path / "à mão.db")
    elsewhere = str(tmp_path / "outro computador")

    done = almoxarife("restore", "à mão.db", DATA_DIR=elsewhere)

    assert WITHOUT_LOG in done.stderr
    assert "almoxarife backup" in done.stderr
    assert "0 movimentações" in done.stdout
    assert sorted(path.name for path in tmp_path.glob("à mão*")) == ["à mão.db"]
    assert WITHOUT_LOG in almoxarife("restore", "à mão.db", "--force", DATA_DIR=elsewhere).stderr


def test_a_raw_copy_with_its_log_is_restored_without_a_warning(
    server: Server, ana: Client, almoxarife: Almoxarife, tmp_path: Path
) -> None:
    ana.receive(BOLTS, 5)
    for end in ("", "-wal"):
        shutil.copy(server.data / f"almoxarife.db{end}", tmp_path / f"à mão.db{end}")

    elsewhere = str(tmp_path / "outro computador")
    shops_day = f"{datetime.now(ZoneInfo('Pacific/Kiritimati')):%d/%m/%Y}"
    restored = almoxarife("restore", "à mão.db", DATA_DIR=elsewhere, TIMEZONE="Pacific/Kiritimati")

    assert_done(restored, "recuperada: ", "1 produtos, 1 movimentações", f"última movimentação em {shops_day}")


def copy_with_an_older_log(server: Server, ana: Client, place: Path) -> Path:
    """The database after two entries, and beside it the log of a copy that was made after one."""
    copy, log = place / "almoxarife.db", place / "almoxarife.db-wal"
    ana.receive(BOLTS, 5)
    place.mkdir()
    shutil.copy(server.data / log.name, log)
    ana.receive(BOLTS, 5)
    with closing(sqlite3.connect(server.data / copy.name)) as db:
        assert db.execute("PRAGMA wal_checkpoint").fetchone()[0] == 0
    shutil.copy(server.data / copy.name, copy)
    return copy


def test_a_log_that_is_older_than_the_copy_takes_nothing_back(
    server: Server, ana: Client, almoxarife: Almoxarife, tmp_path: Path
) -> None:
    copy = copy_with_an_older_log(server, ana, tmp_path / "cópias")

    done = almoxarife("restore", str(copy), DATA_DIR=str(tmp_path / "outro computador"))

    assert "2 movimentações" in done.stdout
    assert "almoxarife.db-wal é mais velho" in done.stderr
    assert "Talvez faltem" in done.stderr


def test_an_older_log_beside_the_database_is_not_opened_with_it(
    server: Server, ana: Client, almoxarife: Almoxarife, tmp_path: Path
) -> None:
    copy = copy_with_an_older_log(server, ana, tmp_path / "de volta")
    log = copy.with_name("almoxarife.db-wal")
    before = copy.read_bytes(), log.read_bytes()

    for command in (["check"], ["backup", "nova.db"], ["migrate"]):
        assert_refused(almoxarife(*command, DATA_DIR=str(copy.parent)), "almoxarife.db-wal é mais velho", "Mova")
    assert (copy.read_bytes(), log.read_bytes()) == before

    log.rename(tmp_path / log.name)
    assert_done(almoxarife("migrate", DATA_DIR=str(copy.parent)))
    assert_done(almoxarife("check", DATA_DIR=str(copy.parent)), "Tudo certo")


@pytest.mark.parametrize("step", ["copying", "upgrading"])
def test_a_full_disk_is_told_by_the_folder_that_is_written_to(
    server: Server, almoxarife: Almoxarife, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        if step == "copying":
            raise full
        raise WriteFailed from full

    assert_done(almoxarife("backup", "cópia.db"))
    place = (backups, "_copy") if step == "copying" else (migrations, "migrate")
    monkeypatch.setattr(*place, fail)
    elsewhere = tmp_path / "outro computador"

    assert_refused(almoxarife("restore", "cópia.db", DATA_DIR=str(elsewhere)), f"disco da pasta {elsewhere} está cheio")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04and the rest", "está compactado. Extraia-o"),
        (b"\x1f\x8b\x08\x00and the rest", "está compactado. Extraia-o"),
        (b"Rar!\x1a\x07\x01\x00and the rest", "está compactado. Extraia-o"),
        (None, "é uma pasta"),
    ],
)
def test_what_is_no_copy_yet_is_said_to_be_so(
    almoxarife: Almoxarife, tmp_path: Path, content: bytes | None, said: str
) -> None:
    if content is None:
        (tmp_path / "cópia").mkdir()
    else:
        (tmp_path / "cópia").write_bytes(content)

    assert_refused(almoxarife("restore", "cópia", DATA_DIR=str(tmp_path / "outro computador")), said)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP TABLE alembic_version", "não diz de que versão"),
        ("DELETE FROM alembic_version", "não diz de que versão"),
        ("UPDATE alembic_version SET version_num = '9999'", "versão mais nova"),
        ("DROP TABLE idempotency_keys", "falta a tabela idempotency_keys"),
        ("UPDATE balances SET quantity = 65000", "não confere"),
        ("DROP TRIGGER audit_entries_refuse_delete; DELETE FROM audit_entries WHERE id = 2", "não confere"),
    ],
)
def test_restore_finds_in_a_copy_what_check_would(
    server: Server, ana: Client, almoxarife: Almoxarife, tmp_path: Path, damage: str, said: str
) -> None:
    ana.receive(BOLTS, 5)
    assert_done(almoxarife("backup", "cópia.db"))
    server.stop()
    alter(tmp_path / "cópia.db", *damage.split("; "))
    before = (server.data / "almoxarife.db").read_bytes()

    assert_refused(almoxarife("restore", "cópia.db", "--force"), said)

    assert (server.data / "almoxarife.db").read_bytes() == before


def test_check_finds_a_balance_that_was_tampered_with(server: Server, ana: Client, almoxarife: Almoxarife) -> None:
    ana.receive(BOLTS, 5)
    assert_done(almoxarife("check"), "0 diferenças")
    server.stop()

    alter(server.data / "almoxarife.db", "UPDATE balances SET quantity = 65000")

    found = almoxarife("check")
    assert (found.returncode, found.stderr) == (1, "")
    assert found.stdout == "Diferença em l1, Parafuso 10mm (p1): saldo 6,5, movimentações 5\n"


def test_check_finds_a_balance_without_movements(almoxarife: Almoxarife, data: Path) -> None:
    alter(data / "almoxarife.db", "INSERT INTO balances VALUES (1, 1, 10000)")

    found = almoxarife("check")
    assert (found.returncode, found.stdout) == (
        1,
        "Diferença em l1, Parafuso 10mm (p1): saldo 1, movimentações 0\n",
    )


ENTRY = "INSERT INTO movements VALUES (1, 1, 1, 'entrada', 1, 1, 1, NULL, NULL, NULL, 1, 1, 1, 0, 0, NULL)"


def index_page(file: Path) -> slice:
    """Where the file keeps the first page of an index."""
    with closing(sqlite3.connect(file)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ix_movements_recorded_at'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    return slice((page - 1) * size, page * size)


def test_check_finds_a_row_that_an_index_has_lost(almoxarife: Almoxarife, data: Path) -> None:
    file = data / "almoxarife.db"
    page, before = index_page(file), file.read_bytes()
    alter(file, ENTRY)
    content = bytearray(file.read_bytes())
    content[page] = before[page]
    file.write_bytes(content)

    found = almoxarife("check")

    assert (found.returncode, found.stderr) == (1, "")
    assert "Banco danificado: " in found.stdout
    assert "ix_movements_recorded_at" in found.stdout
    assert "almoxarife restore ARQUIVO --force" in found.stdout


def test_check_finds_a_page_that_cannot_be_read(almoxarife: Almoxarife, data: Path) -> None:
    file = data / "almoxarife.db"
    content, page = bytearray(file.read_bytes()), index_page(file)
    content[page] = bytes(page.stop - page.start)
    file.write_bytes(content)

    found = almoxarife("check")

    # A newer SQLite goes on and says what is wrong; an older one refuses.
    assert (found.returncode, bool(found.stdout)) in {(1, True), (2, False)}
    said = found.stdout + found.stderr
    assert "danificado" in said
    assert "Confira o disco e recupere uma cópia de segurança com: almoxarife restore ARQUIVO --force" in said


def test_check_of_nothing_and_of_garbage(almoxarife: Almoxarife, data: Path) -> None:
    assert_refused(almoxarife("check", DATA_DIR=str(data / "nowhere")), "Ainda não há dados")

    (data / "almoxarife.db").write_bytes(b"no database at all " * 1000)

    assert_refused(almoxarife("check"), "danificado", "almoxarife restore")


@pytest.mark.parametrize("end", [Server.stop, Server.kill], ids=["closed", "killed"])
def test_check_and_backup_work_on_a_disk_that_cannot_be_written(
    server: Server,
    ana: Client,
    almoxarife: Almoxarife,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Server], object],
) -> None:
    ana.receive(BOLTS, 5)
    end(server)
    ours = [server.data / f"almoxarife.db{end}" for end in ("", "-wal", "-shm")]
    before = [path.exists() and path.read_bytes() for path in ours]
    with monkeypatch.context() as machine:
        # Whoever runs the tests may be root, who may write anywhere.
        machine.setattr(preparation.os, "access", lambda path, mode: Path(path) != server.data)
        assert_done(almoxarife("check"), "Tudo certo")
        machine.setattr(main, "_record_backup", lambda name: None)
        assert_done(almoxarife("backup", "cópia.db"))

    assert [path.exists() and path.read_bytes() for path in ours] == before
    with closing(sqlite3.connect(tmp_path / "cópia.db")) as db:
        assert db.execute("SELECT effect / 10000 FROM movements").fetchall() == [(5,)]
