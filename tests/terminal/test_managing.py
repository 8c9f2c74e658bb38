"""A manager's conversation: five options, wrong answers, days."""

import pytest

from almoxarife.wire.accounts import Role
from tests.terminal.conftest import Account

OPTION, LEAVE = "Número da opção (D: dias): ", "Sair? (s/n): "


def test_the_five_options(lucas):
    assert lucas.screen == [
        "Boas-vindas, Lucas Matos de Abreu!",
        "Opções:",
        " 1  Total de um vendedor",
        " 2  Melhor loja",
        " 3  Melhor vendedor",
        " 4  Total de uma rede entre dois dias",
        " 5  Total de uma loja",
        OPTION,
    ]


@pytest.mark.parametrize("typed", ["0", "6", "10", "", "x", "-1", "1.0", "t"])
def test_a_wrong_option_is_asked_again(lucas, typed):
    assert "Digite um número de 1 a 5." in lucas.type(typed)
    assert lucas.prompt == OPTION


def test_the_total_of_a_seller(lucas, server):
    assert lucas.type("1").splitlines() == ["Vendedores:", " 1  Maria das Dores", "Número do vendedor: "]
    assert "Digite 1." in lucas.type("x")
    screen = lucas.type("1")

    assert screen == f"Total de Maria das Dores de todo o período: R$ 560,00 (3 vendas).\n{LEAVE}"
    assert server.asked == [(("seller_id", "u1"),)]


def test_two_sellers_of_one_name_are_told_apart(lucas, server):
    for number, name in enumerate(("José Lima", "Jose Lima", "Ana Lima"), 3):
        server.accounts[f"lima{number}"] = Account(f"u{number}", name, Role.SELLER)

    listed = lucas.type("1").splitlines()[1:-1]
    assert [line.split(maxsplit=1)[1] for line in listed] == [
        "Maria das Dores",
        "José Lima (lima3)",
        "Jose Lima (lima4)",
        "Ana Lima",
    ]
    assert lucas.type("3").startswith("Total de Jose Lima (lima4) de todo o período: ")
    assert server.asked == [(("seller_id", "u4"),)]


def test_where_only_others_have_sold(lucas, server):
    for account in server.accounts.values():
        account.role = Role.STOCK_CLERK if account.role is Role.SELLER else account.role

    told = "Nas suas lojas ninguém tem o papel de vendedor. O que outros venderam está em Total de uma loja."
    assert lucas.type("1").splitlines() == [told, LEAVE]
    assert server.asked == []


def test_the_best_shop_and_no_best_seller_without_sales(lucas):
    assert lucas.type("2") == f"Melhor loja de todo o período: Atakadão Leste, R$ 530,00 (2 vendas).\n{LEAVE}"
    assert lucas.type("n", "3") == f"Melhor vendedor de todo o período: nenhuma venda.\n{LEAVE}"


def test_the_total_of_a_shop(lucas, server):
    lucas.type("5", "abc", "0", "3")

    assert "Total de Atakadão Leste" in lucas.screen[0]
    assert server.asked == [(("shop_id", "l3"),)]


def test_the_total_of_a_chain_between_two_days(lucas, server):
    lucas.type("4")
    assert lucas.screen[-1] == "Número da rede: "
    lucas.type("x", "3", "2")
    assert "Primeiro dia" in lucas.prompt
    screen = lucas.type("01032023", "31/03/2023")

    assert screen == f"Total de ATAKADAO de 01/03/2023 a 31/03/2023: R$ 560,00 (3 vendas).\n{LEAVE}"
    (asked,) = map(dict, server.asked)
    assert (asked["chain_id"], f"{asked['since']}", f"{asked['until']}") == ("r2", "2023-03-01", "2023-03-31")


WRONG_DAYS = [
    "31022023",
    "29/02/2023",
    "1/3/2023",
    "2023-03-01",
    "00012023",
    "32012023",
    "01132023",
    "abc",
    "0103202",
    "01/032023",
]


@pytest.mark.parametrize("typed", [*WRONG_DAYS, "01011999", "01/01/9999"])
def test_a_day_that_is_none_is_asked_again(lucas, typed):
    lucas.type("4", "1", typed)
    assert "Primeiro dia" in lucas.prompt
    lucas.type("15012023", typed)
    assert "Último dia" in lucas.prompt


@pytest.mark.parametrize(
    ("first", "last"), [("15012023", "10022023"), ("28022023", "01032023"), ("17012023", "17012023")]
)
def test_days_that_the_older_program_refused(lucas, first, last):
    lucas.type("4", "1", first, last)

    assert lucas.prompt == LEAVE


def test_a_last_day_before_the_first_is_asked_again(lucas, server):
    assert "não pode vir antes de 17/01/2023" in lucas.type("4", "1", "17012023", "16012023")
    assert "Último dia" in lucas.prompt
    assert "em 17/01/2023:" in lucas.type("17012023")


def test_nothing_typed_is_all_time(lucas, server):
    assert "de todo o período" in lucas.type("4", "1", "", "")
    assert server.asked == [(("chain_id", "r1"),)]


def test_leaving_takes_an_s_of_any_case(lucas):
    assert "Opções:" in lucas.type("2", "x")
    assert lucas.type("2", "S") == "Até logo!"


def test_without_a_server_the_question_is_not_answered_and_the_session_lives(lucas, server):
    server.is_away = True
    assert "Servidor fora do ar." in lucas.type("2")
    assert lucas.prompt == LEAVE
    server.is_away = False
    assert "Atakadão Leste" in lucas.type("n", "2")


def test_a_d_chooses_the_days_of_the_other_questions(lucas, server):
    lucas.type("D")
    assert "Primeiro dia" in lucas.prompt
    lucas.type("01/03/2023")
    assert "Último dia" in lucas.prompt
    assert "Totais de 01/03/2023 a 31/03/2023." in lucas.type("31/03/2023")
    assert "Melhor loja de 01/03/2023 a 31/03/2023: Atakadão Leste" in lucas.type("2")
    assert "Total de Maria das Dores de 01/03/2023 a 31/03/2023" in lucas.type("n", "1", "1")
    assert "Total de Atakadão Leste de 01/03/2023 a 31/03/2023" in lucas.type("n", "5", "3")
    lucas.type("n", "d", "", "", "2")

    assert server.asked[0] == ("best_shop", "2023-03-01", "2023-03-31")
    assert server.asked[-1] == ("best_shop", None, None)
