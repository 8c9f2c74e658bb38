"""The database goes away in every way there is: 503, nothing is told that is not there, all goes on by itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event

import psycopg
import pytest

from almoxarife.server.store.postgres import WRITER_LOCK
from tests.postgres.conftest import Shop, finish
from tests.postgres_server import Cluster, name_in
from tests.server.crowd import Doing, Poller, Writers
from tests.server.processes import BOLTS, Answer, wait_until


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One that keeps what it has said it keeps."""
    made = Cluster(durable=True)
    try:
        yield made.start()
    finally:
        made.remove()


def kill_and_start(shop: Shop) -> None:
    shop.cluster.kill()
    shop.cluster.start()


def restart(shop: Shop) -> None:
    shop.cluster.restart()


def terminate_every_connection(shop: Shop) -> None:
    shop.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE starts_with(application_name, 'almoxarife') AND datname = current_database()"
    )


@pytest.mark.parametrize("lose", [kill_and_start, restart, terminate_every_connection])
def test_under_load_nothing_is_told_that_is_not_there(shop: Shop, lose: Callable[[Shop], None]) -> None:
    crowds = [Writers(server, 8) for server in shop.servers]
    pollers = [Poller(server, more=more) for server in shop.servers for more in ("", "&limite=400")]
    for crowd in crowds:
        crowd.start()
    for number in (1, 2, 3):
        wait_until(
            lambda number=number: all(len(crowd.acknowledged) > number * 60 for crowd in crowds), "entries enough"
        )
        lose(shop)
    reached = [len(crowd.acknowledged) for crowd in crowds]
    wait_until(
        lambda: all(len(crowd.acknowledged) > now for crowd, now in zip(crowds, reached, strict=True)), "it goes on"
    )
    for crowd in crowds:
        crowd.stop()
        assert set(crowd.refused) <= {503}
        while crowd.unanswered:
            crowd.retry()

    acknowledged = sorted(movement for crowd in crowds for movement in crowd.acknowledged.values())
    kept = [seq for (seq,) in shop.rows("SELECT seq FROM movements ORDER BY seq")]
    assert acknowledged == sorted(f"m{seq}" for seq in kept)
    assert shop.rows("SELECT quantity FROM balances") == [(len(kept) * 10_000,)]
    for poller in pollers:
        assert finish(poller, kept[-1]) == kept


def wait_for_more(crowds: list[Writers]) -> None:
    for crowd in crowds:
        enough = len(crowd.acknowledged) + 50
        wait_until(lambda crowd=crowd, enough=enough: len(crowd.acknowledged) >= enough, "50 entries more")


def test_while_it_is_away_everything_is_503_and_health_says_so(shop: Shop) -> None:
    with shop.client(0) as ana:
        ana.receive(BOLTS, 5)
        shop.cluster.stop()
        try:
            for answer in (ana.receive(BOLTS, 5), ana.get("/produtos"), ana.get("/saude"), ana.log_in()):
                assert answer.status == 503
                assert answer.headers["Retry-After"]
        finally:
            shop.cluster.start()
        ana.token = shop.servers[0].token
        wait_until(lambda: ana.get("/saude").status == 200, "it is well again")
        assert ana.receive(BOLTS, 5).status == 201
        assert ana.balance(BOLTS) == 10


def test_while_it_is_away_the_log_says_it_once_and_then_how_often(shop: Shop) -> None:
    server = shop.servers[0]
    with shop.client(0) as ana:
        shop.cluster.stop()
        try:
            for number in range(50):
                assert ana.get("/produtos").status == 503
                assert ana.receive(BOLTS, 1, Idempotency_Key=f"k{number}").status == 503
            server.stop()
        finally:
            shop.cluster.start()

    logged = server.unavailable()
    assert sum(map(sum, logged.values())) == 100
    assert sum(map(len, logged.values())) < 30, logged  # a few reasons, and for each a sum in ten seconds


