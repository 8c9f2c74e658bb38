"""A shop whose database is gone is never taken for a new one."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from almoxarife.server.upkeep.lost_database import list_backups, list_traces
from tests.cli.conftest import Almoxarife
from tests.databases import Databases
from tests.server.conftest import FirstDay, MakeServer, copied
from tests.server.processes import BOLTS, LAUNCHER, Server, almoxarife
from tests.server.test_starting import assert_refused

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def worked_day(databases: Databases, first_day: FirstDay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A shop's folder after a day of work, closed."""
    with copied(first_day, databases, tmp_path_factory.mktemp("worked day") / "dados") as data:
        server = Server(data)
        try:
            server.start()
            with server.client() as ana:
                ana.token = first_day.token
                assert ana.receive(BOLTS, 5).status == 201
            copy = data / "backups" / "almoxarife-2026-11-27.db"
            copy.parent.mkdir()
            assert almoxarife("backup", str(copy), data=data).returncode == 0
            assert server.stop() == 0
        finally:
            server.end()
        yield data


@pytest.fixture
def shop(worked_day: Path, data: Path) -> Path:
    """A copy of it."""
    shutil.rmtree(data)
    shutil.copytree(worked_day, data)
    return data


def keep_only(*names: str) -> Callable[[Path], None]:
    def lose(shop: Path) -> None:
        for path in shop.iterdir():
            if path.name not in names:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    return lose


def remove(shop: Path) -> None:
    (shop / "almoxarife.db").unlink()


def empty(shop: Path) -> None:
    (shop / "almoxarife.db").write_bytes(b"")


def keep_an_upgrade_s_copy(shop: Path) -> None:
    (shop / "almoxarife.db").rename(shop / "almoxarife.db.antes-de-0004-20261127-080000.bak")
    keep_only("almoxarife.db.antes-de-0004-20261127-080000.bak")(shop)


def keep_what_was_not_written_back(shop: Path) -> None:
    keep_only()(shop)
    (shop / "almoxarife.db-wal").write_bytes(b"half a shop")


def keep_what_a_cloud_renamed(shop: Path) -> None:
    """Of two versions of a file its program keeps one under another name, as Windows does with a second copy."""
    (shop / "almoxarife.db").rename(shop / "almoxarife (1).db")
    keep_only("almoxarife (1).db")(shop)


LOSSES = [
    remove,
    empty,
    keep_only("chave-secreta.txt"),
    keep_only("registros.db"),
    keep_only("backups"),
    keep_an_upgrade_s_copy,
    keep_what_was_not_written_back,
    keep_what_a_cloud_renamed,
]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_start_makes_no_new_shop_where_there_was_one(
    make_server: MakeServer, shop: Path, lose: Callable[[Path], None]
) -> None:
    lose(shop)
    before = contents(shop)

    assert_refused(make_server(shop), str(shop), "Nada foi criado", " restore ", " migrate --novo")

    assert contents(shop) == before


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "almoxarife.lock"
    }


def test_the_copies_are_named_with_their_dates_and_one_brings_the_shop_back(
    make_server: MakeServer, shop: Path, almoxarife: Almoxarife
) -> None:
    remove(shop)
    server = make_server(shop).spawn()
    assert server.finish() == 2
    assert re.search(r"almoxarife-2026-11-27\.db \(\d\d/\d\d/\d{4} \d\d:\d\d\)", server.errors)
    (command,) = re.findall(re.escape(LAUNCHER) + r" (restore \S.*?\.db)", server.errors)

    assert almoxarife(*command.split(" ", 1)).returncode == 0

    assert balance(server.start()) == 5


def test_what_a_cloud_renamed_is_named_as_it_can_be_typed_and_brings_the_shop_back(
    make_server: MakeServer, shop: Path, almoxarife: Almoxarife
) -> None:
    (shop / "almoxarife.db").rename(shop / "almoxarife (1).db")
    server = make_server(shop).spawn()
    assert server.finish() == 2
    (typed,) = re.findall(re.escape(LAUNCHER) + r' restore ("\S.*?\.db")', server.errors)
    assert typed == f'"{shop / "almoxarife (1).db"}"'

    assert almoxarife("restore", typed).returncode == 0

    assert balance(server.start()) == 5


