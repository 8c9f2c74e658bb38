"""Two servers on one database are one server: nothing is missed, doubled, sold twice or seen too late."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from threading import Event

import psycopg

from almoxarife.server.store.postgres import WRITER_LOCK
from tests.postgres.conftest import Shop, close, finish, make_servers
from tests.postgres_server import Cluster
from tests.server.crowd import Doing, Poller, at_once
from tests.server.processes import BOLTS, PASSWORD, almoxarife, wait_until

WRITERS = 16


def write(shop: Shop, number: int, *, is_enough: Callable[[], bool] = lambda: False) -> None:
    """``number`` entries of 16 connections, half of them at either server, each for a product of its own."""
    with shop.client(0) as ana:
        products = [ana.new_product(f"Arruela {index}") for index in range(WRITERS)]

    def receive(index: int) -> None:
        with shop.client(index) as writer:
            for _ in range(number // WRITERS):
                if is_enough():
                    return
                answer = writer.receive(products[index], 1)
                assert answer.status == 201, answer.raw

    at_once(WRITERS, receive)


def write_and_poll(shop: Shop, number: int) -> tuple[list[int], list[list[int]]]:
    """The movements there are in the end, and those that each poller has seen; over when one has missed one."""
    pollers = [Poller(server, more=more) for server in shop.servers for more in ("", "&limite=400")]
    write(shop, number, is_enough=lambda: any(map(has_missed_one, pollers)))
    kept = [seq for (seq,) in shop.rows("SELECT seq FROM movements ORDER BY seq")]
    return kept, [finish(poller, kept[-1]) for poller in pollers]


def has_missed_one(poller: Poller) -> bool:
    """It is past a number that it has not seen. No entry is refused here: every number becomes a movement."""
    return bool(poller.seen) and poller.seen[-1]["seq"] > len(poller.seen)


def test_pollers_miss_none_of_800_movements(shop: Shop) -> None:
    kept, seen = write_and_poll(shop, 800)

    assert len(kept) == 800
    assert seen == [kept] * 4
    assert shop.rows("SELECT sum(quantity) FROM balances") == [(800 * 10_000,)]


def test_where_nothing_orders_the_writers_the_same_pollers_miss_some(unordered_shop: Shop) -> None:
    """Numbers are drawn in one order and become visible in another: one of the first fifty or so is missed."""
    kept, seen = write_and_poll(unordered_shop, 800)

    assert any(numbers != kept for numbers in seen)


def test_sales_at_both_servers_are_in_one_order_and_all_of_them_in_the_totals(shop: Shop) -> None:
    def sell(index: int) -> list[int]:
        with shop.client(index) as seller:
            item = {"produto_id": BOLTS, "quantidade": 1, "preco": "1.10"}
            sold = [seller.post("/vendas", {"itens": [item]}).body for _ in range(10)]
            assert seller.post(f"/vendas/{sold[0]['id']}/cancelamento", {"motivo": "engano"}).status == 201
            return [sale["seq"] for sale in sold]

    numbers = at_once(WRITERS, sell)

    assert sorted(seq for own in numbers for seq in own) == [*range(1, 10 * WRITERS + 1)]
    for index in (0, 1):
        with shop.client(index) as ana:
            total = ana.get("/vendas/total").body
            assert (total["total"], total["vendas"]) == ("158.40", 9 * WRITERS)
            assert ana.balance(BOLTS) == -9 * WRITERS
    check = almoxarife("check", data=shop.servers[0].data.parent / "console", DATABASE_URL=shop.url)
    assert (check.returncode, check.stderr) == (0, "")


def test_a_long_import_is_called_back_at_the_other_server(shop: Shop) -> None:
    rows = [{"nome": f"Produto {n}", "saldo_inicial": 1} for n in range(6_000)]

    def send() -> tuple[int, str]:
        with shop.client(0) as ana:
            answer = ana.post("/produtos/importar", rows, Idempotency_Key="k")
            return answer.status, answer.code

    def is_called_back() -> bool:
        with shop.client(1) as ana:
            return ana.post("/produtos/importacoes/cancelar", {"chave": "k"}).status == 204

    sent = Doing(send)
    wait_until(is_called_back, "the import is called back")

    assert sent.outcome() == (409, "importacao-cancelada")
    assert shop.rows("SELECT count(*) FROM products WHERE is_active") == [(1,)]
    assert shop.rows("SELECT coalesce(sum(quantity), 0) FROM balances") == [(0,)]
    assert not is_called_back()


def test_a_list_that_waits_is_called_back_and_not_the_one_that_is_written(shop: Shop) -> None:
    def send(key: str) -> tuple[int, str]:
        with shop.client(0) as ana:
            rows = [{"nome": f"{key} {n}"} for n in range(6_000)]
            answer = ana.post("/produtos/importar", rows, Idempotency_Key=key)
            return answer.status, "" if answer.status == 200 else answer.code

    def is_called_back() -> bool:
        with shop.client(1) as ana:
            return ana.post("/produtos/importacoes/cancelar", {"chave": "waits"}).status == 204

    written = Doing(lambda: send("written"))
    wait_until(lambda: shop.rows("SELECT count(*) FROM products")[0][0] > 1, "it is written")
    waits = Doing(lambda: send("waits"))
    wait_until(is_called_back, "the other one is called back")

    assert (written.outcome(), waits.outcome()) == ((200, ""), (409, "importacao-cancelada"))
    assert shop.rows("SELECT count(*) FROM products WHERE is_active") == [(6_001,)]


APPEND = (
    "INSERT INTO movements (shop_id, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at,"
    " occurred_at, is_clock_corrected, is_below_zero) VALUES (1, 1, 'entrada', 1, 1, 1, 1, 0, 0, false, false)"
)
LOCK = "SELECT pg_advisory_xact_lock(%s)"


def test_with_the_lock_the_second_draws_its_number_after_the_first_is_seen(shop: Shop) -> None:
    with psycopg.connect(shop.url) as slow:
        slow.execute(LOCK, (WRITER_LOCK,))
        slow.execute(APPEND)
        with shop.client(0) as quick:
            waiting = Doing(lambda: quick.receive(BOLTS, 1).body["seq"])
            wait_until(
                lambda: shop.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"), "it waits"
            )
            slow.commit()
            assert waiting.outcome() == 2


def test_numbers_become_visible_in_their_order(shop: Shop) -> None:
    """Whoever looks sees an unbroken beginning of what there will be."""
    finished = Event()

    def look() -> list[list[int]]:
        seen = []
        with psycopg.connect(shop.url, autocommit=True) as line:
            while not finished.is_set():
                seen.append([seq for (seq,) in line.execute("SELECT seq FROM movements ORDER BY seq").fetchall()])
        return seen

    looking = Doing(look)
    write(shop, 800)
    finished.set()

    looks = looking.outcome()
    assert len(looks) > 5
    for earlier, later in pairwise(looks):
        assert later[: len(earlier)] == earlier


def test_the_last_10_pieces_are_sold_once(shop: Shop) -> None:
    with shop.client(0) as ana:
        ana.receive(BOLTS, 10)

    def issue(index: int) -> int:
        with shop.client(index) as seller:
            return seller.issue(BOLTS, 1).status

    assert Counter(at_once(50, issue)) == {201: 10, 409: 40}
    assert shop.rows("SELECT quantity FROM balances") == [(0,)]


def test_one_key_makes_one_movement(shop: Shop) -> None:
    def receive(index: int) -> tuple[int, str]:
        with shop.client(index) as client:
            answer = client.receive(BOLTS, 5, Idempotency_Key="a-till-that-insists")
            return answer.status, answer.body["id"]

    ((outcome, number),) = Counter(at_once(20, receive)).items()

    assert (outcome[0], number) == (201, 20)
    assert shop.rows("SELECT count(*), sum(effect) FROM movements") == [(1, 50_000)]


def test_a_key_that_runs_elsewhere_is_waited_for_and_then_refused(shop: Shop) -> None:
    """The first request waits for the lock that the test holds; the second one comes to the other server."""
    with psycopg.connect(shop.url) as line, shop.client(1) as second:
        line.execute(LOCK, (WRITER_LOCK,))

        def receive() -> int:
            with shop.client(0) as first:
                return first.receive(BOLTS, 5, Idempotency_Key="slow").status

        first = Doing(receive)
        wait_until(lambda: claims(shop) == 1, "the first one runs")
        answer = second.receive(BOLTS, 5, Idempotency_Key="slow")
        assert (answer.status, answer.code) == (503, "chave-em-andamento")
        assert answer.headers["Retry-After"]
        line.rollback()
        assert first.outcome() == 201
        again = second.receive(BOLTS, 5, Idempotency_Key="slow")
        assert (again.status, again.headers["Idempotent-Replayed"]) == (201, "true")
    wait_until(lambda: claims(shop) == 0, "none is claimed any more")


def claims(shop: Shop) -> int:
    sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid != 0 AND granted"
    return int(shop.rows(sql)[0][0])


def test_what_one_server_has_answered_the_other_one_knows(shop: Shop) -> None:
    with shop.client(0) as here, shop.client(1) as there:
        for number in range(30):
            asked = f"/produtos?busca=arruela{number}x"
            assert there.get(asked).body == []
            tag = there.get("/produtos").headers["ETag"]
            assert there.get("/produtos", If_None_Match=tag).status == 304
            here.new_product(f"Arruela{number}x")
            assert len(there.get(asked).body) == 1
            news = there.get("/produtos", If_None_Match=tag)
            assert news.status == 200
            assert len(news.body) == number + 2
            assert here.get("/produtos", If_None_Match=news.headers["ETag"]).status == 304


def test_whoever_has_recorded_an_entry_sees_it_at_once_at_every_server(shop: Shop) -> None:
    """Also where others poll so often that most answers rest on a look that somebody took before them."""
    pollers = [Poller(server) for server in shop.servers]
    with shop.client(0) as here, shop.client(1) as there:
        for number in range(100):
            writer, reader = (here, there) if number % 2 else (there, here)
            seq = writer.receive(BOLTS, 1).body["seq"]
            poll = f"/inventario?depois={seq - 1}"
            assert [row["seq"] for row in reader.get(poll).body] == [seq]
            assert [row["seq"] for row in writer.get(poll).body] == [seq]
    kept = [seq for (seq,) in shop.rows("SELECT seq FROM movements ORDER BY seq")]
    assert [finish(poller, kept[-1]) for poller in pollers] == [kept] * 2


def test_who_leaves_here_has_left_there(shop: Shop) -> None:
    with shop.client(0) as here, shop.client(1) as there:
        here.log_in()
        there.token = here.token
        assert there.get("/lojas").status == 200
        assert here.post("/logout").status == 204
        assert there.get("/lojas").status == 401


def test_a_failed_login_counts_everywhere(shop: Shop) -> None:
    statuses = []
    for index in range(8):
        with shop.client(index) as stranger:
            statuses.append(stranger.log_in(password="errada").status)

    assert statuses == [401] * 5 + [429] * 3


def test_commands_take_effect_while_servers_run(shop: Shop) -> None:
    with shop.client(0) as ana:
        assert ana.get("/lojas").status == 200
        done = almoxarife(
            "users", "reset-password", "Ana", data=shop.servers[0].data.parent / "console", DATABASE_URL=shop.url
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert ana.get("/lojas").status == 401
        assert ana.log_in(password=PASSWORD).status == 401
    done = almoxarife("check", data=shop.servers[0].data.parent / "console", DATABASE_URL=shop.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 diferenças" in done.stdout


def test_several_first_starts_at_once_make_one_database(cluster: Cluster, tmp_path: Path) -> None:
    shop = Shop(cluster, cluster.create(), [])
    try:
        make_servers(shop, tmp_path, 3)
        for server in shop.servers:
            server.spawn()
        for server in shop.servers:
            wait_until(server._has_come_up, "it answers")
        assert shop.rows("SELECT name FROM shops") == [("Matriz",)]
    finally:
        close(shop)
