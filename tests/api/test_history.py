"""A person's local day, as the registration program told it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.api.cast import NORTE, PASSWORDS, Person, Server, assert_problem, assert_refused
from tests.api.conftest import Open

NEW = "outra frase bem longa"
MIDNIGHT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""When the 20th begins in São Paulo."""


def day(asker: Person, name: str, dia: str = "2026-11-20") -> dict[str, object]:
    response = asker.get(f"/usuarios/{name}/historico?dia={dia}")
    assert response.status_code == 200, response.json
    told: dict[str, object] = response.json
    return told


def events(asker: Person, name: str, dia: str = "2026-11-20") -> list[object]:
    told = day(asker, name, dia)["log_history"]
    assert isinstance(told, list)
    return [entry["event"] for entry in told]


def log_in_at(server: Server, moment: datetime, name: str = "Ana", password: str | None = None) -> None:
    with time_machine.travel(moment, tick=False):
        server.log_in(name, password or PASSWORDS[name])


def test_a_day_tells_the_five_events_oldest_first(shop: Server, carla: Person) -> None:
    noon = datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC)
    with time_machine.travel(noon, tick=False) as clock:
        shop.register("Patrick_Alan", NEW)
        clock.shift(60)
        shop.register("PATRICK_ALAN", NEW)
        clock.shift(60)
        shop.log_in("patrick_alan", "errada")
        clock.shift(60)
        token = shop.log_in("Patrick_Alan", NEW).json["token"]
        clock.shift(60)
        carla.post("/historico/eventos", {"evento": "Fechar janelas"}, token=token)
        carla.post("/logout", token=token)
        told = day(carla, "patrick_alan")

    assert told == {
        "nom_user": "PATRICK_ALAN",
        "log_history": [
            {
                "event_timestamp": "2026-11-20 12:04:05",
                "event": "Novo usuário cadastrado",
                "event_type": "SUCESSO",
            },
            {"event_timestamp": "2026-11-20 12:05:05", "event": "Usuário já cadastrado", "event_type": "ERRO"},
            {
                "event_timestamp": "2026-11-20 12:06:05",
                "event": "Erro: Tentativa de login fracassada",
                "event_type": "ERRO",
            },
            {
                "event_timestamp": "2026-11-20 12:07:05",
                "event": "Login realizado com sucesso",
                "event_type": "SUCESSO",
            },
            {"event_timestamp": "2026-11-20 12:08:05", "event": "Fechar janelas", "event_type": "SISTEMA"},
        ],
    }


def test_a_day_begins_and_ends_at_the_shop_s_midnight(shop: Server, ana: Person) -> None:
    second = timedelta(seconds=1)
    for moment in (MIDNIGHT - second, MIDNIGHT, MIDNIGHT + timedelta(days=1) - second, MIDNIGHT + timedelta(days=1)):
        log_in_at(shop, moment)

    assert [entry["event_timestamp"] for entry in day(ana, "Ana")["log_history"]] == [  # type: ignore[attr-defined]
        "2026-11-20 00:00:00",
        "2026-11-20 23:59:59",
    ]
    assert (len(events(ana, "Ana", "2026-11-19")), len(events(ana, "Ana", "2026-11-21"))) == (1, 1)


@pytest.mark.parametrize(
    ("zone", "dia", "first", "last"),
    [
        # The clocks went from 23:59:59 to 01:00:00: the day had 23 hours.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00", "2018-11-05T01:59:59"),
        # They went back at midnight: the day before had 25.
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00", "2018-02-18T02:59:59"),
        ("Asia/Tokyo", "2026-11-20", "2026-11-19T15:00:00", "2026-11-20T14:59:59"),
        ("America/Manaus", "2026-11-20", "2026-11-20T04:00:00", "2026-11-21T03:59:59"),
    ],
)
def test_a_day_is_the_zone_s_own(start: Open, zone: str, dia: str, first: str, last: str) -> None:
    server = start({"ALMOXARIFE_TIMEZONE": zone})
    edges = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last)]
    for moment in (edges[0] - timedelta(seconds=1), *edges, edges[1] + timedelta(seconds=1)):
        log_in_at(server, moment)

    assert len(events(server.person("Carla"), "Ana", dia)) == 2


