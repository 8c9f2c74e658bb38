"""A database on a server that has lost its tables is not taken for a new one."""

import pytest

from almoxarife.server.store.postgresql import schema
from tests.postgres.conftest import Shop
from tests.postgres_server import Cluster
from tests.server.processes import almoxarife
from tests.server.test_starting import assert_refused


@pytest.mark.parametrize("left", ["the folder's key", "a schema"])
def test_no_tables_are_made_where_a_shop_was(shop: Shop, left: str) -> None:

    for server in shop.servers:
        server.stop()
    if left == "a schema":
        assert_not_taken_for_a_new_one_by_a_setting(shop)
    shop.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    if left == "the folder's key":
        shop.execute("DROP SCHEMA cadastro_pessoa; DROP SCHEMA cadastro_web")
        (shop.servers[0].data / "chave-secreta.txt").write_text("x" * 40)

    assert_refused(shop.servers[0], "ALMOXARIFE_DATABASE_URL está vazio", "Nada foi criado", "pg_restore", "--novo")
    assert shop.rows("SELECT 1 FROM pg_class WHERE relname = 'users'") == []

    started = almoxarife("migrate", "--novo", data=shop.servers[0].data, DATABASE_URL=shop.url)
    assert (started.returncode, started.stderr) == (0, "")
    shop.servers[0].start()


def assert_not_taken_for_a_new_one_by_a_setting(shop: Shop) -> None:
    name = shop.url.rsplit("/", 1)[1]
    for setting, said in {
        "search_path = outro": ("tabelas no esquema public, fora do search_path", "Nada foi criado"),
        "default_transaction_read_only = on": ("Ele só deixa ler", "ALMOXARIFE_READ_URL"),
    }.items():
        shop.execute(f"ALTER DATABASE {name} SET {setting}")
        assert_refused(shop.servers[0], *said)
        with shop.cluster.connect("postgres") as db:
            db.execute(f"ALTER DATABASE {name} RESET ALL".encode())


def test_a_table_of_another_program_that_is_called_like_ours_is_no_trace(cluster: Cluster) -> None:
    url = cluster.create()
    with cluster.connect(url.rsplit("/", 1)[1]) as db:
        db.execute("CREATE SCHEMA erp; CREATE TABLE erp.movements (number int)")

    with schema.connected(url) as connection:
        assert schema.list_traces(connection) == []
    cluster.drop(url)
