"""A start puts back what keeps ledger and trail append-only, before it serves anybody, and says so."""

from pathlib import Path

from almoxarife.server.store.database import is_server
from tests.databases import execute, rows
from tests.server.conftest import MakeServer, place_of
from tests.server.processes import BOLTS, LAUNCHER, almoxarife


def test_dropped_triggers_are_back_before_anybody_is_served(make_server: MakeServer, data: Path) -> None:
    place = place_of(data)
    for table in ("movements", "audit_entries"):
        execute(place, f"DROP TRIGGER {table}_refuse_delete" + (f" ON {table}" if is_server(place) else ""))
    checked = almoxarife("check", data=data)
    assert checked.returncode == 1
    assert "O gatilho movements_refuse_delete, que protege os registros, foi retirado ou alterado" in checked.stdout

    server = make_server(data).start()

    with server.client() as ana:
        assert ana.receive(BOLTS, 1).status == 201
    assert server.stop() == 0
    assert "Atenção: o gatilho movements_refuse_delete" in server.said
    assert "Atenção: o gatilho audit_entries_refuse_delete" in server.said
    assert f"{LAUNCHER} check" in server.said
    told = rows(place, "SELECT subject FROM audit_entries WHERE tag = 'server:triggers:made_again' ORDER BY id")
    assert told == [("movements_refuse_delete",), ("audit_entries_refuse_delete",)]
    checked = almoxarife("check", data=data)
    assert (checked.returncode, checked.stderr) == (0, "")
