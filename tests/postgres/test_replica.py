"""Who only reads is answered by a standby, and never learns less than the primary would have told.

``ALMOXARIFE_TESTES_PARES=10000`` writes and reads so many times with a standby that is three seconds late.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.stock import reports
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import migrations
from tests.api.cast import make_cast, open_server
from tests.cheap_setup import weak_passwords
from tests.databases import rows
from tests.postgres.conftest import SECRET, Shop, close, finish
from tests.postgres_server import Cluster
from tests.server.crowd import Poller, at_once
from tests.server.processes import BOLTS, PATIENCE_S, Client, Server, wait_until

PEOPLE = 16
PAIRS = int(os.environ.get("ALMOXARIFE_TESTES_PARES", "320"))


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    made = Cluster(is_replicated=True)
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    with following(primary) as made:
        yield made


@contextmanager
def following(primary: Cluster) -> Iterator[Cluster]:
    made = Cluster(of=primary)
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture(scope="module")
def shop(primary: Cluster, standby: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two servers on the primary, both of which may read from the standby."""
    folder = tmp_path_factory.mktemp("servidores")
    url = primary.create()
    read_url = standby.url(name_in(url))
    opened = Shop(primary, url, [])
    try:
        while len(opened.servers) < 2:
            data = folder / f"servidor {len(opened.servers)}"
            opened.servers.append(Server(data, DATABASE_URL=url, READ_URL=read_url, SECRET_KEY=SECRET))
            opened.servers[-1].start()
        with opened.client(0) as ana:
            assert ana.register().status == 201
            ana.log_in()
            assert ana.new_product("Parafuso 10mm") == BOLTS
        for server in opened.servers:
            server.token = ana.token
        yield opened
    finally:
        close(opened)


def state(shop: Shop) -> object:
    with shop.client(0) as anybody:
        return anybody.get("/saude").body["replica"]


def reads_of_movements(standby: Cluster, shop: Shop) -> int:
    """How often the standby has looked into the ledger; it tells so a moment later."""
    sql = "SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'movements'"
    return int(rows(standby.url(name_in(shop.url)), sql)[0][0])


def write_and_read(shop: Shop, product: str, times: int, person: int) -> None:
    """Each time at another server than what is read then, and each time something else."""
    with shop.client(person) as here, shop.client(person + 1) as there:
        for time in range(1, times + 1):
            seq = here.receive(product, 1).body["seq"]
            question = (time + person) % 5
            if question == 0:
                assert there.get(f"/produtos/{product}/movimentacoes?limite=1").body[0]["seq"] == seq
            elif question == 1:
                assert there.balance(product) == time
            elif question == 2:
                # Far more than the others record meanwhile: on a busy machine this one may wait long for its turn.
                assert seq in [row["seq"] for row in there.get("/inventario?ultimos=500").body]
            elif question == 3:
                assert there.get(f"/inventario?depois={seq - 1}&limite=1&tipo=entrada").body[0]["seq"] == seq
            else:
                assert there.get(f"/inventario?depois={seq - 1}&limite=1").body[0]["seq"] == seq


@pytest.mark.parametrize("late_s", [0, 3])
def test_nobody_reads_less_than_they_have_written_and_no_poller_misses_any(
    shop: Shop, standby: Cluster, late_s: int
) -> None:
    standby.delay(late_s)
    with shop.client(0) as ana:
        products = [ana.new_product(f"Arruela {late_s}-{person}") for person in range(PEOPLE)]
    before = [seq for (seq,) in shop.rows("SELECT seq FROM movements ORDER BY seq")]
    pollers = [Poller(server, more=more) for server in shop.servers for more in ("", "&tipo=entrada")]

    each = PAIRS // PEOPLE
    at_once(PEOPLE, lambda person: write_and_read(shop, products[person], each, person), patience_s=PATIENCE_S + each)

    kept = [seq for (seq,) in shop.rows("SELECT seq FROM movements ORDER BY seq")]
    assert len(kept) - len(before) == each * PEOPLE
    assert [finish(poller, kept[-1]) for poller in pollers] == [kept] * 4


def ask(client: Client) -> None:
    """Something that memory does not answer."""
    answer = client.get("/inventario?ultimos=5")
    assert answer.status == 200, answer.raw


def test_a_standby_that_is_late_says_so_and_the_primary_answers(shop: Shop, standby: Cluster) -> None:
    standby.delay(600)
    with shop.client(0) as ana:
        before = ana.balance(BOLTS)
        ana.receive(BOLTS, 1)
        wait_until(lambda: ask(ana) is None and state(shop) == "atrasada", "it is late")
        assert ana.balance(BOLTS) == before + 1


def test_a_standby_that_is_well_answers_and_one_that_is_gone_is_not_missed(shop: Shop, standby: Cluster) -> None:
    standby.delay(0)
    with shop.client(0) as ana:
        before = reads_of_movements(standby, shop)

        def has_answered() -> bool:
            ask(ana)
            return state(shop) == "em-dia" and reads_of_movements(standby, shop) > before

        wait_until(has_answered, "the standby has answered")
        standby.kill()
        try:
            for _ in range(20):
                seq = ana.receive(BOLTS, 1).body["seq"]
                assert ana.get("/inventario?ultimos=1").body[0]["seq"] == seq
            assert state(shop) == "fora"
        finally:
            standby.start()


def write_one(database: Database) -> None:
    with database.transaction() as session:
        raw(session).execute("UPDATE shops SET name = name")


