"""The first questions: who, the password, and what becomes of somebody who is not known."""

import pytest

from almoxarife.wire.accounts import AccountState, Role
from tests.terminal.conftest import LUCAS, MARIA, NEW_CPF, PASSWORD, Account

FIRST = "CPF ou nome de usuário: "
NEW = "É o primeiro acesso com este CPF? (s/n): "


def test_the_first_words_name_the_session_and_the_server(typist):
    assert typist.screen == ["Almoxarife, terminal de texto. Sessão 1.", "Servidor 127.0.0.1:5000.", FIRST]


@pytest.mark.parametrize("typed", ["", "   ", "123", "123456789012", "123.456.789-0", "1-2", "000 000"])
def test_what_is_no_cpf_and_no_name_is_asked_again(typist, typed):
    typist.type(typed)

    assert typist.prompt == FIRST
    assert len(typist.screen) == 2


@pytest.mark.parametrize("typed", [MARIA, f"  {MARIA} ", "234.567.890-12"])
def test_a_seller_comes_in_by_cpf_however_it_is_written(typist, typed):
    typist.type(typed)
    assert typist.question.is_secret
    assert "Boas-vindas, Maria das Dores!" in typist.type(PASSWORD)


def test_a_person_without_cpf_comes_in_by_user_name(typist, server):
    server.accounts["bruno"] = Account("u9", "Bruno", Role.STOCK_CLERK)

    assert "Boas-vindas, Bruno!" in typist.type("bruno", PASSWORD)


def test_an_unknown_cpf_and_a_wrong_password_look_the_same(terminal, server):
    server.accounts[NEW_CPF] = Account("u3", "Ana", Role.SELLER)
    known = terminal.sit_down().type(NEW_CPF, "errada")
    del server.accounts[NEW_CPF]
    unknown = terminal.sit_down().type(NEW_CPF, "errada")

    assert known == unknown
    assert NEW in known


@pytest.mark.parametrize("typed", ["n", "", "sim", "S s", "1"])
def test_anything_but_s_is_no_first_time(typist, typed):
    typist.type(NEW_CPF, "x", typed)

    assert typist.prompt == FIRST


def test_a_cpf_with_wrong_check_digits_cannot_sign_up(typist):
    assert "confira os dígitos do CPF" in typist.type("12345678901", "x")
    assert typist.prompt == FIRST


def test_a_new_seller_goes_straight_on_to_selling(typist, server):
    typist.type(NEW_CPF, "x", "S")
    assert typist.prompt == "Nome completo: "
    typist.type("")
    assert typist.prompt == "Nome completo: "
    typist.type("Ana Milena, da Silva")
    for wrong in ("", "5", "1432", "1899", "2990", "1990.50", "MCMXC", "19 90"):
        typist.type(wrong)
        assert typist.prompt == "Ano de nascimento (AAAA): "
    typist.type("1990")
    for wrong in ("", "0", "3", "vendedor", "-1", "1.0"):
        typist.type(wrong)
        assert typist.prompt == "Número da função: "
    typist.type("1")
    assert typist.question.is_secret
    typist.type("segredo", "outra")
    assert "As duas senhas não são iguais." in typist.screen
    assert "ao menos 4" in typist.type("abc", "abc")
    screen = typist.type("segredo", "segredo")

    assert "Boas-vindas, Ana Milena, da Silva!" in screen
    assert "Número da loja" in typist.prompt
    assert server.accounts[NEW_CPF].password == "segredo"


def test_who_wants_to_sell_on_an_empty_server_is_told_that_they_administer(typist, server):
    server.accounts.clear()

    screen = typist.type(NEW_CPF, "x", "s", "Rita", "1980", "1", "segredo", "segredo")

    assert "a do administrador, que não vende por aqui." in screen.replace("\n", " ")
    assert typist.prompt == "Número da opção (D: dias): "


def test_a_new_manager_waits_for_approval_and_is_told_so(typist, server):
    screen = typist.type(NEW_CPF, "x", "s", "Rita", "1980", "2", "segredo", "segredo")

    assert "Aguarde a aprovação de um administrador." in screen
    assert typist.prompt == FIRST
    assert "aguarda aprovação" in typist.type(NEW_CPF, "segredo")
    server.accounts[NEW_CPF].state = AccountState.ACTIVE
    assert "Opções:" in typist.type(NEW_CPF, "segredo")


def test_whoever_types_no_password_has_given_up_signing_up(typist, server):
    assert "Cadastro cancelado." in typist.type(NEW_CPF, "x", "s", "Rita", "1980", "1", "")
    assert typist.prompt == FIRST
    assert NEW_CPF not in server.accounts


def test_a_temporary_password_is_replaced_first(typist, server):
    server.accounts[MARIA].must_change = True

    assert "Escolha uma senha nova" in typist.type(MARIA, PASSWORD)
    assert "Boas-vindas" in typist.type("nova-senha", "nova-senha")
    assert server.accounts[MARIA].password == "nova-senha"


def test_without_a_server_nobody_comes_in_and_everybody_is_asked_again(typist, server):
    server.is_away = True

    assert "Servidor fora do ar." in typist.type(LUCAS, PASSWORD)
    assert typist.prompt == FIRST
    server.is_away = False
    assert "servidor de volta" in typist.type(LUCAS, PASSWORD).lower()


def test_neither_cpf_nor_password_is_ever_shown_again(terminal):
    typist = terminal.sit_down()
    typist.type(NEW_CPF, "segredo-1", "s", "Rita", "1980", "1", "segredo-2", "segredo-2", "1", "10,00", "s", "s")

    shown = "\n".join(typist.seen)
    assert typist.is_over
    assert not any(secret in shown for secret in (NEW_CPF, "segredo-1", "segredo-2"))
