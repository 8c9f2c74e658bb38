"""A temporary password ends by itself, and no clock that is set ends it sooner or later."""

from datetime import datetime, timedelta

import pytest
import time_machine

from tests.api.cast import PASSWORDS, Person, assert_problem
from tests.api.test_tokens import JUMPS, NOON, pass_time, restarted


def give_password(carla: Person, ana: Person) -> str:
    password: str = carla.post(f"/usuarios/{ana.id}/senha").json["senha_temporaria"]
    return password


def is_over(person: Person, password: str) -> bool:
    response = person.server.log_in("Ana", password)
    if response.status_code != 200:
        assert_problem(response, 403, "senha-temporaria-vencida")
        assert "Peça outra a um administrador" in response.json["mensagem"]
    return response.status_code != 200


@pytest.mark.parametrize("jump", [timedelta(), *JUMPS])
def test_a_temporary_password_lives_for_a_week_whatever_becomes_of_the_clock(
    ana: Person, carla: Person, jump: timedelta
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        carla.open_session()
        password = give_password(carla, ana)
        clock.shift(jump)

        pass_time(ana, 7 * 86_400 - 60)
        assert not is_over(ana, password)
        pass_time(ana, 61)
        assert is_over(ana, password)


def test_another_run_of_the_server_goes_by_the_trail(ana: Person, carla: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        password = give_password(carla, ana)

        clock.shift(timedelta(days=7, seconds=-1))
        assert not is_over(restarted(ana), password)
        clock.shift(timedelta(seconds=2))
        assert is_over(restarted(ana), password)
        clock.shift(-timedelta(days=400))
        assert is_over(restarted(ana), password)


def test_a_new_temporary_password_begins_anew(ana: Person, carla: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        give_password(carla, ana)
        clock.shift(timedelta(days=8))
        again = restarted(carla)

        password = give_password(again, ana)

        assert not is_over(again, password)
        assert not is_over(restarted(ana), password)


def test_a_password_of_ones_own_never_ends(ana: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        clock.shift(timedelta(days=4000))

        assert not is_over(restarted(ana), PASSWORDS["Ana"])


def test_the_answer_says_when_it_ends(ana: Person, carla: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        given = carla.post(f"/usuarios/{ana.id}/senha").json

    assert datetime.fromisoformat(given["expira_em"]) == NOON + timedelta(days=7)
