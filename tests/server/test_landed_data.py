"""The data of every landed revision: opened by a real start, upgraded, logged in to, written to, read and checked."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests import landed
from tests.databases import Databases
from tests.server.conftest import MakeServer, place_of, settle
from tests.server.processes import BOLTS, almoxarife


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dump" in metafunc.fixturenames:
        dumps = landed.list_dumps(metafunc.config.getoption("database"))
        metafunc.parametrize("dump", dumps, ids=[dump.name for dump in dumps])


def test_a_shop_of_that_day_goes_on(dump: Path, databases: Databases, make_server: MakeServer, tmp_path: Path) -> None:
    data = tmp_path / "dados"
    data.mkdir()
    settle(data, landed.load(dump, databases.make(data)))
    server = make_server(data).start()

    with server.client() as admin:
        assert admin.log_in("admin", "1234").status == 200
        assert admin.balance(BOLTS) == 43
        answer = admin.receive(BOLTS, 5)
        assert (answer.status, answer.body["seq"], answer.body["saldo"]) == (201, 6, 48)
        assert admin.new_product("Arruela").startswith("p")
        assert admin.post("/produtos/importar", [{"nome": "Prego"}], Idempotency_Key="1").status == 200
        event = {"titulo": "Contagem", "inicio": "2026-12-01T10:00:00Z", "loja_id": "l1"}
        assert admin.post("/eventos", event).status == 201
        before = Decimal(admin.get("/vendas/total").body["total"])
        assert admin.post("/vendas", {"valor": "10.00", "loja_id": "l1"}).status == 201
        assert Decimal(admin.get("/vendas/total").body["total"]) == before + 10
        assert [row["variacao"] for row in admin.get("/inventario").body] == [50, 2.5, -7, 3, -3, 5]
        assert admin.get("/usuarios/admin/historico?dia=2026-11-28").body["log_history"]

    checked = almoxarife("check", data=data)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert server.stop() == 0
    databases.drop(place_of(data))
