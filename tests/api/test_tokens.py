"""Tokens: only the one that was given opens anything, for as long as it was given."""

import hmac
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from itsdangerous.encoding import base64_decode

from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.tokens import SESSIONS_KEPT, Tokens
from almoxarife.server.app import create_app
from almoxarife.server.clock import SteadyClock
from almoxarife.server.context import Run, Services
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.settings import Settings
from almoxarife.wire.accounts import AccountState
from tests.api.cast import KEYS, PASSWORDS, Person, Server, assert_problem

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALPHABET = string.ascii_letters + string.digits + "-_.+/=~ \n"


def is_dead(person: Person, token: str) -> bool:
    response = person.get("/lojas", token=token)
    if response.status_code == 200:
        return False
    assert_problem(response, 401, "sessao-invalida")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="almoxarife", error="invalid_token"'
    return True


@pytest.mark.changes_nothing
@pytest.mark.parametrize("is_known", [False, True])
def test_a_token_with_any_one_character_changed_opens_nothing(ana: Person, is_known: bool) -> None:
    """Every place of the token, every other character: base64 has spare bits in some places."""
    token = ana.token
    if is_known:
        assert not is_dead(ana, token)
    identify = Services.of(ana.server.app).get(Tokens).identify

    for place, right in enumerate(token):
        for wrong in ALPHABET.replace(right, ""):
            assert identify(token[:place] + wrong + token[place + 1 :]) is None, (place, wrong)
    assert identify(token) is not None


@pytest.mark.parametrize("state", [state for state in AccountState if state is not AccountState.ACTIVE])
def test_a_token_of_who_is_not_active_opens_nothing(ana: Person, state: AccountState) -> None:
    token = ana.open_session()
    with ana.server.database.transaction() as session:
        session.get_one(User, ana.number).state = state

    assert is_dead(ana, token)


def test_a_changed_token_is_401_at_each_place(ana: Person) -> None:
    token = ana.token

    for place, right in enumerate(token):
        changed = token[:place] + ("A" if right != "A" else "B") + token[place + 1 :]
        assert is_dead(ana, changed)


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "spell",
    [
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token + "A",
        lambda token: token + "AAAA",
        lambda token: token + "\t",
        lambda token: token + " ",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token[:5] + "*" + token[5:],
        lambda token: token[:5] + " " + token[5:],
        lambda token: "." + token,
        lambda token: token + ".",
        lambda token: token.replace("-", "+").replace("_", "/") + "=",
        lambda token: token.swapcase(),
        lambda token: f"{token}, {token}",
        lambda token: f'"{token}"',
        lambda token: "",
        lambda token: ".",
        lambda token: "a.b.c",
        lambda token: "x" * 5000,
        lambda token: "é" * 20,
    ],
)
def test_only_the_canonical_spelling_is_accepted(ana: Person, spell: object) -> None:
    assert not is_dead(ana, ana.token)
    assert is_dead(ana, spell(ana.token))  # type: ignore[operator]


def restarted(person: Person) -> Person:
    """The same person at a server that has seen no token yet."""
    services = Services.of(person.server.app)
    app = create_app(
        services.get(Settings), person.server.database, keys=KEYS, run=Run(instance="x"), logs=services.get(LogQueue)
    )
    return Person(replace(person.server, app=app), person.name, person.number)


def pass_time(person: Person, seconds: float) -> None:
    """It elapses; nobody sets a clock."""
    clock = Services.of(person.server.app).get(SteadyClock)
    elapsed_s = clock.elapsed_s
    clock.elapsed_s = lambda: elapsed_s() + seconds


@pytest.mark.parametrize("is_known", [False, True])
def test_a_token_lives_for_12_hours(ana: Person, is_known: bool) -> None:
    token = ana.open_session()
    if is_known:
        assert not is_dead(ana, token)

    pass_time(ana, 12 * 3600 - 60)
    assert not is_dead(ana, token)
    pass_time(ana, 61)
    assert is_dead(ana, token)


