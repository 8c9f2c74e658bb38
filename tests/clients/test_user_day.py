"""A person's day in words, and whom one may ask about."""

from datetime import date

import pytest

from almoxarife.brazil import format_date
from almoxarife.clients.api.client import Listing
from almoxarife.clients.desktop.cadastro.history import day as days
from almoxarife.wire.accounts import LoggedInUser, Role, UserDay
from almoxarife.wire.times import EARLIEST_YEAR
from tests.clients.test_people import person
from tests.clients.things import NOON, movement

FRIDAY = date(2026, 11, 20)
EVENTS = [
    ("2026-11-20 00:00:00", "Novo usuário cadastrado", "SUCESSO"),
    ("2026-11-20 08:04:05", "Erro: Tentativa de login fracassada", "ERRO"),
    ("2026-11-20 18:00:59", "Fechar janelas", "SISTEMA"),
]


def told(*events):
    history = [{"event_timestamp": at, "event": event, "event_type": kind} for at, event, kind in events]
    return UserDay.model_validate({"nom_user": "ANA", "log_history": history})


class Api:
    """Knows three people, of whom two registered something."""

    def users(self):
        return [person("carla"), person("Bruno"), person("davi"), person("ana")]

    def movements(self, *, newest):
        assert newest == 500
        return Listing([movement(1, by="davi"), movement(2, by="ana"), movement(3, by="davi")], None)


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.SELLER, ["ana"]),
        (Role.STOCK_CLERK, ["ana"]),
        (Role.MANAGER, ["ana", "davi"]),
        (Role.ADMIN, ["ana", "Bruno", "carla", "davi"]),
    ],
)
def test_whom_one_may_ask_about(role, names):
    ana = LoggedInUser(id="u1", username="ana", papel=role, lojas=["l1"], criado_em=NOON)

    assert days.list_names(Api(), ana) == names


def test_a_row_tells_time_event_and_result_in_words():
    rows = days.rows_of(told(*EVENTS))
    assert [row.cells for row in rows] == [
        ("00:00:00", "Novo usuário cadastrado", "✓ Sucesso"),
        ("08:04:05", "Erro: Tentativa de login fracassada", "✕ Erro"),
        ("18:00:59", "Fechar janelas", "• Sistema"),
    ]
    assert [row.tags for row in rows] == [(), ("error",), ("system",)]
    assert len({row.key for row in rows}) == 3


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "ana · sexta-feira, 20/11/2026 · nenhum evento"),
        (EVENTS[:1], "ana · sexta-feira, 20/11/2026 · 1 evento"),
        (EVENTS, "ana · sexta-feira, 20/11/2026 · 3 eventos, 1 erro"),
        ([EVENTS[1]] * 2, "ana · sexta-feira, 20/11/2026 · 2 eventos, 2 erros"),
    ],
)
def test_a_day_is_summed_up(events, words):
    assert days.summed_up("ana", FRIDAY, told(*events)) == words


def test_today_is_the_last_day_there_is():
    assert days.read_day("20/11", FRIDAY) == FRIDAY
    with pytest.raises(ValueError, match="ainda não chegou"):
        days.read_day("21/11/2026", FRIDAY)


def test_a_day_that_the_server_would_not_take_is_refused():
    earliest = date(EARLIEST_YEAR, 1, 1)

    assert days.read_day(format_date(earliest), FRIDAY) == earliest
    with pytest.raises(ValueError, match="antigo demais"):
        days.read_day(f"31/12/{EARLIEST_YEAR - 1}", FRIDAY)


def test_the_file_has_a_name_that_every_system_takes():
    assert days.file_name("joão da-silva: <1>", FRIDAY) == "dia-joão_da-silva___1_-2026-11-20.json"
