"""A start that cannot work ends with one sentence that says what to do, and exit code 2."""

import shutil
import signal
import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.operations import serving
from tests.programs import pause
from tests.server.conftest import MakeServer
from tests.server.processes import BOLTS, LAUNCHER, Client, Server, almoxarife, wait_until


def assert_refused(server: Server, *words: str) -> None:
    assert server.spawn().finish() == 2
    assert server.said == ""
    assert "Traceback" not in server.errors
    (sentence,) = server.errors.splitlines()
    for word in words:
        assert word in sentence


def test_a_port_in_use(make_server: MakeServer, data: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = str(stranger.getsockname()[1])

        assert_refused(make_server(data, PORT=port), port, "já está em uso", "ALMOXARIFE_PORT")

    assert not (data / "servidor.json").exists()


def test_a_port_whose_user_shares_it(make_server: MakeServer, data: Path) -> None:
    with socket.socket() as stranger:
        if not hasattr(socket, "SO_REUSEPORT"):
            pytest.skip("this system has no shared ports")
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()

        assert_refused(make_server(data, PORT=str(stranger.getsockname()[1])), "já está em uso")


def test_an_address_of_another_machine(make_server: MakeServer, data: Path) -> None:
    assert_refused(make_server(data, HOST="203.0.113.7"), "203.0.113.7 não é deste computador", "ALMOXARIFE_HOST")


def test_a_data_directory_that_another_server_uses(make_server: MakeServer, server: Server) -> None:
    second = make_server(server.data)

    assert_refused(second, "Outro servidor", str(server.data), "ALMOXARIFE_DATA_DIR", server.url)

    assert server.is_listening()
    assert (server.data / "servidor.json").exists()
    assert server.stop() == 0
    second.start()


@pytest.mark.sqlite
def test_a_database_that_another_server_uses(make_server: MakeServer, server: Server, tmp_path: Path) -> None:
    url = f"sqlite:///{server.data / 'almoxarife.db'}"

    assert_refused(make_server(tmp_path / "outra pasta", DATABASE_URL=url), "Outro servidor", str(server.data))


def test_a_database_in_no_folder(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(tmp_path / "dados", DATABASE_URL="sqlite:////nowhere/loja.db")

    assert_refused(server, "Não é possível gravar na pasta", str(Path("/nowhere")))


def test_a_data_directory_below_a_file(make_server: MakeServer, tmp_path: Path) -> None:
    (tmp_path / "arquivo").touch()

    assert_refused(make_server(tmp_path / "arquivo" / "dados"), "arquivo", "ALMOXARIFE_DATA_DIR")


def test_a_data_directory_that_is_a_file(make_server: MakeServer, tmp_path: Path) -> None:
    (tmp_path / "dados").touch()

    assert_refused(make_server(tmp_path / "dados"), "não é uma pasta", "ALMOXARIFE_DATA_DIR")


@pytest.mark.sqlite
@pytest.mark.parametrize("name", ["almoxarife.lock", "almoxarife.db", "servidor.json", "chave-secreta.txt"])
def test_a_file_that_cannot_be_written(make_server: MakeServer, data: Path, name: str) -> None:
    (data / name).unlink(missing_ok=True)
    (data / name).mkdir()

    assert_refused(make_server(data), str(data))


def garbage(file: Path) -> None:
    file.write_bytes(b"this was a database once " * 1000)


def half_of_it(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def header_lost(file: Path) -> None:
    file.write_bytes(bytes(100) + file.read_bytes()[100:])


@pytest.mark.sqlite
@pytest.mark.parametrize("damage", [garbage, half_of_it, header_lost])
def test_a_damaged_database_is_refused_with_the_way_to_restore(
    make_server: MakeServer, data: Path, damage: Callable[[Path], None]
) -> None:
    damage(data / "almoxarife.db")

    assert_refused(make_server(data), str(data / "almoxarife.db"), "danificado", f"{LAUNCHER} restore ")


@pytest.mark.sqlite
def test_the_database_of_another_program(make_server: MakeServer, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "almoxarife.db")) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")

    assert_refused(make_server(tmp_path), "é de outro programa", "ALMOXARIFE_DATA_DIR")

    with closing(sqlite3.connect(tmp_path / "almoxarife.db")) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("recipes",)]


@pytest.mark.parametrize("key", [b"curta", b"\xff" * 40], ids=["short", "not text"])
def test_a_secret_key_that_is_none(make_server: MakeServer, data: Path, key: bytes) -> None:
    (data / "chave-secreta.txt").write_bytes(key)

    assert_refused(make_server(data), "chave-secreta.txt")


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("HOST", "loja.local", "127.0.0.1"),
        ("PORT", "80x", "de 1 a 65535"),
        ("DATABASE_URL", "mysql://loja", "sqlite:///"),
        ("SECRET_KEY_FILE", "/nowhere/chave.txt", "Confira o caminho"),
        ("REGISTRATION", "sim", "open, approval ou closed"),
        ("TRUSTED_PROXIES", "nginx", "127.0.0.1,10.0.0.0/8"),
        ("TLS_CERT", "/nowhere/loja.pem", "Confira o caminho"),
        ("TLS_KEY", "/nowhere/loja.key", "Confira o caminho"),
        ("BACKUPS", "muitas", "0 para não fazer"),
        ("TIMEZONE", "America/Atlantis", "America/Sao_Paulo"),
    ],
)
def test_a_wrong_setting(make_server: MakeServer, tmp_path: Path, name: str, value: str, remedy: str) -> None:
    assert_refused(make_server(tmp_path / "dados", **{name: value}), f"ALMOXARIFE_{name}={value!r}", remedy)

    assert not (tmp_path / "dados").exists()


