"""A newer version takes over, or does not: whatever happens, one whole version and all of the data are there."""

import hashlib
import os
import random
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from almoxarife.build import ABOUT, name_build
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.commands import main
from almoxarife.server.operations.updating import archives, installed, rollback, upgrade
from almoxarife.server.operations.updating.archives import Archive
from almoxarife.server.operations.updating.installed import VERSIONS, Installed, Release
from almoxarife.server.settings import Settings
from almoxarife.server.upkeep import migrations, preparation
from release.windows import pack

OLD, NEW = Release("0.9.0+aaaaaaaa", made=1), Release("0.10.0+bbbbbbbb", made=2)
MOMENTS = 20
ANSWERS = """
import os, sqlite3, sys
from contextlib import closing, suppress

data = os.environ["ALMOXARIFE_DATA_DIR"]
if sys.argv[1] == "start":
    with closing(sqlite3.connect(os.path.join(data, "almoxarife.db"))) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.execute("CREATE TABLE novelties (id INTEGER)")
"""
ANSWERS_ON_A_COPY_ALONE = f"{ANSWERS}    sys.exit(not data.endswith('experiencia'))\n"
ANSWERS_NEVER = "import sys\nsys.exit(sys.argv[1] == 'start')\n"


@pytest.fixture
def program(tmp_path: Path) -> Installed:
    ours = Installed(tmp_path / "Loja 100% São João & Cia")
    write_version(ours.place(OLD.name), OLD, "pass")
    ours.use(OLD.name)
    return ours


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("shop") / "dados"
    preparation.open_database(settings_of(data)).close()
    return data


@pytest.fixture
def settings(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ALMOXARIFE_DATA_DIR", str(tmp_path / "dados"))
    shutil.copytree(shop, tmp_path / "dados")
    return settings_of(tmp_path / "dados")


def settings_of(data: Path) -> Settings:
    data.mkdir(exist_ok=True)
    return Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(data)})


def write_version(folder: Path, release: Release, start: str) -> None:
    """A whole program, as far as an update is concerned."""
    (folder / "almoxarife" / "server").mkdir(parents=True)
    (folder / "start_sistema_completo.py").write_text(start)
    for number in range(5):
        (folder / "almoxarife" / "server" / f"part_{number}.py").write_text(f"# {release.name}\n")
    (folder / ABOUT).write_bytes(release.describe())


def make_archive(place: Path, start: str, release: Release = NEW) -> Archive:
    ours = Installed(place / "tree")
    write_version(ours.place(release.name), release, start)
    ours.use(release.name)
    (ours.folder / "LEIAME.md").write_text("novo")
    path = place / f"Almoxarife-{release.name.partition('+')[0]}-windows-x64.zip"
    pack(ours.folder, path)
    shutil.rmtree(ours.folder)
    return Archive(path, release)


def update(program: Installed, archive: Archive, settings: Settings) -> None:
    upgrade.upgrade(program, archive, settings, say=lambda _sentence: None)


def files_of(version: Path) -> dict[str, str]:
    return {
        path.relative_to(version).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in version.rglob("*")
        if path.is_file()
    }


def revision(settings: Settings) -> str | None:
    return migrations.find_revision(settings.data_dir / "almoxarife.db")


def require_the_shop(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data_dir / "almoxarife.db")) as database:
        assert database.execute("SELECT count(*) FROM shops").fetchone() == (1,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# --- which one is newer, and is it whole ---------------------------------------------------


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (Release("0.10.0+aaaaaaaa", 1), Release("0.9.9+aaaaaaaa", 2)),
        (Release("1.0+aaaaaaaa", 1), Release("0.99.0+bbbbbbbb", 1)),
        (Release("0.2.1+aaaaaaaa", 1), Release("0.2+bbbbbbbb", 1)),
        (Release("0.2.0+aaaaaaaa", 2), Release("0.2+bbbbbbbb", 1)),
    ],
)
def test_versions_are_compared_as_numbers_and_of_one_number_by_when_they_were_made(
    newer: Release, older: Release
) -> None:
    assert newer.is_newer_than(older)
    assert not older.is_newer_than(newer)
    assert not newer.is_newer_than(newer)


def test_the_newest_package_of_a_folder_is_found_and_no_other_file_disturbs(tmp_path: Path) -> None:
    newest = make_archive(tmp_path, "pass", Release("0.10.0+cccccccc", 1))
    make_archive(tmp_path, "pass", Release("0.9.0+dddddddd", 5))
    (tmp_path / "Almoxarife-9.9.9-windows-x64.zip").write_bytes(b"half a download")
    with zipfile.ZipFile(tmp_path / "fotos.zip", "w") as photos:
        photos.writestr("praia.jpg", b"")

    assert archives.find_newest(tmp_path) == newest
    assert archives.find_newest(newest.path) == newest