def is_recovering(database: Database) -> bool:
    """Whether a standby answers this thread, which begins to read now."""
    database.versions.begin_request(only_reads=True)
    with database.reading() as session:
        return bool(raw(session).execute("SELECT pg_is_in_recovery()")[0][0])


@contextmanager
def opened(primary: Cluster, standby: Cluster) -> Iterator[Database]:
    """A new database, and the standby to read from once it has it."""
    url = primary.create()
    migrations.migrate(url)
    standby.delay(0)
    with closing(Database.open(url, read_url=standby.url(name_in(url)))) as database:
        wait_until(lambda: is_recovering(database), "it follows")
        yield database


def name_in(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_standby_that_lacks_one_write_answers_nobody(primary: Cluster, standby: Cluster) -> None:
    """However small it is: who wrote it would not find it."""
    with opened(primary, standby) as database:
        name = rows_of_one(database, "SELECT current_database()")
        rows(standby.url(name), "SELECT pg_wal_replay_pause()")
        wait_until(
            lambda: rows(standby.url(name), "SELECT pg_get_wal_replay_pause_state()") == [("paused",)], "it rests"
        )
        try:
            write_one(database)
            assert not is_recovering(database)
            assert database.replica_state == "atrasada"
        finally:
            rows(standby.url(name), "SELECT pg_wal_replay_resume()")
        wait_until(lambda: is_recovering(database), "it has the write")


def test_a_standby_that_was_promoted_answers_nobody(primary: Cluster) -> None:
    with following(primary) as standby, opened(primary, standby) as database:
        standby.promote()

        assert not is_recovering(database)
        assert database.replica_state == "fora"


def test_a_standby_of_an_earlier_reign_answers_nobody(primary: Cluster) -> None:
    """It has more of a log than the new primary, and it is another log."""
    with following(primary) as promoted, following(primary) as left, opened(primary, left) as database:
        name = rows_of_one(database, "SELECT current_database()")
        promoted.promote()
        for _ in range(50):
            write_one(database)
        wait_until(lambda: is_recovering(database), "it has them all")

        with closing(Database.open(promoted.url(name), read_url=left.url(name))) as later:
            write_one(later)
            assert not is_recovering(later)
            assert later.replica_state == "atrasada"


def rows_of_one(database: Database, sql: str) -> str:
    with database.reading() as session:
        return str(raw(session).execute(sql)[0][0])


def test_a_standby_of_another_database_answers_nobody(primary: Cluster, standby: Cluster) -> None:
    url, other = primary.create(), primary.create()
    migrations.migrate(url)
    with closing(Database.open(url, read_url=standby.url(name_in(other)))) as database:
        assert not is_recovering(database)
        assert database.replica_state == "fora"


def test_a_standby_that_could_not_even_be_worked_with_answers_nobody_either(primary: Cluster) -> None:
    url = primary.create()
    migrations.migrate(url)
    with primary.connect("postgres") as line:
        line.execute("CREATE DATABASE latina TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    with closing(Database.open(url, read_url=primary.url("latina"))) as database:
        assert not is_recovering(database)
        assert database.replica_state == "fora"


def test_who_writes_is_answered_by_the_primary(primary: Cluster, standby: Cluster) -> None:
    with opened(primary, standby) as database:
        write_one(database)
        assert rows_of_one(database, "SELECT pg_is_in_recovery()") == "False"
        database.versions.begin_request()
        assert rows_of_one(database, "SELECT pg_is_in_recovery()") == "False"


END_ALL = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE application_name = 'almoxarife' AND pid <> pg_backend_pid()"
)


def test_a_request_that_loses_the_standby_half_way_is_answered_all_the_same(
    primary: Cluster, standby: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = primary.create()
    migrations.migrate(url)
    with weak_passwords():
        make_cast(url)
    name = name_in(url)
    told = {"ALMOXARIFE_DATABASE_URL": url, "ALMOXARIFE_READ_URL": standby.url(name)}
    list_before, lost = reports.list_before, []

    def lose_it_first(*arguments: object, **more: object) -> object:
        if not lost:
            lost.extend(rows(standby.url(name), END_ALL))
        return list_before(*arguments, **more)  # type: ignore[arg-type]

    with weak_passwords(), open_server(url, tmp_path, told) as server:
        ana = server.person("Ana")
        wait_until(lambda: is_recovering(server.database), "it follows")
        monkeypatch.setattr(reports, "list_before", lose_it_first)
        answer = ana.get("/inventario?ultimos=5")
        assert (answer.status_code, answer.json) == (200, [])
        assert lost
        assert server.database.replica_state == "fora"


def test_a_snapshot_that_is_lost_says_so_once(primary: Cluster, standby: Cluster) -> None:
    with opened(primary, standby) as database:
        name = rows_of_one(database, "SELECT current_database()")

        def lose_it() -> None:
            database.versions.begin_request(only_reads=True)
            with database.reading() as session:
                # A standby that is late for a moment is not asked.
                if raw(session).execute("SELECT pg_is_in_recovery()") == [(True,)]:
                    rows(standby.url(name), END_ALL)
                    raw(session).execute("SELECT 1")

        with pytest.raises(StoreUnavailable):
            wait_until(lose_it, "it follows")
        assert database.has_lost_replica
        assert rows_of_one(database, "SELECT pg_is_in_recovery()") == "False"
        assert not database.has_lost_replica