def test_a_token_of_an_earlier_run_lives_for_12_hours(ana: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = ana.open_session()

        clock.move_to(NOON + timedelta(hours=12, seconds=-1))
        server = restarted(ana)
        assert not is_dead(server, token)
        pass_time(server, 2)
        assert is_dead(server, token)
        clock.move_to(NOON + timedelta(hours=12, seconds=1))
        assert is_dead(restarted(ana), token)


def test_a_token_of_the_future_is_none(ana: Person) -> None:
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        token = ana.open_session()
    with time_machine.travel(NOON, tick=False):
        assert is_dead(restarted(ana), token)


# --- clocks that are set ----------------------------------------------------------------------

JUMPS = [timedelta(seconds=-5), timedelta(minutes=-4), timedelta(days=-400), timedelta(hours=13), timedelta(days=400)]


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("is_known", [False, True])
def test_no_jump_of_the_clock_ends_a_session_of_this_run(ana: Person, is_known: bool, jump: timedelta) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = ana.open_session()
        if is_known:
            assert not is_dead(ana, token)

        clock.shift(jump)
        assert not is_dead(ana, token)
        pass_time(ana, 12 * 3600 + 1)
        assert is_dead(ana, token)


@pytest.mark.parametrize("back", [timedelta(seconds=5), timedelta(minutes=4)])
def test_a_small_step_back_and_a_restart_end_no_session(ana: Person, back: timedelta) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = ana.open_session()

        clock.shift(-back)
        assert not is_dead(restarted(ana), token)
        clock.shift(back)
        assert not is_dead(restarted(ana), token)


def test_a_jump_that_is_undone_ends_no_session_even_if_people_logged_in_meanwhile(
    shop: Server, ana: Person, bruno: Person
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tokens = [(person, person.open_session()) for person in (ana, bruno)]
        clock.shift(timedelta(days=400))
        restarted(ana).server.log_in("Ana", PASSWORDS["Ana"])
        clock.shift(-timedelta(days=400))

        for person, token in tokens:
            assert not is_dead(restarted(person), token)


def test_of_old_sessions_only_the_last_are_kept(shop: Server, ana: Person) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(SESSIONS_KEPT + 10):
            ana.open_session()
        clock.shift(timedelta(days=1))
        shop.log_in("Ana", PASSWORDS["Ana"])

    ((number,),) = shop.rows("SELECT count(*) FROM login_sessions WHERE user_id = 3")
    assert number == SESSIONS_KEPT + 2  # that of this login, and the cast's own, which is not old


def test_a_token_from_before_a_reset_is_dead(ana: Person, carla: Person) -> None:
    token = ana.token
    assert not is_dead(ana, token)

    carla.post(f"/usuarios/{ana.id}/senha")

    assert is_dead(ana, token)


@pytest.mark.parametrize("state", ["inativo", "pendente"])
def test_a_token_from_before_a_deactivation_stays_dead_when_the_person_returns(
    ana: Person, carla: Person, state: str
) -> None:
    token = ana.token
    assert not is_dead(ana, token)

    carla.patch(f"/usuarios/{ana.id}", {"estado": state})
    assert is_dead(ana, token)
    carla.patch(f"/usuarios/{ana.id}", {"estado": "ativo"})

    assert is_dead(ana, token)
    assert not is_dead(ana, ana.open_session())


def test_a_token_of_another_key_opens_nothing(ana: Person) -> None:
    stranger = create_app(
        Services.of(ana.server.app).get(Settings),
        ana.server.database,
        keys=[b"another key"],
        run=Run(instance="x"),
        logs=Services.of(ana.server.app).get(LogQueue),
    )
    token = Person(replace(ana.server, app=stranger), "Ana", ana.number).open_session()

    assert is_dead(ana, token)


def test_after_a_rotation_the_old_key_still_verifies_and_the_new_one_signs(ana: Person) -> None:
    old = ana.token
    rotated = create_app(
        Services.of(ana.server.app).get(Settings),
        ana.server.database,
        keys=[*KEYS, b"a new key"],
        run=Run(instance="x"),
        logs=Services.of(ana.server.app).get(LogQueue),
    )
    person = Person(replace(ana.server, app=rotated), "Ana", ana.number)

    assert not is_dead(person, old)
    new = person.open_session()
    assert not is_dead(person, new)
    assert is_dead(ana, new)


def test_a_token_is_signed_with_sha256(ana: Person) -> None:
    claims, _, signature = ana.token.rpartition(".")
    key = hmac.digest(KEYS[0], b"almoxarife.token", "sha256")

    assert base64_decode(signature) == hmac.digest(key, claims.encode(), "sha256")


def test_each_login_makes_a_token_of_its_own(shop: Server, ana: Person) -> None:
    tokens = [shop.log_in("Ana", PASSWORDS["Ana"]).json["token"] for _ in range(2)]

    assert tokens[0] != tokens[1]
    ana.post("/logout", token=tokens[0])
    assert [is_dead(ana, token) for token in tokens] == [True, False]


def test_many_tokens_are_remembered_and_none_is_mixed_up(
    ana: Person, bruno: Person, davi: Person, vera: Person
) -> None:
    tokens = [(person, person.open_session()) for person in (ana, bruno, davi, vera) for _ in range(3)]

    for _ in range(2):
        for person, token in tokens:
            rows = person.get("/lojas", token=token).json
            assert [row["id"] for row in rows] == (["l3"] if person is davi else ["l2"])