def test_without_a_day_it_is_today(shop: Server, ana: Person) -> None:
    with time_machine.travel(MIDNIGHT, tick=False):
        shop.log_in("Ana", PASSWORDS["Ana"])
        assert len(ana.get("/usuarios/Ana/historico").json["log_history"]) == 1
    with time_machine.travel(MIDNIGHT + timedelta(days=1), tick=False):
        assert ana.get("/usuarios/Ana/historico").json["log_history"] == []


@pytest.mark.changes_nothing
@pytest.mark.parametrize("dia", ["20/11/2026", "2026-02-30", "hoje", "1999-12-31", "2026-11-20T00:00:00"])
def test_a_day_that_is_none_is_named(ana: Person, dia: str) -> None:
    assert_refused(ana.get(f"/usuarios/Ana/historico?dia={dia}"), "dia")


@pytest.mark.parametrize("spelling", ["Ana", "ANA", "ana", "%20ana%20", "Ana%20"])
def test_a_name_is_folded_as_at_login(shop: Server, ana: Person, spelling: str) -> None:
    log_in_at(shop, MIDNIGHT)

    assert day(ana, spelling)["nom_user"] == "ANA"
    assert events(ana, spelling) == ["Login realizado com sucesso"]


def test_an_accent_is_another_person(ana: Person, carla: Person) -> None:
    assert_problem(carla.get("/usuarios/Aná/historico"), 404, "usuario-desconhecido")
    assert_problem(ana.get("/usuarios/Aná/historico"), 403, "papel-insuficiente")


@pytest.mark.parametrize("name", ["Bruno", "Ninguém"])
def test_another_s_day_is_for_gerentes_and_nobody_else_learns_who_exists(ana: Person, name: str) -> None:
    response = ana.get(f"/usuarios/{name}/historico?dia=2026-11-20")

    assert_problem(response, 403, "papel-insuficiente")
    assert "insufficient_scope" in response.headers["WWW-Authenticate"]


def test_a_gerente_sees_the_people_of_their_shops_and_the_administradores(shop: Server, bruno: Person) -> None:
    for name in PASSWORDS:
        log_in_at(shop, MIDNIGHT, name)

    for name in ("Ana", "Vera", "Bruno", "Carla"):
        assert events(bruno, name) == ["Login realizado com sucesso"]
    assert_problem(bruno.get("/usuarios/Davi/historico"), 404, "usuario-desconhecido")


def test_an_administrador_sees_everybody(shop: Server, carla: Person) -> None:
    log_in_at(shop, MIDNIGHT, "Davi")
    carla.patch("/usuarios/u5", {"lojas": []})

    assert events(carla, "Davi") == ["Login realizado com sucesso"]


def test_a_person_given_a_shop_is_seen_by_its_gerente(bruno: Person, carla: Person) -> None:
    carla.patch(f"/usuarios/{bruno.id}", {"lojas": [NORTE]})

    assert bruno.get("/usuarios/Davi/historico").status_code == 200
    assert_problem(bruno.get("/usuarios/Ana/historico"), 404, "usuario-desconhecido")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", ["Ninguém", "u3", "%00", "%20", "x" * 500])
def test_an_unknown_name_is_not_found(carla: Person, name: str) -> None:
    assert_problem(carla.get(f"/usuarios/{name}/historico"), 404, "usuario-desconhecido")


def test_what_others_did_and_other_changes_are_not_in_it(shop: Server, ana: Person, carla: Person, bolts: str) -> None:
    log_in_at(shop, MIDNIGHT, "Bruno")
    with time_machine.travel(MIDNIGHT, tick=False):
        ana.receive(bolts, 5)
        carla.patch(f"/usuarios/{ana.id}", {"papel": "gerente"})
        carla.post(f"/usuarios/{ana.id}/senha")

    assert events(carla, "Ana") == []


@pytest.mark.sqlite
def test_a_day_is_found_by_its_index(shop: Server) -> None:
    plan = shop.rows(
        "EXPLAIN QUERY PLAN SELECT recorded_at, tag, outcome FROM audit_entries"
        " WHERE subject LIKE 'u%' AND subject = ? AND recorded_at >= ? AND recorded_at < ? ORDER BY id",
        *("u3", 0, 1),
    )
    assert "ix_audit_entries_subject_recorded_at" in str(plan)


def test_an_unknown_name_at_login_is_on_nobody_s_day(shop: Server, carla: Person) -> None:
    log_in_at(shop, MIDNIGHT, "Ninguém", "errada")

    for name in PASSWORDS:
        assert events(carla, name) == []
