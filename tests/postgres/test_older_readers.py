"""The schema ``cadastro_pessoa``: what readers of the older registration program find, told as the route tells it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path

import pytest
import time_machine

from almoxarife.server.accounts import passwords
from almoxarife.server.upkeep import migrations
from tests import landed
from tests.api.cast import PASSWORDS, Server, make_database, open_server
from tests.databases import execute, rows
from tests.postgres_server import Cluster
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
        (
            md5_of(f"ANA{day}"),
            md5_of("ANA"),
            "ANA",
            json.dumps(told, ensure_ascii=False),
            day,
        )
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


def test_an_existing_database_gets_the_zone_and_the_capitals_with_its_upgrade(cluster: Cluster) -> None:
    url = create_without_letters(cluster)
    landed.migrate_to(url, "0002")
    execute(
        url,
        "INSERT INTO users (username, username_folded, password_hash, is_password_weak, must_change_password, role,"
        " state, generation, created_at) VALUES ('joão', 'joão', 'x', false, false, 'vendedor', 'ativo', 1, 0)",
        "INSERT INTO audit_entries (id, recorded_at, tag, outcome, subject, hash) VALUES"
        f" (1, {int(MIDNIGHT.timestamp())}000000, 'accounts:login:succeeded', 'SUCESSO', 'u1', '')",
    )

    assert migrations.migrate(url)

    assert rows(url, DAYS) == [("2026-11-20",)]
    execute(url, "INSERT INTO settings_in_force VALUES ('ALMOXARIFE_TIMEZONE', 'America/Manaus')")
    assert rows(url, DAYS) == [("2026-11-19",)]
    assert rows(url, "SELECT oid_usuario, nom_user FROM cadastro_pessoa.tb_log_user") == [(md5_of("JOÃO"), "JOÃO")]
    cluster.drop(url)


def create_without_letters(cluster: Cluster) -> str:
    """A database whose locale knows no letter beyond ASCII."""
    url = cluster.create()
    name = url.rsplit("/", 1)[1]
    cluster.drop(url)
    with cluster.connect("postgres") as db:
        db.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'".encode())
    assert rows(url, "SELECT upper('joão')") == [("JOãO",)]
    return url


def md5_of(text: str) -> str:
    return md5(text.encode()).hexdigest()


def test_capitals_are_made_where_the_database_cannot(cluster: Cluster, tmp_path: Path) -> None:
    url = create_without_letters(cluster)
    migrations.migrate(url)
    with open_server(url, tmp_path) as shop:
        assert shop.register("joão", "1234").status_code == 201
        assert shop.register("groß", "1234").status_code == 201
        days = {name: shop.person("joão").get(f"/usuarios/{name}/historico").json for name in ("joão", "groß")}

        people = shop.rows("SELECT oid_user, nom_user FROM cadastro_pessoa.tb_cadastro ORDER BY 2")
        told = shop.rows("SELECT oid_usuario, nom_user, des_history FROM cadastro_pessoa.tb_log_user ORDER BY 2")

    assert people == [(md5_of("GROSS"), "GROSS"), (md5_of("JOÃO"), "JOÃO")]
    assert [row[:2] for row in told] == people
    assert [json.loads(row[2]) for row in told] == [days["groß"], days["joão"]]
    cluster.drop(url)


TYPES = """SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'cadastro_pessoa' ORDER BY 1, ordinal_position"""


def test_the_types_are_those_that_older_readers_expect(shop: Server) -> None:
    assert shop.rows(TYPES) == [
        ("tb_cadastro", "oid_user", "text"),
        ("tb_cadastro", "nom_user", "character varying"),
        ("tb_cadastro", "des_password", "character varying"),
        ("tb_cadastro", "dat_cadastro", "timestamp without time zone"),
        ("tb_log_user", "oid_registro", "text"),
        ("tb_log_user", "oid_usuario", "text"),
        ("tb_log_user", "nom_user", "character varying"),
        ("tb_log_user", "des_history", "text"),
        ("tb_log_user", "dat_event", "date"),
    ]


def test_older_readers_search_join_and_sort(shop: Server) -> None:
    with time_machine.travel(MIDNIGHT, tick=False):
        shop.register('D\'Ávila \\ "Zé"', "outra frase que serve")
    found = shop.rows(
        "SELECT DISTINCT l.nom_user, l.des_history, to_char(c.dat_cadastro, 'YYYY-MM-DD HH24:MI:SS')"
        " FROM cadastro_pessoa.tb_log_user l JOIN cadastro_pessoa.tb_cadastro c ON c.oid_user = l.oid_usuario"
        ' WHERE l.des_history LIKE \'%"event": "Novo usuário cadastrado", "event_type": "SUCESSO"%\''
        " ORDER BY l.des_history"
    )

    ((name, history, registered),) = found
    assert name == 'D\'ÁVILA \\ "ZÉ"'
    assert registered == "2026-11-20 00:00:00"
    assert json.loads(history) == {
        "nom_user": name,
        "log_history": [{"event_timestamp": registered, "event": "Novo usuário cadastrado", "event_type": "SUCESSO"}],
    }


def test_people_are_there_with_their_hash_until_they_are_erased(shop: Server) -> None:
    people = "SELECT oid_user, nom_user, des_password FROM cadastro_pessoa.tb_cadastro"
    found = {row[1]: row for row in shop.rows(people)}
    assert set(found) == {name.upper() for name in PASSWORDS}
    assert found["ANA"][0] == md5_of("ANA")
    assert passwords.is_password(found["ANA"][2], PASSWORDS["Ana"])
    shop.log_in("Davi", "errada")
    days = "SELECT count(*) FROM cadastro_pessoa.tb_log_user WHERE oid_usuario = ?"
    assert shop.rows(days, md5_of("DAVI")) == [(1,)]

    assert shop.person("Carla").ask("DELETE", "/usuarios/u5").status_code == 204

    assert "DAVI" not in {row[1] for row in shop.rows(people)}
    assert shop.rows(days, md5_of("DAVI")) == [(0,)]
