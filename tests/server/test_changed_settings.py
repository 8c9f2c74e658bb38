"""A start with other settings than the last one leaves entries in the trail before it serves anybody."""

from pathlib import Path

import pytest

from tests.databases import rows
from tests.programs import wait_until
from tests.server.conftest import MakeServer, place_of
from tests.server.processes import BOLTS


def told(data: Path) -> list[tuple[object, ...]]:
    return rows(
        place_of(data),
        "SELECT subject, cause, actor_id FROM audit_entries WHERE tag = 'server:setting:changed' ORDER BY id",
    )


def test_a_changed_setting_is_told_at_the_start(make_server: MakeServer, data: Path) -> None:
    for settings in ({}, {"TIMEZONE": "America/Manaus"}, {"TIMEZONE": "America/Manaus"}, {"LOG_DAYS": "30"}):
        server = make_server(data, **settings).start()
        assert server.stop() == 0

    assert told(data) == [
        ("ALMOXARIFE_TIMEZONE", "de America/Sao_Paulo para America/Manaus", None),
        ("ALMOXARIFE_TIMEZONE", "de America/Manaus para America/Sao_Paulo", None),
        ("ALMOXARIFE_LOG_DAYS", "de 90 para 30", None),
    ]


def test_a_start_that_is_refused_tells_nothing(make_server: MakeServer, data: Path) -> None:
    running = make_server(data).start()

    assert make_server(data, TIMEZONE="America/Manaus").spawn().finish() == 2
    with running.client() as ana:
        assert ana.receive(BOLTS, 1).status == 201

    assert told(data) == []


@pytest.mark.sqlite
def test_a_disk_that_takes_no_entry_keeps_the_old_settings(
    make_server: MakeServer, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", str(tmp_path / "broken"))
    (tmp_path / "broken").touch()

    server = make_server(data, change="failing_fsync", TIMEZONE="America/Manaus")
    assert server.spawn().finish() == 2

    assert "não consegue gravar no banco de dados (disk I/O error)" in server.errors
    assert "Traceback" not in server.errors
    assert told(data) == []
    assert make_server(data, change="failing_fsync").start().stop() == 0


@pytest.mark.sqlite
def test_the_views_of_older_programs_learn_another_zone_from_the_running_server(
    make_server: MakeServer, data: Path
) -> None:
    latest = "SELECT offset_s FROM zone_offsets ORDER BY since_s DESC LIMIT 1"
    server = make_server(data, TIMEZONE="America/Manaus").start()

    wait_until(lambda: rows(place_of(data), latest) == [(-4 * 3600,)], "the views know the offset of Manaus")
    assert server.stop() == 0
