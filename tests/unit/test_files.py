"""Files that another program on a Windows PC has open for a moment: a virus scanner, a copier to a cloud."""

import errno
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from almoxarife import files, sidecars
from almoxarife.clients.queue.folder import client_dir
from almoxarife.clients.terminal.settings import TerminalSettings
from almoxarife.server.data_directory import announcement, folder
from almoxarife.server.data_directory.lock import DirectoryLock
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.updating import rollback
from almoxarife.server.settings import find_data_dir

Hold = Callable[..., list[str]]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Let what is done to files fail so many times, with this number of Windows'."""
    monkeypatch.setattr(files, "POLL_S", 0)

    def hold(*, times: int, number: int = 32) -> list[str]:
        tries: list[str] = []
        for name in ("replace", "unlink"):
            act = getattr(os, name)

            def refuse(*arguments: object, act: Callable[..., None] = act, name: str = name) -> None:
                if tries.count(name) < times:
                    tries.append(name)
                    error = PermissionError(13, "O arquivo já está sendo usado por outro processo")
                    error.winerror = number  # type: ignore[attr-defined]
                    raise error
                act(*arguments)

            monkeypatch.setattr(os, name, refuse)
        return tries

    return hold


@pytest.mark.parametrize("number", [5, 32, 33])
def test_what_is_let_go_soon_is_replaced_and_removed(tmp_path: Path, hold: Hold, number: int) -> None:
    tries = hold(times=3, number=number)

    files.write_atomically(tmp_path / "versao.txt", b"new")
    assert (tmp_path / "versao.txt").read_bytes() == b"new"
    assert tries.count("replace") == 3
    files.remove(tmp_path / "versao.txt")

    assert list(tmp_path.iterdir()) == []
    assert tries.count("unlink") == 3


def test_what_is_never_let_go_is_told_and_stays_as_it_was(
    tmp_path: Path, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "versao.txt").write_bytes(b"old")
    monkeypatch.setattr(files, "TIMEOUT_S", 0.05)
    tries = hold(times=1_000_000_000)

    with pytest.raises(PermissionError) as refused:
        files.replace(tmp_path / "versao.txt", tmp_path / "other")

    assert len(tries) > 1
    assert (tmp_path / "versao.txt").read_bytes() == b"old"
    assert files.disk_reason(refused.value) == "está em uso por outro programa"


def test_any_other_reason_is_told_at_once(tmp_path: Path, hold: Hold) -> None:
    tries = hold(times=1_000_000_000, number=112)

    with pytest.raises(OSError, match="outro processo"):
        files.replace(tmp_path / "one", tmp_path / "other")

    assert len(tries) == 1


def test_a_start_and_a_stop_get_by_a_scanner_that_opens_all_that_is_written(tmp_path: Path, hold: Hold) -> None:
    hold(times=2)

    folder.prepare(tmp_path)
    with announcement.announced(tmp_path, url="http://127.0.0.1:1", version="0", instance="a"):
        rollback.remember(tmp_path, tmp_path / "copy.db")
        rollback.forget(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "errno_there", "words"),
    [
        (433, errno.EINVAL, "o disco não está lá"),
        (21, errno.EACCES, "o disco não está lá"),
        (1117, errno.EINVAL, "o disco falhou"),
        (19, errno.EACCES, "o disco só deixa ler"),
        (64, errno.EINVAL, "a pasta da rede não está mais lá"),
        (225, errno.EINVAL, "o antivírus não deixa"),
        (362, errno.EINVAL, "o programa da nuvem (OneDrive) não entregou o arquivo"),
        (5, errno.EACCES, "sem permissão"),
        (112, errno.ENOSPC, "o disco está cheio"),
        (123, errno.EINVAL, "o nome ou o valor não serve"),
        (4390, errno.EINVAL, "O que o Windows diz"),
    ],
)
def test_what_windows_knows_of_a_disk_is_not_told_as_a_wrong_name(number: int, errno_there: int, words: str) -> None:
    error = OSError(errno_there, "O que o Windows diz")
    error.winerror = number  # type: ignore[attr-defined,unused-ignore]

    assert files.disk_reason(error) == words


@pytest.mark.parametrize("text", ["/loja/São João", ' "/loja/São João" ', '/loja/São João"'])
def test_a_path_that_was_copied_from_windows_explorer_may_be_in_quotes(text: str) -> None:
    assert files.typed_path(text) == Path("/loja/São João")
    assert TerminalSettings.from_mapping({"ALMOXARIFE_TERMINAL_KEY_FILE": text}).key_file == Path("/loja/São João")


def test_a_tilde_before_what_is_no_persons_name_is_part_of_a_path() -> None:
    assert files.typed_path("~$lista.xlsx") == Path("~$lista.xlsx")


def test_on_windows_a_tilde_is_nobody_elses_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    assert files.typed_path("~root/lista.xlsx") == Path("~root/lista.xlsx")
    assert files.typed_path("~/lista.xlsx") == Path.home() / "lista.xlsx"
    assert files.typed_path("~") == Path.home()


