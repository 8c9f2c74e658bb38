"""The trail tells of a setting when a start has changed it, once, with what it was and what it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from almoxarife.server.audit import service as audit
from almoxarife.server.audit import settings_in_force
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import Databases, Place, rows


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Iterator[Place]:
    place = databases.make(tmp_path)
    migrate(place)
    yield place
    databases.drop(place)


def start(place: Place, **variables: str) -> None:
    """What a start of the server with these variables leaves."""
    given = {f"ALMOXARIFE_{name}": value for name, value in variables.items()}
    database = Database.open(place)
    try:
        with database.transaction() as session:
            settings_in_force.record_changes(
                session, Settings.from_mapping(given | {"ALMOXARIFE_DATA_DIR": "/nowhere"})
            )
        with database.reading() as session:
            assert audit.verify_trail(session).fault is None
    finally:
        database.close()


def told(place: Place) -> list[tuple[object, ...]]:
    return rows(place, "SELECT subject, cause FROM audit_entries ORDER BY id")


def test_the_defaults_are_nothing_to_tell(place: Place) -> None:
    start(place)
    start(place, TIMEZONE="America/Sao_Paulo", BACKUPS="14", PORT="5005")

    assert told(place) == []
    assert rows(place, "SELECT * FROM settings_in_force") == []


def test_each_change_is_told_once_and_so_is_the_way_back(place: Place) -> None:
    for variables in ({"LOG_DAYS": "30"}, {"LOG_DAYS": "30"}, {"LOG_DAYS": "0"}, {}, {}):
        start(place, **variables)

    assert told(place) == [
        ("ALMOXARIFE_LOG_DAYS", "de 90 para 30"),
        ("ALMOXARIFE_LOG_DAYS", "de 30 para 0"),
        ("ALMOXARIFE_LOG_DAYS", "de 0 para 90"),
    ]
    assert (
        rows(place, "SELECT tag, outcome, actor_id, address FROM audit_entries")
        == [("server:setting:changed", "SUCESSO", None, None)] * 3
    )


def test_each_setting_has_an_entry_of_its_own(place: Place) -> None:
    start(
        place,
        HOST="0.0.0.0",
        REGISTRATION="closed",
        TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1",
        TIMEZONE="America/Manaus",
        BACKUPS="7",
    )

    assert told(place) == [
        ("ALMOXARIFE_HOST", "de 127.0.0.1 para 0.0.0.0"),
        ("ALMOXARIFE_REGISTRATION", "de open para closed"),
        ("ALMOXARIFE_TRUSTED_PROXIES", "de nenhum para 10.0.0.0/8,127.0.0.1/32"),
        ("ALMOXARIFE_TIMEZONE", "de America/Sao_Paulo para America/Manaus"),
        ("ALMOXARIFE_BACKUPS", "de 14 para 7"),
    ]


def test_a_long_value_is_cut_in_the_entry_and_compared_in_full(place: Place) -> None:
    networks = [f"10.0.{number}.0/24" for number in range(40)]
    start(place, TRUSTED_PROXIES=",".join(networks))
    start(place, TRUSTED_PROXIES=",".join(networks))
    start(place, TRUSTED_PROXIES=",".join(networks[:-1]))

    (_, first), (_, second) = told(place)
    assert first == f"de nenhum para {','.join(networks)[:89]}…"
    assert len(str(second)) <= 200


def test_a_secret_is_no_part_of_it() -> None:
    settings = Settings.from_mapping(
        {
            "ALMOXARIFE_DATA_DIR": "/home/ana",
            "ALMOXARIFE_SECRET_KEY": "s" * 40,
            "ALMOXARIFE_DATABASE_URL": "postgresql://ana:senha@banco/loja",
        }
    )

    assert settings.audited == Settings(data_dir=Path()).audited
