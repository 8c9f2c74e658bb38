"""Estorno: the one way to take a movement back, and who may."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from tests.api.cast import Person, assert_problem, at_once
from tests.api.test_movements import NOON, allow_below_zero

MOVES: dict[str, Callable[[Person, str], TestResponse]] = {
    "an entry": lambda person, product: person.receive(product, 4),
    "an exit": lambda person, product: person.issue(product, 4),
    "an adjustment up": lambda person, product: person.adjust(product, 4),
    "an adjustment down": lambda person, product: person.adjust(product, -4),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_reversal_takes_the_effect_back_and_names_what_it_reverses(ana: Person, bolts: str, move: str) -> None:
    ana.receive(bolts, 10)
    movement = MOVES[move](ana, bolts)

    response = ana.reverse(movement, reason="contei errado")

    assert response.status_code == 201
    reversal = response.json
    assert (reversal["tipo"], reversal["estorna"], reversal["motivo"]) == (
        "estorno",
        movement.json["id"],
        "contei errado",
    )
    assert reversal["variacao"] == -movement.json["variacao"]
    assert reversal["quantidade"] == 4
    assert reversal["saldo"] == ana.balance(bolts) == 10
    assert reversal["registrado_por"] == "Ana"
    assert (reversal["produto_id"], reversal["loja_id"]) == (bolts, movement.json["loja_id"])


def test_the_reversed_movement_itself_stays_as_it_was(ana: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 4)
    ana.reverse(entry)

    assert ana.get("/inventario").json[0] == entry.json
    assert ana.movements() == [4, -4]


def test_a_movement_is_reversed_once(ana: Person, bruno: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 4)
    ana.receive(bolts, 4)
    ana.reverse(entry)
    before = ana.server.business()

    assert_problem(ana.reverse(entry), 409, "ja-estornada")
    assert_problem(bruno.reverse(entry), 409, "ja-estornada")
    assert ana.server.business() == before


def test_ten_threads_reverse_one_movement_once(ana: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 4)
    ana.receive(bolts, 40)

    responses = at_once([lambda: ana.reverse(entry)] * 10)

    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert ana.balance(bolts) == 40


def test_a_reversal_is_not_reversed(ana: Person, bruno: Person, bolts: str) -> None:
    reversal = ana.reverse(ana.receive(bolts, 4))

    assert_problem(ana.reverse(reversal), 409, "estorno-de-estorno")
    assert_problem(bruno.reverse(reversal), 409, "estorno-de-estorno")


def test_an_entry_whose_pieces_have_gone_is_not_reversed(ana: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 4)
    ana.issue(bolts, 1)
    before = ana.server.business()

    assert_problem(ana.reverse(entry), 409, "estoque-insuficiente")
    assert ana.server.business() == before


def test_where_the_shop_permits_it_the_reversal_goes_below_zero_and_is_marked(ana: Person, bolts: str) -> None:
    allow_below_zero(ana.server)
    entry = ana.receive(bolts, 4)
    ana.issue(bolts, 1)

    reversal = ana.reverse(entry).json

    assert (reversal["saldo"], reversal["abaixo_de_zero"]) == (-1, True)


def test_only_a_gerente_reverses_what_another_person_recorded(
    ana: Person, bruno: Person, carla: Person, bolts: str
) -> None:
    carla.patch("/usuarios/u4", {"papel": "estoquista"})
    vera = ana.server.person("Vera")
    entries = [vera.receive(bolts, 4) for _ in range(3)]

    refused = ana.reverse(entries[0])

    assert_problem(refused, 403, "estorno-nao-permitido")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="almoxarife", error="insufficient_scope"'
    assert [person.reverse(entry).status_code for person, entry in zip((vera, bruno, carla), entries, strict=True)] == [
        201
    ] * 3


@pytest.mark.parametrize(
    ("recorded", "reversed_at", "is_same_day"),
    [
        (NOON, NOON + timedelta(hours=1), True),
        (datetime(2026, 11, 20, 3, 0, tzinfo=UTC), datetime(2026, 11, 21, 2, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 20, 2, 59, 59, tzinfo=UTC), datetime(2026, 11, 20, 3, 0, tzinfo=UTC), False),
        (NOON, NOON + timedelta(days=1), False),
        (NOON, NOON + timedelta(days=365), False),
    ],
)
def test_ones_own_is_reversed_on_the_same_local_day_later_by_a_gerente(
    ana: Person, bruno: Person, bolts: str, recorded: datetime, reversed_at: datetime, is_same_day: bool
) -> None:
    with time_machine.travel(recorded, tick=False):
        entry = ana.receive(bolts, 4, ocorrido_em="2020-01-01T00:00:00Z")

    with time_machine.travel(reversed_at, tick=False):
        response = ana.reverse(entry)
        if is_same_day:
            assert response.status_code == 201
        else:
            assert_problem(response, 403, "estorno-nao-permitido")
            assert bruno.reverse(entry).status_code == 201


def test_what_is_not_visible_is_not_there(davi: Person, ana: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 4)

    assert_problem(davi.reverse(entry), 404, "movimentacao-desconhecida")
    assert ana.movements() == [4]
