"""The schema ``cadastro_pessoa``: what readers of the older registration program find, told as the route tells it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import pytest
import time_machine

from almoxarife.server import migrations
from almoxarife.server.accounts import passwords
from tests.api.cast import PASSWORDS, Server, make_cast, make_database, open_server
from tests.cluster import Cluster
from tests.databases import execute
from tests.server.processes import Server as Program

MIDNIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""In São Paulo."""


@pytest.fixture
def shop(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    url = cluster.create()
    with open_server(make_database(url, with_cast=True), tmp_path) as server:
        yield server
    cluster.drop(url)


def log_in_at(shop: Server, moment: datetime, name: str, password: str) -> None:
    with time_machine.travel(moment, tick=False):
        shop.log_in(name, password)


def test_a_person_s_day_is_the_route_s(shop: Server) -> None:
    log_in_at(shop, MIDNIGHT.replace(hour=2, minute=59, second=59), "Ana", "errada")
    log_in_at(shop, MIDNIGHT, "ANA", PASSWORDS["Ana"])
    with time_machine.travel(MIDNIGHT.replace(hour=4), tick=False):
        shop.register("Ana", "outra frase que serve")
        shop.person("Ana").post("/historico/eventos", {"evento": "Fechar janelas"})
        carla = shop.person("Carla")
        days = {day: carla.get(f"/usuarios/Ana/historico?dia={day}").json for day in ("2026-11-19", "2026-11-20")}

    found = shop.rows(
        "SELECT oid_registro, oid_usuario, nom_user, des_history, to_char(dat_event, 'YYYY-MM-DD')"
        " FROM cadastro_pessoa.tb_log_user WHERE nom_user = 'ANA' ORDER BY dat_event"
    )

    assert [len(day["log_history"]) for day in days.values()] == [1, 3]
    assert found == [
        (md5(f"ANA{day}".encode()).hexdigest(), 3, "ANA", told, day)  # their number, no seal
        for day, told in days.items()
    ]


DAYS = "SELECT to_char(dat_event, 'YYYY-MM-DD') FROM cadastro_pessoa.tb_log_user"


def test_the_days_are_those_of_the_server_s_zone(shop: Server, tmp_path: Path) -> None:
    log_in_at(shop, MIDNIGHT, "Ana", PASSWORDS["Ana"])
    assert shop.rows(DAYS) == [("2026-11-20",)]

    for zone, day in (("America/Manaus", "2026-11-19"), ("America/Noronha", "2026-11-20")):
        server = Program(tmp_path / "servidor", DATABASE_URL=str(shop.place), TIMEZONE=zone)
        try:
            server.start()
        finally:
            server.end()
        assert shop.rows(DAYS) == [(day,)]


def test_an_existing_database_gets_the_zone_with_its_upgrade(cluster: Cluster, tmp_path: Path) -> None:
    scripts = shutil.copytree(Path(migrations.__file__).parent, tmp_path / "scripts")
    for later in (scripts / "versions").glob("r000[3-9]*.py"):
        later.unlink()
    url = cluster.create()
    migrations.migrate(url, scripts=scripts, head="0002")
    with open_server(make_cast(url), tmp_path) as shop:
        log_in_at(shop, MIDNIGHT, "Ana", PASSWORDS["Ana"])
        assert shop.rows(DAYS) == [("2026-11-20",)]

        assert migrations.migrate(url)
        assert shop.rows(DAYS) == [("2026-11-20",)]
        execute(url, "INSERT INTO settings_in_force VALUES ('ALMOXARIFE_TIMEZONE', 'America/Manaus')")
        assert shop.rows(DAYS) == [("2026-11-19",)]
    cluster.drop(url)


def test_people_are_there_with_their_hash_until_they_are_erased(shop: Server) -> None:
    people = "SELECT oid_user, nom_user, des_password, dat_cadastro IS NOT NULL FROM cadastro_pessoa.tb_cadastro"
    found = {row[1]: row for row in shop.rows(people)}
    assert set(found) == {name.upper() for name in PASSWORDS}
    assert found["ANA"][0] == 3
    assert found["ANA"][3] is True
    assert passwords.is_password(found["ANA"][2], PASSWORDS["Ana"])
    shop.log_in("Davi", "errada")

    assert shop.person("Carla").ask("DELETE", "/usuarios/u5").status_code == 204

    assert "DAVI" not in {row[1] for row in shop.rows(people)}
    assert shop.rows("SELECT count(*) FROM cadastro_pessoa.tb_log_user WHERE oid_usuario = 5") == [(0,)]
