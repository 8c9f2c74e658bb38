"""A person's data in words, and what is asked for so that it becomes what was typed."""

import pytest

from almoxarife.clients.desktop.cadastro.people import data
from almoxarife.clients.desktop.cadastro.people import words as people
from almoxarife.clients.desktop.cadastro.people.data import NO_SHOP, DataForm
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.wire.programs.directory import DirectoryUser
from tests.clients.test_people import SHOPS, person, sent

ANA = person().model_copy(
    update={"full_name": "Ana Prado", "cpf": "***.982.247-**", "birth_year": 1990, "usual_shop": "l2"}
)


def test_only_what_was_changed_is_asked_for():
    same = data.form_of(ANA, SHOPS)
    assert same == DataForm("Ana Prado", "Centro")
    assert data.change_of(ANA, same, SHOPS) is None
    assert sent(data.change_of(ANA, DataForm("Ana  Braga ", "Centro"), SHOPS)) == {"nome": "Ana Braga"}
    assert sent(data.change_of(ANA, DataForm("Ana Prado", NO_SHOP), SHOPS)) == {"loja_usual": None}
    assert sent(data.change_of(person(), DataForm("", "Matriz"), SHOPS)) == {"loja_usual": "l1"}


@pytest.mark.parametrize("typed", ["", "  ", "x" * 61])
def test_a_full_name_is_not_taken_away(typed):
    with pytest.raises(FormInvalid) as invalid:
        data.change_of(ANA, DataForm(typed, "Centro"), SHOPS)

    assert list(invalid.value.errors) == ["nome"]


def test_what_is_said_of_a_person():
    assert data.about(ANA) == "CPF ***.982.247-** · nascimento em 1990"
    assert data.about(person()) == "Sem CPF no cadastro."
    assert people.row_of(ANA, SHOPS).cells[0] == "ana · Ana Prado"
    linked = ANA.model_copy(update={"directory_numbers": [7, 9]})
    assert data.linked(linked) == "Ligada ao número 7, 9."
    assert data.linked(ANA) == "Sem ligação com outro programa."
    assert "os dados de ana, também no outro programa: nome" in data.ask_erasing(linked)
    assert data.ask_link(ANA, DirectoryUser(id=7, name="Ana B.", email="ana@loja")).startswith(
        "ana é a mesma pessoa que Ana B., ana@loja (número 7 do outro programa)?"
    )


@pytest.mark.parametrize(("typed", "number"), [("7", 7), (" 2147483647 ", 2147483647)])
def test_a_number_of_another_program(typed, number):
    assert data.parse_number(typed) == number


@pytest.mark.parametrize("typed", ["", "0", "-1", "x", "2147483648", "²", "9" * 30])
def test_what_is_no_number_of_another_program(typed):
    with pytest.raises(FormInvalid):
        data.parse_number(typed)