def test_a_folder_without_a_package_and_one_with_half_of_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="Não há em"):
        archives.find_newest(tmp_path)
    with pytest.raises(StartupError, match="não pôde ser lida"):
        archives.find_newest(tmp_path / "E")
    path = make_archive(tmp_path, "pass").path
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(StartupError, match="incompleto ou danificado"):
        archives.find_newest(tmp_path)


def test_each_byte_of_a_package_is_verified(tmp_path: Path) -> None:
    archive = make_archive(tmp_path, "pass")
    digest = archives.verify(archive)
    assert digest == hashlib.sha256(archive.path.read_bytes()).hexdigest()
    whole = archive.path.read_bytes()
    for place in random.Random(5).sample(range(len(whole)), 20):
        archive.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StartupError, match="danificado"):
            archives.verify(archive)


@pytest.mark.parametrize("bit", [1, 8, 255])
def test_a_damaged_package_ends_in_a_sentence_whichever_byte_it_is(tmp_path: Path, bit: int) -> None:
    archive = make_archive(tmp_path, "pass")
    whole = archive.path.read_bytes()
    at = whole.rindex(f"/{ABOUT}".encode(), 0, whole.index(b"PK\x01\x02"))
    for place in range(at - 60, at + 120):
        archive.path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(StartupError, match=r"danificado|Não há em"):
            archives.verify(archives.find_newest(tmp_path))


def test_the_digest_from_elsewhere_counts_too(tmp_path: Path) -> None:
    archive = make_archive(tmp_path, "pass")
    beside = archive.path.with_name(f"{archive.path.name}.sha256")
    assert beside.read_text().split() == [archives.verify(archive), archive.path.name]

    beside.write_text(f"{'0' * 64}  {archive.path.name}\n")

    with pytest.raises(StartupError, match="danificado"):
        archives.verify(archive)


def test_the_command_compares_and_changes_nothing_by_itself(
    program: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["almoxarife", "version", *arguments])
        return main.main(), capsys.readouterr().out

    place = tmp_path / "Loja & filhos"
    make_archive(place, "pass", Release("99.0.0+cccccccc", 1))
    code, said = run("--check", str(place))
    assert code == 1
    assert f"Este é o Almoxarife {name_build()}. O pacote Almoxarife-99.0.0-windows-x64.zip traz" in said
    assert "Pacote conferido, SHA-256 " in said
    assert "não veio de um pacote" in said
    monkeypatch.setattr(installed, "find", lambda: program)
    code, said = run("--check", str(place))
    assert (code, f'version --check "{place}" --update' in said) == (1, True)  # nobody says yes

    monkeypatch.setattr(installed, "own_release", lambda: Release("99.0.0+cccccccc", 1))
    code, said = run("--check", str(place))
    assert (code, "É a mesma versão." in said) == (0, True)
    monkeypatch.setattr(installed, "own_release", lambda: Release("99.0.1+aaaaaaaa", 1))
    code, said = run("--check", str(place))
    assert (code, "Este é mais novo" in said) == (0, True)
    assert name_build() in run()[1]


# --- it takes over -------------------------------------------------------------------------


def test_it_takes_over_and_the_one_before_stays_beside_it(
    program: Installed, settings: Settings, tmp_path: Path
) -> None:
    write_version(program.place("0.1.0+eeeeeeee"), Release("0.1.0+eeeeeeee", 0), "pass")
    archive = make_archive(tmp_path, ANSWERS)

    update(program, archive, settings)

    assert program.current == NEW.name
    assert {version.name for version in (program.folder / VERSIONS).iterdir()} == {OLD.name, NEW.name}
    assert (program.folder / "LEIAME.md").read_text() == "novo"
    assert revision(settings) == "9999"
    copy = settings.data_dir / "backups" / f"antes-de-{NEW.name}.db"
    assert migrations.find_revision(copy) == migrations.HEAD
    assert not (settings.data_dir / rollback.NOTE).exists()
    assert not (settings.data_dir / upgrade.TRIAL).exists()


def test_a_window_that_asked_before_another_one_updated_touches_nothing(
    program: Installed, settings: Settings, tmp_path: Path
) -> None:
    archive = make_archive(tmp_path, ANSWERS)
    update(program, archive, settings)
    (program.place(NEW.name) / "start_sistema_completo.py").write_text(ANSWERS_NEVER)
    before = files_of(program.folder)

    with pytest.raises(StartupError, match="já atualizou"):
        update(program, archive, settings)

    assert files_of(program.folder) == before


def test_what_does_not_answer_on_a_copy_never_sees_the_data(
    program: Installed, settings: Settings, tmp_path: Path
) -> None:
    before = (settings.data_dir / "almoxarife.db").read_bytes()

    with pytest.raises(StartupError, match="Nada foi mudado"):
        update(program, make_archive(tmp_path, ANSWERS_NEVER), settings)

    assert program.current == OLD.name
    assert not program.place(NEW.name).exists()
    assert (settings.data_dir / "almoxarife.db").read_bytes() == before


