"""The data folder: one server at a time, keys that stay secret, files that are never half written."""

import ctypes
import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import pytest

from almoxarife import files
from almoxarife.server.context import Run
from almoxarife.server.data_directory import announcement, stop_request
from almoxarife.server.data_directory import folder as data_directory
from almoxarife.server.data_directory import lock as data_directory_lock
from almoxarife.server.data_directory.announcement import announced, find_server
from almoxarife.server.data_directory.folder import LOCK, prepare
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.data_directory.secret_keys import SECRET_KEY, secret_keys
from almoxarife.server.errors import StartupError
from almoxarife.server.operations import serving
from almoxarife.server.settings import Settings

PROJECT = Path(__file__).parents[2]
removing = pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no open file")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "dados" / "Loja São João")

    assert folder.is_dir()
    assert list(folder.iterdir()) == []
    assert prepare(folder) == folder
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_folder_s_place_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "dados").touch()

    with pytest.raises(StartupError, match="não é uma pasta"):
        prepare(tmp_path / "dados")
    with pytest.raises(StartupError, match="Não foi possível criar a pasta"):
        prepare(tmp_path / "dados" / "mais")


def test_a_folder_that_cannot_be_written_to_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # permissions do not stop root, who may run the tests
    with pytest.raises(StartupError, match=r"Não é possível gravar na pasta .* \(sem permissão\)"):
        prepare(tmp_path)


@pytest.mark.parametrize(
    ("name", "kind", "is_remote"),
    [
        (r"\\servidor\loja\dados", 1, True),
        (r"Z:\dados da loja", 4, True),
        (r"C:\Users\Ana\AppData\Local\Almoxarife", 3, False),
        (r"E:\dados", 2, False),
    ],
)
def test_a_folder_of_the_network_is_known(
    name: str, kind: int, is_remote: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel32 = SimpleNamespace(GetDriveTypeW={PureWindowsPath(name).anchor: kind}.__getitem__)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel32), raising=False)
    path: Any = PureWindowsPath(name)
    assert sys.platform == "win32" or not data_directory.is_on_network(path)
    monkeypatch.setattr(sys, "platform", "win32")

    assert data_directory.is_on_network(path) == is_remote


class Unplugged(PureWindowsPath):
    def mkdir(self, **options: object) -> None:
        raise FileNotFoundError(2, "o caminho não existe")


def test_a_disk_that_was_pulled_out_is_asked_for() -> None:
    path: Any = Unplugged(r"Q:\dados da loja")

    with pytest.raises(StartupError, match=r"O disco Q:\\ não está neste computador. Ligue-o e abra de novo"):
        prepare(path)


@pytest.mark.parametrize(
    ("name", "cloud"),
    [
        (r"C:\Users\Ana\OneDrive\Documentos\Loja", "OneDrive"),
        (r"C:\Users\Ana\OneDrive - Loja São João\dados", "OneDrive"),
        (r"D:\Dropbox\loja", "Dropbox"),
        (r"D:\Dropbox (Pessoal)\loja", "Dropbox"),
        (r"G:\Meu Drive\loja", "Google Drive"),
        (r"C:\Users\Ana\AppData\Local\Almoxarife", None),
        (r"C:\Loja\notas do OneDrive", None),
    ],
)
def test_a_folder_that_a_cloud_copies_is_known(name: str, cloud: str | None) -> None:
    path: Any = PureWindowsPath(name)

    assert data_directory.find_cloud(path) == cloud


@pytest.mark.parametrize(("place", "is_warned"), [(Path("dados/almoxarife.db"), True), ("postgresql://a@b/c", False)])
def test_only_who_keeps_a_database_there_is_warned_of_a_folder_of_the_network_or_a_cloud(
    place: Path | str, is_warned: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(data_directory, "is_on_network", Path.is_absolute)
    monkeypatch.setattr(data_directory, "find_cloud", lambda path: "OneDrive" if path.is_absolute() else None)

    serving._greet(Settings.from_mapping({}), place, "http://127.0.0.1:5000", Run(instance="a"))

    said = capsys.readouterr().out
    assert ("pasta da rede" in said, "pasta do OneDrive" in said) == (is_warned, is_warned)


def test_only_one_holds_the_folder(tmp_path: Path) -> None:
    with DirectoryLock.acquire(tmp_path) as lock:
        with pytest.raises(StartupError, match="já usa a pasta"):
            DirectoryLock.acquire(tmp_path)
        lock.release()
        lock.release()
        DirectoryLock.acquire(tmp_path).release()


def test_the_lock_holds_against_other_processes_and_dies_with_its_own(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from almoxarife.server.data_directory.lock import DirectoryLock\n"
        "lock = DirectoryLock.acquire(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"held"
    said = rf"em http://127.0.0.1:5000, processo {os.getpid()}"
    with (
        announced(tmp_path, url="http://127.0.0.1:5000", version="1", instance="a"),
        pytest.raises(StartupError, match=said),
    ):
        DirectoryLock.acquire(tmp_path)

    other.kill()
    other.communicate()
    DirectoryLock.acquire(tmp_path).release()


def test_a_server_says_where_it_is_while_it_runs(tmp_path: Path) -> None:
    with announced(tmp_path, url="http://127.0.0.1:5000", version="1.0", instance="abc"):
        assert find_server(tmp_path) == {
            "pid": os.getpid(),
            "url": "http://127.0.0.1:5000",
            "versao": "1.0",
            "instancia": "abc",
        }
    assert find_server(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_server_does_not_remove_what_a_later_one_wrote(tmp_path: Path) -> None:
    with announced(tmp_path, url="http://127.0.0.1:5000", version="1.0", instance="old"):
        announcement.announce(tmp_path, url="http://127.0.0.1:5001", version="1.0", instance="new")

    assert (find_server(tmp_path) or {})["instancia"] == "new"


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_half_written_announcement_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / announcement.SERVER).write_bytes(content)

    assert find_server(tmp_path) is None


def test_a_key_is_made_on_the_first_run_and_kept(tmp_path: Path) -> None:
    keys = secret_keys(Settings(data_dir=tmp_path))

    assert len(keys) == 1
    assert len(keys[0]) >= 64
    assert secret_keys(Settings(data_dir=tmp_path)) == keys
    assert secret_keys(Settings(data_dir=prepare(tmp_path / "other"))) != keys


@posix
def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    secret_keys(Settings(data_dir=tmp_path))

    assert (tmp_path / SECRET_KEY).stat().st_mode & 0o777 == 0o600


def test_a_key_is_rotated_by_a_line_above_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{'n' * 40}\n\n {'o' * 40} \n", "utf-8")

    assert secret_keys(Settings(data_dir=tmp_path, secret_key_file=file)) == ("n" * 40, "o" * 40)


def test_a_key_from_the_environment_comes_before_any_file(tmp_path: Path) -> None:
    assert secret_keys(Settings(data_dir=tmp_path, secret_key="k" * 32)) == ("k" * 32,)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"k" * 40 + b"\nshort", b"\xff" * 40])
