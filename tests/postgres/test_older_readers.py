"""The schema ``cadastro_pessoa``: what readers of the older registration program find, told as the route tells it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import pytest
import time_machine

from almoxarife.server.accounts import passwords
from tests.api.cast import PASSWORDS, Server, make_database, open_server
from tests.cluster import Cluster
from tests.databases import execute

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


def test_another_zone_has_other_days(shop: Server) -> None:
    log_in_at(shop, MIDNIGHT, "Ana", PASSWORDS["Ana"])
    days = "SELECT to_char(dat_event, 'YYYY-MM-DD') FROM cadastro_pessoa.tb_log_user"
    name = str(shop.place).rsplit("/", 1)[1]

    assert shop.rows(days) == [("2026-11-20",)]
    execute(shop.place, f"ALTER DATABASE {name} SET almoxarife.fuso = 'America/Manaus'")
    assert shop.rows(days) == [("2026-11-19",)]


def test_people_are_there_with_their_hash_until_they_are_erased(shop: Server) -> None:
    people = "SELECT oid_user, nom_user, des_password, dat_cadastro IS NOT NULL FROM cadastro_pessoa.tb_cadastro"
    found = {row[1]: row for row in shop.rows(people)}
    assert set(found) == {name.upper() for name in PASSWORDS}
    assert found["ANA"][0] == 3
    assert found["ANA"][3] is True
    assert passwords.is_password(found["ANA"][2], PASSWORDS["Ana"])
    shop.log_in("Davi", "errada")

    assert shop.person("Carla").ask("DELETE", "/users/5").status_code == 200

    assert "DAVI" not in {row[1] for row in shop.rows(people)}
    assert shop.rows("SELECT count(*) FROM cadastro_pessoa.tb_log_user WHERE oid_usuario = 5") == [(0,)]