def test_what_does_not_answer_on_the_data_is_taken_back_with_them(
    program: Installed, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(StartupError, match="A de antes está de volta"):
        update(program, make_archive(tmp_path, ANSWERS_ON_A_COPY_ALONE), settings)

    assert program.current == OLD.name
    rollback.prepare_start(settings)
    assert revision(settings) == migrations.HEAD
    require_the_shop(settings)


def test_a_version_that_stays_keeps_what_came_after_the_update(settings: Settings) -> None:
    copy = rollback.where_backup_goes(settings.data_dir, NEW.name)
    shutil.copyfile(settings.data_dir / "almoxarife.db", copy)
    rollback.remember(settings.data_dir, copy)
    with closing(sqlite3.connect(settings.data_dir / "almoxarife.db")) as database, database:
        database.execute("CREATE TABLE sold_since (id INTEGER)")

    rollback.prepare_start(settings)

    with closing(sqlite3.connect(settings.data_dir / "almoxarife.db")) as database:
        assert database.execute("SELECT count(*) FROM sold_since").fetchone() == (0,)


@pytest.mark.skipif(sys.platform == "win32", reason="a fork stands in for the power that goes")
@pytest.mark.parametrize("start", [ANSWERS, ANSWERS_ON_A_COPY_ALONE], ids=["taken_over", "taken_back"])
def test_the_power_goes_at_any_moment_and_one_whole_version_is_there(
    program: Installed, settings: Settings, tmp_path: Path, start: str
) -> None:
    archive = make_archive(tmp_path, start)
    whole = {OLD.name: files_of(program.place(OLD.name))}
    archives.unpack(archive, program)
    whole[NEW.name] = files_of(program.place(NEW.name))
    installed.remove(program.place(NEW.name))
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path, kept, ignore=shutil.ignore_patterns("kept"))
    steps = count_steps(program, archive, settings)
    assert steps > 2 * MOMENTS

    seen = set()
    for last in sorted(random.Random(17).sample(range(1, steps + 1), MOMENTS)):
        for folder in (program.folder, settings.data_dir):
            shutil.rmtree(folder)
            shutil.copytree(kept / folder.name, folder)
        in_a_process(lambda last=last: stop_after(last, program, archive, settings))  # type: ignore[misc]

        seen.add(program.current)
        assert files_of(program.place(program.current)) == whole[program.current], f"after step {last} of {steps}"
        if program.current == OLD.name:
            rollback.prepare_start(settings)
            assert revision(settings) == migrations.HEAD, f"after step {last} of {steps}"
        require_the_shop(settings)
    if start == ANSWERS:
        assert seen == {OLD.name, NEW.name}
    else:
        assert OLD.name in seen


def count_steps(program: Installed, archive: Archive, settings: Settings) -> int:
    counted = settings.data_dir.with_name("steps")

    def run() -> None:
        steps = 0

        def count(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal steps
            steps += is_a_step(event, arguments)

        sys.addaudithook(count)
        with suppress(StartupError):
            update(program, archive, settings)
        counted.write_text(str(steps))

    in_a_process(run)
    return int(counted.read_text())


def stop_after(last: int, program: Installed, archive: Archive, settings: Settings) -> None:
    steps = 0

    def pull_the_plug(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal steps
        steps += is_a_step(event, arguments)
        if steps >= last:
            os._exit(9)

    sys.addaudithook(pull_the_plug)
    update(program, archive, settings)


def is_a_step(event: str, arguments: tuple[Any, ...]) -> bool:
    """Something that leaves the disk, or another program, in another state."""
    if event == "open":
        return isinstance(arguments[1], str) and not arguments[1].startswith("r")
    return event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "subprocess.Popen", "sqlite3.connect"}


def in_a_process(work: Callable[[], object]) -> None:
    child = os.fork()
    if child == 0:
        with suppress(StartupError):
            work()
        os._exit(0)
    os.waitpid(child, 0)


# --- where the data are --------------------------------------------------------------------


def test_data_inside_the_programs_folder_are_refused(
    program: Installed, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = program.place(OLD.name)
    monkeypatch.setattr(installed, "own_folder", lambda: version)
    installed.require_data_elsewhere(settings.data_dir)

    with pytest.raises(StartupError, match="dentro da pasta do programa"):
        installed.require_data_elsewhere(program.folder / "dados")
    with pytest.raises(StartupError, match="dentro da pasta do programa"):
        installed.require_data_elsewhere(program.folder)


def test_a_program_folder_that_takes_no_file_is_explained_and_nothing_stops(
    program: Installed, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "no", str(path))

    monkeypatch.setattr(upgrade.files, "try_lock", refuse)

    with pytest.raises(StartupError, match="sem permissão"):
        update(program, make_archive(tmp_path, ANSWERS), settings)

    assert program.current == OLD.name