def test_a_file_without_a_good_key_is_a_sentence_that_does_not_show_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)

    with pytest.raises(StartupError) as failed:
        secret_keys(Settings(data_dir=tmp_path, secret_key_file=file))
    assert "short" not in str(failed.value)


def test_a_write_that_fails_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    files.write_atomically(file, b"old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        files.write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


# --- a lock that somebody looks at -------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell who looks from a holder")
def test_whoever_finds_it_held_is_refused_without_a_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_directory_lock.time, "sleep", lambda _: pytest.fail("waits for a holder"))

    with DirectoryLock.acquire(tmp_path), pytest.raises(StartupError, match="Outro servidor"):
        DirectoryLock.acquire(tmp_path)


@pytest.mark.parametrize("is_removed", [False, pytest.param(True, marks=removing)])
def test_who_looks_whether_it_is_held_refuses_nobody_who_takes_or_renews_it(
    tmp_path: Path, is_removed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who looks is held at that moment, until the other has been refused and waits."""
    holder = DirectoryLock.acquire(tmp_path) if is_removed else None
    if holder is not None:
        (tmp_path / LOCK).unlink()
    looks, waits = threading.Event(), threading.Event()
    look = data_directory_lock._lock_shared

    def look_slowly(descriptor: int) -> None:
        look(descriptor)
        if threading.current_thread() is looker:
            looks.set()
            assert waits.wait(60)

    def wait(_: float) -> None:
        waits.set()
        looker.join(60)

    monkeypatch.setattr(data_directory_lock, "_lock_shared", look_slowly)
    monkeypatch.setattr(data_directory_lock, "time", SimpleNamespace(monotonic=time.monotonic, sleep=wait))
    looker = threading.Thread(target=DirectoryLock.is_held, args=[tmp_path], daemon=True)
    looker.start()
    assert looks.wait(60)

    if holder is None:
        holder = DirectoryLock.acquire(tmp_path)
    else:
        assert holder.renew()

    assert waits.is_set()
    assert DirectoryLock.is_held(tmp_path)
    holder.release()


# --- a lock whose file is removed ---------------------------------------------------------


def test_a_lock_whose_file_was_removed_is_held_again(tmp_path: Path) -> None:
    with DirectoryLock.acquire(tmp_path) as lock:
        assert lock.renew()
        (tmp_path / LOCK).unlink()
        assert lock.renew()

        with pytest.raises(StartupError, match="Outro servidor"):
            DirectoryLock.acquire(tmp_path)
    DirectoryLock.acquire(tmp_path).release()


def test_a_lock_that_another_took_meanwhile_is_lost(tmp_path: Path) -> None:
    with DirectoryLock.acquire(tmp_path) as lock:
        (tmp_path / LOCK).unlink()
        with DirectoryLock.acquire(tmp_path) as another:
            assert not lock.renew()
            assert another.renew()


@pytest.mark.parametrize(("number", "is_kept"), [(errno.EIO, True), (errno.ESTALE, True), (errno.ENOTDIR, False)])
@removing
def test_a_lock_is_not_lost_while_its_disk_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_kept: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with DirectoryLock.acquire(tmp_path) as lock:
        monkeypatch.setattr(Path, "stat", fail)
        assert lock.renew() is is_kept


def test_on_windows_which_removes_no_open_file_a_lock_is_kept_though_its_pen_drive_was_pulled_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DirectoryLock.acquire(tmp_path) as lock:
        monkeypatch.setattr(data_directory_lock, "sys", SimpleNamespace(platform="win32"))
        monkeypatch.setattr(lock, "_path", tmp_path / "away")
        assert lock.renew()


def test_a_server_that_ends_by_itself_while_it_is_asked_to_leaves_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = DirectoryLock.acquire(tmp_path)

    def end_meanwhile(data_dir: Path) -> dict[str, object]:
        stop_request.withdraw(data_dir)
        lock.release()
        return {"instancia": "a1"}

    monkeypatch.setattr(announcement, "find_server", end_meanwhile)

    assert stop_request.stop_server(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [LOCK]