def test_a_short_secret_key_is_not_repeated(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(tmp_path / "dados", SECRET_KEY="curta-demais")

    assert_refused(server, "ALMOXARIFE_SECRET_KEY=***", "32 caracteres")
    assert "curta-demais" not in server.errors


def test_a_certificate_without_its_key(make_server: MakeServer, tmp_path: Path) -> None:
    (tmp_path / "loja.pem").touch()

    assert_refused(make_server(tmp_path / "dados", TLS_CERT=str(tmp_path / "loja.pem")), "ALMOXARIFE_TLS_KEY")


def test_a_certificate_that_is_none(make_server: MakeServer, data: Path, tmp_path: Path) -> None:
    pem = tmp_path / "loja.pem"
    pem.write_text("not a certificate\n")

    assert_refused(make_server(data, TLS_CERT=str(pem), TLS_KEY=str(pem)), "ALMOXARIFE_TLS_CERT")


@pytest.mark.sqlite
def test_every_refusal_leaves_the_data_as_it_was(make_server: MakeServer, data: Path) -> None:
    before = shutil.copy(data / "almoxarife.db", data.parent / "before")

    assert_refused(make_server(data, HOST="203.0.113.7"))

    assert (data / "almoxarife.db").read_bytes() == Path(before).read_bytes()
    assert almoxarife("check", data=data).returncode == 0


@pytest.mark.sqlite
def test_a_lock_removed_beneath_a_server_lets_no_second_one_in(make_server: MakeServer, server: Server) -> None:
    lock = server.data / "almoxarife.lock"
    lock.unlink()
    wait_until(lock.exists, "the server locks it again")

    assert_refused(make_server(server.data), "Outro servidor", server.url)
    assert server.stop() == 0


@pytest.mark.sqlite
def test_a_server_gives_way_to_whoever_took_its_lock(server: Server) -> None:
    pause(server.process.pid)
    (server.data / "almoxarife.lock").unlink()
    with DirectoryLock.acquire(server.data):
        server.process.send_signal(signal.SIGCONT)

        assert server.finish() == 2

    assert "outro servidor abriu os mesmos dados" in server.errors


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
@pytest.mark.parametrize("gone", [["almoxarife.db", "almoxarife.db-wal", "almoxarife.db-shm"], ["almoxarife.db-wal"]])
def test_a_database_removed_beneath_a_server_is_saved_and_no_longer_written_to(
    server: Server, ana: Client, gone: list[str]
) -> None:
    ana.receive(BOLTS, 5)
    for name in gone:
        (server.data / name).unlink()
    with suppress(OSError):  # it may have ended
        ana.receive(BOLTS, 7)
    recorded = server.finish()

    assert recorded == 2
    assert "foram apagados ou trocados" in server.errors
    (saved,) = server.data.glob("almoxarife.db.resgatado-*.bak")
    with closing(sqlite3.connect(saved)) as db:
        quantities = [quantity // 10000 for (quantity,) in db.execute("SELECT quantity FROM movements ORDER BY seq")]
    assert quantities[0] == 5
    restored = almoxarife("restore", str(saved), "--force", data=server.data)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert almoxarife("check", data=server.data).returncode == 0


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody replace an open file")
def test_a_database_that_another_file_replaces_is_saved(server: Server, ana: Client, tmp_path: Path) -> None:
    older = shutil.copy(server.data / "almoxarife.db", tmp_path / "older.db")
    ana.receive(BOLTS, 5)
    Path(older).replace(server.data / "almoxarife.db")

    assert server.finish() == 2

    (saved,) = server.data.glob("almoxarife.db.resgatado-*.bak")
    with closing(sqlite3.connect(saved)) as db:
        assert db.execute("SELECT count(*) FROM movements").fetchone() == (1,)


def test_a_start_that_takes_long_says_so_again_and_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "PROGRESS_EVERY_S", 0.001)
    said = ""

    with serving.report_progress():
        while said.count("O banco de dados está sendo preparado (0 s); não desligue.\n") < 3:
            said += capsys.readouterr().out

    assert not any(thread.name == "progress" for thread in threading.enumerate())