@pytest.mark.parametrize("text", ["", " ", '""'])
def test_a_folders_variable_of_two_quotes_counts_as_not_set(text: str) -> None:
    assert find_data_dir({"ALMOXARIFE_DATA_DIR": text}) == find_data_dir({})
    assert client_dir({"ALMOXARIFE_CLIENT_DIR": text}) == client_dir({})


def test_what_sqlite_says_is_said_in_portuguese(tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "fila.db", isolation_level=None)
    other = sqlite3.connect(tmp_path / "fila.db", timeout=0)
    with closing(holder), closing(other):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked") as refused:
            other.execute("CREATE TABLE entries (id)")

    assert files.disk_reason(refused.value) == "está em uso por outro programa"


# --- a file that is locked, and removed by who finds it unlocked ----------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_who_opens_its_file_while_another_removes_it_locks_it_where_it_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    flock = fcntl.flock

    def stop_before_it_locks(*arguments: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        assert sidecars.end_all(tmp_path) == (0, 0)
        flock(*arguments)

    monkeypatch.setattr(fcntl, "flock", stop_before_it_locks)
    with sidecars.beside(tmp_path) as must_end:
        assert sidecars.end_all(tmp_path, timeout_s=0) == (0, 1)
        assert must_end()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_who_removes_the_file_of_a_killed_program_holds_it_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = tmp_path / sidecars.FOLDER / "1.lock"
    killed.parent.mkdir()
    killed.touch()
    remove, claims = sidecars._remove, []

    def claim_before_it_is_removed(file: Path) -> None:
        claims.append(files.try_lock(file))
        remove(file)

    monkeypatch.setattr(sidecars, "_remove", claim_before_it_is_removed)

    assert sidecars.end_all(tmp_path) == (0, 0)
    assert claims == [None]
    assert not killed.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows is not asked which file is open")
def test_a_file_system_that_numbers_files_anew_holds_up_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "samestat", lambda *_: False)
    locked = files.try_lock(tmp_path / "1.lock")

    assert locked is not None
    assert files.try_lock(tmp_path / "1.lock") is None
    locked.close()


@pytest.mark.skipif(sys.platform == "win32", reason="flock is not of Windows")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_disk_has_no_locks_nobody_waits_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    file = files.try_lock(tmp_path / "1.lock")
    assert file is not None
    file.close()
    with pytest.raises(StartupError, match="fica num disco que não trava arquivos"):
        DirectoryLock.acquire(tmp_path)
    with pytest.raises(StartupError, match="fica num disco que não trava arquivos"):
        DirectoryLock.is_held(tmp_path)


def test_a_request_to_a_program_that_just_ends_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch, running = Path.touch, sidecars.beside(tmp_path)
    running.__enter__()

    def end_before_it_is_asked(path: Path) -> None:
        running.__exit__(None, None, None)
        touch(path)

    monkeypatch.setattr(Path, "touch", end_before_it_is_asked)

    assert sidecars.end_all(tmp_path) == (1, 0)
    assert list((tmp_path / sidecars.FOLDER).iterdir()) == []


def test_on_windows_no_disk_is_asked_which_file_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: os.stat_result) -> bool:
        raise OSError(errno.EINVAL, "The parameter is incorrect")  # as a disk without such numbers does

    with monkeypatch.context() as windows:
        windows.setattr(sys, "platform", "win32")
        windows.setattr(os.path, "samestat", refuse)
        locked = files.try_lock(tmp_path / "1.lock")

    assert locked is not None
    locked.close()


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("E:\\", "E:\\"),
        (r"E:\São_João-2.0", r"E:\São_João-2.0"),
        (r"E:\Loja nova", r'"E:\Loja nova"'),
        (r"E:\Loja&cia", r'"E:\Loja&cia"'),
        ("\\\\caixa\\Loja nova\\", r'"\\caixa\Loja nova\."'),
    ],
)
def test_a_path_is_named_as_it_can_be_typed_after_a_command(path: str, typed: str) -> None:
    assert files.quote_path(path) == typed


def test_what_ends_a_program_is_told_with_the_file_and_what_to_do() -> None:
    held = PermissionError(13, "O arquivo já está sendo usado", r"C:\dados\chave-secreta.txt")
    held.winerror = 32  # type: ignore[attr-defined]
    told = files.explain(held)
    assert told.startswith(r"C:\dados\chave-secreta.txt não pôde ser lido ou gravado (está em uso por outro programa)")
    assert "Feche outros programas" in told
    replacing = PermissionError(13, "Acesso negado", ".chave-secreta.txt.1.tmp", None, "chave-secreta.txt")
    assert files.explain(replacing).startswith("chave-secreta.txt não pôde")
    assert "(o disco falhou). Confira o disco" in files.explain(OSError(errno.EIO, "", "copia.db"))
    assert files.explain(StartupError("Uma frase.")) == "Uma frase."

    with pytest.raises(OSError, match="no file's"):
        files.explain(OSError(errno.EPIPE, "no file's"))