def balance(server: Server) -> object:
    with server.client() as ana:
        return ana.balance(BOLTS)


@pytest.mark.parametrize("command", [("users", "create-admin", "Zé"), ("migrate",), ("shops", "create", "Centro")])
def test_no_command_makes_one_either(shop: Path, almoxarife: Almoxarife, command: tuple[str, ...]) -> None:
    remove(shop)

    done = almoxarife(*command)

    assert done.returncode == 2
    assert "Nada foi criado" in done.stderr
    assert not (shop / "almoxarife.db").exists()


@pytest.mark.parametrize("lose", [remove, empty, keep_what_was_not_written_back])
def test_whoever_says_so_begins_anew_and_what_was_left_is_kept(
    make_server: MakeServer, shop: Path, almoxarife: Almoxarife, lose: Callable[[Path], None]
) -> None:
    lose(shop)
    was = {content for name, content in contents(shop).items() if not name.startswith("registros")}

    assert almoxarife("migrate", "--novo").returncode == 0

    server = make_server(shop).start()
    with server.client() as first:
        first.token = None
        assert first.register("zeca", "1234").body["papel"] == "administrador"
    assert was <= set(contents(shop).values())


def test_beginning_anew_replaces_no_database(shop: Path, almoxarife: Almoxarife) -> None:
    before = (shop / "almoxarife.db").read_bytes()

    done = almoxarife("migrate", "--novo")

    assert (done.returncode, (shop / "almoxarife.db").read_bytes()) == (2, before)
    assert "Já existe um banco de dados" in done.stderr


def test_a_first_start_beside_a_log_served_alone_is_one(make_server: MakeServer, tmp_path: Path) -> None:
    log = make_server(tmp_path / "dados").start()
    log.stop()
    keep_only("registros.db")(log.data)  # nobody had logged in

    assert make_server(log.data).start().is_listening()


def test_a_first_start_that_was_killed_is_begun_again(make_server: MakeServer, tmp_path: Path) -> None:
    data = tmp_path / "dados"
    data.mkdir()
    (data / ".almoxarife.db.novo").write_bytes(b"half of a new one")

    assert make_server(data).start().is_listening()
    assert not (data / ".almoxarife.db.novo").exists()


@pytest.mark.parametrize(
    ("left", "content", "found"),
    [
        ("chave-secreta.txt", b"x" * 40, ["chave-secreta.txt"]),
        ("almoxarife.db", b"x", ["almoxarife.db"]),
        ("almoxarife.db", b"", []),
        ("outro.db-wal", b"x", ["outro.db-wal"]),
        ("registros.db", b"no database", ["registros.db"]),
        ("backups/almoxarife-2026-11-27.db", b"x", ["backups/"]),
        ("almoxarife.db.antes-de-restaurar.bak", b"x", ["almoxarife.db.antes-de-restaurar.bak"]),
        ("almoxarife-PC2.db", b"x", ["almoxarife-PC2.db"]),
        ("notas.txt", b"x", []),
    ],
)
def test_each_trace_tells_of_a_shop_by_itself(tmp_path: Path, left: str, content: bytes, found: list[str]) -> None:
    path = tmp_path / left
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)

    assert list_traces(tmp_path, tmp_path / "outro.db") == found


def test_a_copy_made_by_hand_is_found_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    for name in ("almoxarife.db", "backups/almoxarife.db", "almoxarife (1).db"):
        (tmp_path / name).write_bytes(b"x")

    assert {copy.path.relative_to(tmp_path).as_posix() for copy in list_backups(tmp_path)} == {
        "backups/almoxarife.db",
        "almoxarife (1).db",
    }
