"""The data of the first landed revisions and of the last: opened and upgraded by a real start, and gone on with."""

from pathlib import Path

import pytest

from tests import landed
from tests.databases import Databases
from tests.server.conftest import MakeServer, place_of, settle
from tests.server.processes import BOLTS, almoxarife


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dump" in metafunc.fixturenames:
        dumps = landed.list_dumps(metafunc.config.getoption("database"))
        chosen = [dump for dump in dumps if dump.name < "0003"][:3] + dumps[-1:]
        metafunc.parametrize("dump", chosen, ids=[dump.name for dump in chosen])


def test_a_shop_of_that_day_goes_on(dump: Path, databases: Databases, make_server: MakeServer, tmp_path: Path) -> None:
    data = tmp_path / "dados"
    data.mkdir()
    settle(data, landed.load(dump, databases.make(data)))
    server = make_server(data).start()

    with server.client() as admin:
        assert admin.log_in("admin", "1234").status == 200
        before = admin.balance(BOLTS)
        assert isinstance(before, int)
        answer = admin.receive(BOLTS, 5)
        assert (answer.status, answer.body["saldo"]) == (201, before + 5)

    checked = almoxarife("check", data=data)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert server.stop() == 0
    databases.drop(place_of(data))


def test_what_a_list_brought_that_was_undone_that_day_is_free(
    request: pytest.FixtureRequest, databases: Databases, make_server: MakeServer, tmp_path: Path
) -> None:
    data = tmp_path / "dados"
    data.mkdir()
    settle(data, landed.load(landed.list_dumps(request.config.getoption("database"))[-1], databases.make(data)))
    server = make_server(data).start()

    with server.client() as admin:
        assert admin.log_in("admin", "1234").status == 200
        known = {product["nome"]: product["ativo"] for product in admin.get("/produtos?inativos=1").body}
        assert "Cola branca" not in known
        assert all(known.values())
        again = admin.post("/produtos/importar", [{"nome": "Cola branca", "preco": "3.30"}])
        assert (again.status, again.body["novos"]) == (200, 1)

    checked = almoxarife("check", data=data)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert server.stop() == 0
    databases.drop(place_of(data))