def test_a_full_disk_is_told_until_there_is_space_again(shop: Shop) -> None:
    """What an entry meets, and what is left for a moment's rows: the machine's own disk is not to be filled."""
    with shop.client(0) as ana:
        before = ana.balance(BOLTS)
        with no_space(shop):

            def is_told() -> bool:
                refused = ana.receive(BOLTS, 1, Idempotency_Key="entry")
                assert (refused.status, refused.code) == (503, "gravacao-indisponivel")
                return bool(ana.get("/saude").status == 503)

            wait_until(is_told, "the setting has come into force")
            assert ana.get("/saude").body["estado"] == "sem-gravacao"
            assert ana.balance(BOLTS) == before
        wait_until(lambda: "No space left on device" in shop.servers[0].errors, "the reason is in the log")
        wait_until(lambda: ana.get("/saude").status == 200, "there is space again")
        assert ana.receive(BOLTS, 1, Idempotency_Key="entry").status == 201
        assert ana.get("/saude").status == 200


@contextmanager
def no_space(shop: Shop) -> Iterator[None]:
    shop.execute("ALTER SYSTEM SET temp_file_limit = 0")
    shop.execute("SELECT pg_reload_conf()")
    shop.execute(
        "CREATE FUNCTION extend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
        " 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
    )
    shop.execute("CREATE TRIGGER full_disk BEFORE INSERT ON movements FOR EACH ROW EXECUTE FUNCTION extend()")
    try:
        yield
    finally:
        shop.execute("DROP FUNCTION extend CASCADE")
        shop.execute("ALTER SYSTEM RESET temp_file_limit")
        shop.execute("SELECT pg_reload_conf()")


# The log waits as well, without the writers' lock.
WAITING = (
    "FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE wait_event = 'SyncRep'"
    f" AND locktype = 'advisory' AND objid = {WRITER_LOCK}"
)


@contextmanager
def standby_missing(shop: Shop) -> Iterator[None]:
    """Every COMMIT waits for a standby that does not exist."""
    shop.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    shop.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        shop.execute("ALTER SYSTEM RESET synchronous_standby_names")
        shop.execute("SELECT pg_reload_conf()")


def receive_until_refused(shop: Shop) -> tuple[str, Answer]:
    """The key of the entry that was not told to be safe, and what was told instead."""
    with shop.client(0) as ana:
        for number in count():  # the setting may need a moment
            answer = ana.receive(BOLTS, 1, Idempotency_Key=f"entry-{number}")
            if answer.status != 201:
                return f"entry-{number}", answer
    raise AssertionError


@pytest.mark.parametrize("sent", ["notice", "error"])
def test_a_wait_for_a_standby_that_is_cancelled_is_no_success(shop: Shop, sent: str) -> None:
    """It ends as a success with a warning, and the row is there: only this machine has it."""
    shop.execute(f"ALTER DATABASE {name_in(shop.url)} SET client_min_messages = '{sent}'")
    terminate_every_connection(shop)
    with standby_missing(shop):
        writing = Doing(lambda: receive_until_refused(shop))
        wait_until(lambda: waiting_for_standby(shop), "it waits")
        before = shop.rows("SELECT count(*) FROM movements")[0][0]
        shop.rows(f"SELECT pg_cancel_backend(pid) {WAITING}")
        key, answer = writing.outcome()
        assert (answer.status, answer.code) == (503, "gravacao-indisponivel")
        assert key == f"entry-{before}"  # the very one, not the next, which waits in vain
        assert shop.rows("SELECT count(*) FROM movements") == [(before + 1,)]
    with shop.client(1) as ana:
        again = ana.receive(BOLTS, 1, Idempotency_Key=key)
        assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")


def waiting_for_standby(shop: Shop) -> bool:
    return bool(shop.rows(f"SELECT pid {WAITING}"))


def test_a_server_whose_commits_are_not_durable_is_made_durable(shop: Shop) -> None:
    shop.execute(f"ALTER DATABASE {name_in(shop.url)} SET synchronous_commit = off")
    terminate_every_connection(shop)
    with psycopg.connect(shop.url) as line, shop.client(0) as ana:
        assert line.execute("SHOW synchronous_commit").fetchone() == ("off",)
        stopping = Event()

        def receive() -> set[int]:
            statuses = set()
            while not stopping.is_set():
                statuses.add(ana.receive(BOLTS, 5).status)
            return statuses

        writing = Doing(receive)
        with standby_missing(shop):
            wait_until(lambda: waiting_for_standby(shop), "its COMMIT waits, as one that is not off does")
            stopping.set()
        assert writing.outcome() == {201}
