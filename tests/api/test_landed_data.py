"""The data of every landed revision: opened, upgraded, logged in to, written to, read and checked."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from almoxarife.server.audit import checking, sealing
from almoxarife.server.settings import Settings
from almoxarife.server.upkeep.migrations import HEAD
from almoxarife.server.upkeep.preparation import open_database
from tests import landed
from tests.api.cast import Person, open_server
from tests.databases import Databases, Place
from tests.landed.shop import dump, make_shop


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dump" in metafunc.fixturenames:
        dumps = landed.list_dumps(metafunc.config.getoption("database"))
        metafunc.parametrize("dump", dumps, ids=[dump.name for dump in dumps])


@pytest.fixture
def place(dump: Path, databases: Databases, tmp_path: Path) -> Iterator[Place]:
    place = landed.load(dump, databases.make(tmp_path))
    yield place
    databases.drop(place)


def test_no_revision_is_left_out(request: pytest.FixtureRequest) -> None:
    kept = {int(dump.name[:4]) for dump in landed.list_dumps(request.config.getoption("database"))}

    assert kept >= set(range(3, int(HEAD) + 1)), "run python -m tests.landed, and commit what it makes"


@pytest.mark.slow
def test_a_shop_of_that_day_goes_on(place: Place, tmp_path: Path) -> None:
    go_on(place, tmp_path)


@pytest.mark.sqlite
def test_what_is_kept_for_the_next_revision_is_such_a_shop(databases: Databases, tmp_path: Path) -> None:
    """As ``python -m tests.landed`` keeps it."""
    folders = tmp_path / "made", tmp_path / "loaded"
    for folder in folders:
        folder.mkdir()
    made, kept = databases.make(folders[0]), tmp_path / "kept.sql.gz"
    make_shop(made, folders[0])

    kept.write_bytes(dump(made))

    go_on(landed.load(kept, databases.make(folders[1])), folders[1])


def go_on(place: Place, folder: Path) -> None:
    url = {"ALMOXARIFE_DATABASE_URL": place} if isinstance(place, str) else {}
    database = open_database(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(folder), **url}))
    sealing.repair_and_seal(database, {})
    database.close()

    with open_server(place, folder) as server:
        assert server.log_in("admin", "1234").status_code == 200
        admin = Person(server, "admin", 1)
        (first, *_), known = admin.get("/produtos").json, admin.get("/inventario").json
        entry = admin.post("/inventario", {"produto_id": first["id"], "quantidade": 5})
        assert (entry.status_code, entry.json["seq"]) == (201, known[-1]["seq"] + 1)
        assert entry.json["saldo"] == first["saldo"] + 5
        assert admin.post("/produtos", {"nome": "Arruela"}).status_code == 201
        assert admin.post("/produtos/importar", [{"nome": "Prego"}], key="1").status_code == 200
        event = {"titulo": "Contagem", "inicio": "2026-12-01T10:00:00Z", "loja_id": "l1"}
        assert admin.post("/eventos", event).status_code == 201
        before = Decimal(admin.get("/vendas/total").json["total"])
        items = [{"produto_id": first["id"], "quantidade": 1, "preco": "10.00"}]
        assert admin.post("/vendas", {"itens": items, "loja_id": "l1"}).status_code == 201
        assert Decimal(admin.get("/vendas/total").json["total"]) == before + 10
        assert [row["variacao"] for row in admin.get("/inventario").json[-2:]] == [5, -1]
        with server.database.reading() as session:
            assert list(checking.check(session)) == []
