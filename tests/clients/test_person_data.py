"""A person's data in words, and what is asked for so that it becomes what was typed."""

import pytest

from almoxarife.clients.desktop.cadastro.users import personal_data
from almoxarife.clients.desktop.cadastro.users import words as users
from almoxarife.clients.desktop.cadastro.users.personal_data import NO_SHOP, PersonalData
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.wire.programs.directory import DirectoryPerson
from tests.clients.test_people import SHOPS, person, sent

ANA = person().model_copy(
    update={"full_name": "Ana Prado", "cpf": "***.982.247-**", "birth_year": 1990, "usual_shop": "l2"}
)


def test_only_what_was_changed_is_asked_for():
    same = personal_data.form_of(ANA, SHOPS)
    assert same == PersonalData("Ana Prado", "Centro")
    assert personal_data.change_of(ANA, same, SHOPS) is None
    assert sent(personal_data.change_of(ANA, PersonalData("Ana  Braga ", "Centro"), SHOPS)) == {"nome": "Ana Braga"}
    assert sent(personal_data.change_of(ANA, PersonalData("Ana Prado", NO_SHOP), SHOPS)) == {"loja_usual": None}
    assert sent(personal_data.change_of(person(), PersonalData("", "Matriz"), SHOPS)) == {"loja_usual": "l1"}


@pytest.mark.parametrize("typed", ["", "  ", "x" * 61])
def test_a_full_name_is_not_taken_away(typed):
    with pytest.raises(FormInvalid) as invalid:
        personal_data.change_of(ANA, PersonalData(typed, "Centro"), SHOPS)

    assert list(invalid.value.errors) == ["nome"]


def test_what_is_said_of_a_person():
    assert personal_data.about(ANA) == "CPF ***.982.247-** · nascimento em 1990"
    assert personal_data.about(person()) == "Sem CPF no cadastro."
    assert users.row_of(ANA, SHOPS).cells[0] == "ana · Ana Prado"
    linked = ANA.model_copy(update={"directory_numbers": [7, 9]})
    assert personal_data.linked(linked) == "Ligada ao número 7, 9."
    assert personal_data.linked(ANA) == "Sem ligação com outro programa."
    assert "os dados de ana, também no outro programa: nome" in personal_data.ask_erasing(linked)
    assert personal_data.ask_link(ANA, DirectoryPerson(id=7, name="Ana B.", email="ana@loja")).startswith(
        "ana é a mesma pessoa que Ana B., ana@loja (número 7 do outro programa)?"
    )


@pytest.mark.parametrize(("typed", "number"), [("7", 7), (" 2147483647 ", 2147483647)])
def test_a_number_of_another_program(typed, number):
    assert personal_data.parse_number(typed) == number


@pytest.mark.parametrize("typed", ["", "--1", "x", "2147483648", "²", "9" * 30])
def test_what_is_no_number_of_another_program(typed):
    with pytest.raises(FormInvalid):
        personal_data.parse_number(typed)
