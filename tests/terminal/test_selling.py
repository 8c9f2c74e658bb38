"""A seller's conversation: the order, every wrong answer, and what is said when the server does not answer."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.store import Outbox
from almoxarife.clients.terminal.sending import Sender
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import Coordination, CoordinationEvent, NodeState
from almoxarife.wire.sales import SaleIn
from tests.terminal.conftest import MARIA, PASSWORD, URL, Account, Terminal

SHOP, AMOUNT = "Número da loja (T: meu total): ", "Valor da venda: "
NODES = ("caixa1", "caixa2", "caixa3")
CONFIRM, LEAVE = "Confirma a venda? (s/n): ", "Sair? (s/n): "


def amounts(server):
    return [(sale.shop_id, sale.amount) for _, _, sale in server.sales]


def test_the_whole_order_once_through(maria, server):
    assert maria.screen == [
        "Boas-vindas, Maria das Dores!",
        "Lojas:",
        " 1  Max Atacado Centro",
        " 2  Max Atacado Sul",
        " 3  Atakadão Leste",
        SHOP,
    ]
    assert maria.type("2") == AMOUNT
    assert maria.type("19,90").splitlines() == ["Loja: Max Atacado Sul", "Valor: R$ 19,90", CONFIRM]
    assert maria.type("s").splitlines() == ["Venda registrada: R$ 19,90, Max Atacado Sul.", LEAVE]
    assert amounts(server) == [("l2", Decimal("19.90"))]
    assert "Boas-vindas" in maria.type("n")
    assert maria.prompt == SHOP
    assert maria.type("1", "5", "S", "S") == "Até logo!"
    assert maria.is_over
    maria.session.close()
    assert not server.tokens, "the login ends with the session"


@pytest.mark.parametrize("typed", ["0", "4", "-1", "1.0", "abc", "", "1 2", "99999999999999999999", "²"])
def test_a_wrong_number_of_a_shop_shows_the_list_again(maria, server, typed):
    screen = maria.type(typed)

    assert "Digite um número de 1 a 3." in screen
    assert " 3  Atakadão Leste" in screen
    assert maria.prompt == SHOP


WRONG_AMOUNTS = [
    "",
    "abc",
    "10.5",
    "10,5",
    "-1",
    "0",
    "0,00",
    "1.234",
    "1,234.56",
    "10,505",
    "1.23,45",
    "1e3",
    "+5",
    "٣",
]


@pytest.mark.parametrize("typed", [*WRONG_AMOUNTS, "99999999999", "10,00 20,00", "NaN"])
def test_a_wrong_amount_is_asked_again_and_nothing_is_recorded(maria, server, typed):
    maria.type("1", typed)

    assert maria.prompt == AMOUNT
    assert len(maria.screen) == 2
    assert not server.sales


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        *(("19,90", "19.90"), ("19.90", "19.90"), ("19", "19"), ("1.234,56", "1234.56"), ("1234,56", "1234.56")),
        *((" 7,05 ", "7.05"), ("R$ 0,01", "0.01"), ("1.000.000,00", "1000000"), ("9999999999,99", "9999999999.99")),
    ],
)
def test_an_amount_may_have_a_comma_or_a_dot(maria, server, typed, amount):
    maria.type("1", typed, "s")

    assert amounts(server) == [("l1", Decimal(amount))]


@pytest.mark.parametrize("typed", ["n", "", "sim", "y", "1", "ss", "0"])
def test_anything_but_s_records_nothing_and_begins_at_the_shops(maria, server, typed):
    screen = maria.type("1", "10,00", typed)

    assert "A venda não foi registrada." in screen
    assert maria.prompt == SHOP
    assert not server.sales


def test_a_seller_sees_their_own_total_between_two_days(maria, server):
    maria.type("T")
    assert "Primeiro dia" in maria.prompt
    maria.type("01/03/2023")
    assert "Último dia" in maria.prompt
    screen = maria.type("31032023")

    assert "Seu total de 01/03/2023 a 31/03/2023: R$ 560,00 (3 vendas)." in screen
    assert maria.prompt == SHOP
    assert [dict(asked)["seller_id"] for asked in server.asked] == ["u1"]


# --- the server does not answer -------------------------------------------------------------


def test_without_an_answer_it_is_kept_here_and_said_so_and_sent_later_once(maria, server, terminal):
    server.is_away = True

    screen = maria.type("1", "10,00", "s")
    assert "Venda gravada neste computador, 1 aguardando envio." in maria.screen
    assert "registrada" not in screen
    assert "Venda gravada neste computador, 2 aguardando envio." in maria.type("n", "2", "20,00", "s")
    terminal.look()
    assert not server.sales
    server.is_away = False
    terminal.look()
    terminal.look()

    assert amounts(server) == [("l1", Decimal(10)), ("l2", Decimal(20))]
    screen = maria.type("n")
    assert "2 vendas que esperavam foram enviadas." in screen
    assert "Servidor de volta" in screen
    assert "aguardando" not in screen


@pytest.mark.parametrize(
    ("status", "reason", "advice"),
    [
        (503, "O banco de dados não responde agora.", "Tente de novo em alguns segundos."),
        (429, "São tentativas demais vindas deste endereço.", "Espere alguns segundos e tente de novo."),
    ],
)
def test_a_sale_that_waits_is_not_to_be_typed_again(maria, server, status, reason, advice):
    server.refuses = ApiError(f"{reason} {advice}", status=status)
    said = maria.type("1", "10,00", "s")
    assert reason in maria.screen
    assert "1 aguardando envio." in said
    assert "de novo" not in said


def test_an_answer_that_was_lost_doubles_nothing(maria, server, terminal):
    server.swallows_answers = True
    assert "1 aguardando envio" in maria.type("1", "10,00", "s")
    server.swallows_answers = False
    terminal.look()

    assert amounts(server) == [("l1", Decimal(10))]
    assert not terminal.outbox.waiting()


def test_where_another_server_answers_nothing_waits(terminal, server):
    server.urls = [URL, "http://10.0.0.6:5000"]
    typist = terminal.sit_down()
    typist.type(MARIA, PASSWORD)

    screen = typist.type("1", "10,00", "s")

    assert "Venda registrada" in screen
    assert "atende a reserva 10.0.0.6:5000" in screen
    assert amounts(server) == [("l1", Decimal(10))]
    server.urls = [URL]
    assert "Servidor principal de volta: 127.0.0.1:5000." in typist.type("n")


def test_a_new_sale_goes_after_those_that_wait(maria, server, terminal):
    server.is_away = True
    maria.type("1", "10,00", "s")
    server.is_away = False
    terminal.status.answered(terminal.status.main_url)

    assert "Venda registrada: R$ 20,00" in maria.type("n", "1", "20,00", "s")
    assert amounts(server) == [("l1", Decimal(10)), ("l1", Decimal(20))]


def test_what_waits_is_sent_after_the_session_is_over(maria, server, terminal):
    server.is_away = True
    maria.type("1", "10,00", "s", "s")
    maria.session.close()
    server.is_away = False
    terminal.look()

    assert amounts(server) == [("l1", Decimal(10))]
    assert not server.tokens, "and then the login ends"


def test_after_a_death_of_the_terminal_the_next_login_sends_what_waits(maria, server, terminal, folder):
    server.is_away = True
    maria.type("1", "10,00", "s")
    server.is_away = False
    outbox = Outbox(folder)
    again = Terminal(server, outbox, terminal.status, Sender(outbox, terminal.status, server.client()))
    terminal.status.answered(terminal.status.main_url)
    again.look()
    assert not server.sales, "nobody is logged in"

    screen = again.sit_down().type(MARIA, PASSWORD)

    assert amounts(server) == [("l1", Decimal(10))]
    assert "1 venda que esperava foi enviada." in screen
    assert "Última venda daqui: Venda R$ 10,00" in screen
    outbox.close()


def test_whoever_was_cut_off_reads_what_became_of_the_last_sale(maria, terminal):
    maria.type("1", "10,00", "s")
    maria.session.close()

    screen = terminal.sit_down().type(MARIA, PASSWORD)
    assert "Última venda daqui: Venda R$ 10,00" in screen
    assert "registrada." in screen


def test_whoever_goes_on_at_another_computer_reads_the_last_sale_that_the_server_has(maria, terminal, server):
    maria.type("1", "10,00", "s", "s")
    again = terminal.sit_down().type(MARIA, PASSWORD)
    elsewhere = server.sales[0][1]
    server.sales.append(("x", elsewhere, SaleIn(loja_id="l2", valor="35.00")))

    there = terminal.sit_down().type(MARIA, PASSWORD)

    assert "no servidor" not in again
    assert "Última venda daqui: Venda R$ 10,00" in there
    assert "Sua última venda no servidor: R$ 35,00, " in there


def test_a_sale_does_not_say_what_the_clock_of_the_terminal_shows(maria, server):
    maria.type("1", "10,00", "s")

    assert [sale.occurred_at for _, _, sale in server.sales] == [None]


def test_a_refusal_is_told_and_no_success_and_told_once(maria, server, terminal):
    server.refuses = ApiError("A loja está desativada.", status=409, code="loja-inativa")

    assert "não foi registrada: A loja está desativada." in maria.type("1", "10,00", "s")
    assert not terminal.outbox.waiting()
    assert "Recusada" not in maria.type("n")


def test_a_refusal_that_came_when_nobody_was_there_is_told_at_the_next_login(maria, server, terminal):
    server.is_away = True
    maria.type("1", "10,00", "s")
    maria.session.close()
    server.is_away, server.refuses = False, ApiError("A loja está desativada.", status=409, code="loja-inativa")
    terminal.look()

    again = terminal.sit_down()
    assert "Recusada pelo servidor: Venda R$ 10,00. A loja está desativada." in again.type(MARIA, PASSWORD)
    server.refuses = None
    assert "Recusada" not in again.type("1", "20,00", "s", "n")


def test_a_login_that_ended_meanwhile_loses_no_sale(maria, server, terminal):
    maria.type("1", "10,00")
    server.tokens.clear()
    assert "1 aguardando envio" in maria.type("s")
    assert "Sua sessão acabou" in maria.type("n")
    maria.type(MARIA, PASSWORD)

    assert amounts(server) == [("l1", Decimal(10))]
    maria.session.close()
    assert not server.tokens
    terminal.look()
    assert not terminal.sender._users, "nobody is left behind"


def test_the_next_person_at_a_terminal_sees_nothing_of_the_one_before(maria, server):
    server.accounts["davi"] = Account("u9", "Davi", Role.SELLER)
    server.tokens.clear()
    assert "Sua sessão acabou" in maria.type("1", "10,00", "s", "n")
    maria.session._api.login_then_away = True

    screen = maria.type("davi", PASSWORD)

    assert "Max Atacado" not in screen
    assert "Última venda" not in screen
    assert "aguardando" not in screen
    assert not server.sales, "hers goes out under her own login alone"


def test_two_sessions_of_one_person_send_each_sale_once(terminal, server):
    first, second = terminal.sit_down(), terminal.sit_down()
    first.type(MARIA, PASSWORD, "1", "10,00", "s")
    second.type(MARIA, PASSWORD, "1", "20,00", "s")
    first.type("n", "1", "30,00", "s", "s")
    first.session.close()
    second.type("n", "1", "40,00", "s")

    assert [int(sale.amount) for _, _, sale in server.sales] == [10, 20, 30, 40]


@pytest.mark.parametrize("has_hung_up", [True, False])
def test_a_session_at_another_terminal_of_this_computer_knows_all_that_is_sold(
    maria, server, terminal, folder, has_hung_up
):
    maria.session.has_hung_up = lambda: has_hung_up
    maria.type("1", "10,00")
    with closing(Outbox(folder)) as outbox:
        other = Terminal(server, outbox, terminal.status, Sender(outbox, terminal.status, server.client()))
        assert "Última venda" not in other.sit_down().type(MARIA, PASSWORD)
    if has_hung_up:
        with pytest.raises(EOFError):
            maria.type("s")
    else:
        assert "Venda registrada" in maria.type("s"), "they sit at both"

    assert len(server.sales) == (not has_hung_up)
    assert not terminal.outbox.waiting()


def test_a_full_disk_is_told_and_no_success(maria, server, terminal):
    with terminal.outbox._lock:
        terminal.outbox._db.execute("PRAGMA query_only = ON")

    screen = maria.type("1", "10,00", "s")

    assert "Nada foi registrado" in screen
    assert maria.prompt == LEAVE
    assert not server.sales


# --- what is told beside ----------------------------------------------------------------------


@pytest.mark.parametrize(("unread", "said"), [(1, "1 recado novo."), (3, "3 recados novos.")])
def test_new_messages_are_told(typist, server, unread, said):
    server.unread = unread

    assert said in typist.type(MARIA, PASSWORD)


def test_who_coordinates_is_told_and_what_happened_since(typist, server):
    moments = (datetime.now(UTC) + timedelta(seconds=n) for n in count())

    def told(coordinator, *events, down=(), copying=()):
        states = dict.fromkeys(NODES, "no-ar") | dict.fromkeys(down, "parado")
        states |= dict.fromkeys(copying, "creating replica")
        return Coordination(
            coordenador=coordinator,
            temporario=coordinator not in {None, "caixa1"},
            principal="caixa1",
            desde=None,
            nos=[NodeState(nome=name, papel="reserva", estado=state) for name, state in states.items()],
            eventos=[CoordinationEvent(tipo=kind, no=node, em=next(moments)) for kind, node in events],
        )

    server.coordination = told("caixa1", ("assumiu", "caixa1"))
    screen = typist.type(MARIA, PASSWORD)
    assert "Coordenador: caixa1." in screen
    assert "Respondem: caixa1, caixa2, caixa3." in screen
    assert "assumiu" not in screen, "that was before"

    lost = (("perdido", "caixa1"), ("eleicao", "caixa2"), ("assumiu", "caixa2"))
    server.coordination = told("caixa2", *lost, down={"caixa1"}, copying={"caixa3"})
    screen = typist.type("1", "10,00", "s", "n")
    assert "O coordenador caixa1 se perdeu." in screen
    assert "Eleição: caixa2 venceu." in screen
    assert "caixa2 assumiu como coordenador temporário, até caixa1 voltar." in " ".join(screen.split())
    assert "Coordenador: caixa2 (temporário; o principal é caixa1)." in screen
    assert "Responde: caixa2. caixa3: recebendo a cópia. Não responde: caixa1." in " ".join(screen.split())

    server.coordination = told(None).model_copy(update={"unheard_since": datetime(2026, 11, 23, 15, 30, tzinfo=UTC)})
    screen = typist.type("1", "10,00", "s", "n")
    assert "O servidor não tem notícias dos outros nós desde 23/11/2026 12:30: não sabe quem coordena." in " ".join(
        screen.split()
    )

    server.coordination = told("caixa1", ("assumiu", "caixa2"), ("devolveu", "caixa1"), ("assumiu", "caixa1"))
    screen = " ".join(typist.type("1", "10,00", "s", "n").split())
    assert "A coordenação voltou para caixa1. O que caixa2 gravou está lá." in screen
    assert "Coordenador: caixa1." in screen
