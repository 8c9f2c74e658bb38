"""Names, e-mails, telephones and birthdays as people write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic_core import PydanticCustomError

from almoxarife.server.accounts.profiles.service import Profile
from almoxarife.wire.people.personal import read_birthday, read_email, read_person_name, read_phone


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("08/12/1991", date(1991, 12, 8)),
        ("8.12.1991", date(1991, 12, 8)),
        (" 25-09-1991 ", date(1991, 9, 25)),
        ("1991-09-25", date(1991, 9, 25)),
        ("29/02/2024", date(2024, 2, 29)),
    ],
)
def test_a_birthday_is_day_first(text: str, day: date) -> None:
    assert read_birthday(text) == day


FUTURE = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()


@pytest.mark.parametrize(
    "value",
    [
        *("11121990", "99/99/9999", "29/02/2023", "31/04/1990", "ontem", "", "08/12-1991", "19911208", "08/12/91"),
        *("1991-9-25", "09/25/1991", "31/12/1899", FUTURE, "١٢/١٢/١٩٩٠", 11121990, None, True, ["08/12/1991"]),
    ],
)
def test_anything_else_is_no_birthday(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        read_birthday(value)


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("+55 (11) 98765-4321", "5511987654321"),
        (11987654321, "11987654321"),
        ("12345678", "12345678"),
        ("123456789012345", "123456789012345"),
        (" 0800 123-4567 ", "08001234567"),
    ],
)
def test_a_telephone_is_its_digits(value: object, digits: str) -> None:
    assert read_phone(value) == digits


@pytest.mark.parametrize(
    "value",
    [
        *("", "+7", "+7abc", "1234567", "1234567890123456", "+" + "9" * 48, "1_000_000_000", "١٢٣٤٥٦٧٨", "12.345.678"),
        *(True, None, 3.7, -123456789, 1234567, 10**15, [12345678]),
    ],
)
def test_anything_else_is_no_telephone(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        read_phone(value)


@pytest.mark.parametrize("text", ["a@b", " Ana@Loja.com.br ", "a b@c", "x" * 252 + "@y"])
def test_an_email_has_something_on_both_sides(text: str) -> None:
    assert read_email(text) == text.strip()


@pytest.mark.parametrize("value", ["", "@", "a@", "@b", "a@b@c", "ab", "x" * 253 + "@y", "ŉ" * 200 + "@y", 5, None])
def test_anything_else_is_no_email(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        read_email(value)


def test_a_name_has_one_to_fifty_letters() -> None:
    assert read_person_name("  José   da  Silva ") == "José da Silva"
    assert read_person_name("x" * 50) == "x" * 50
    for value in ("", " ", "x" * 51, "a\x00b", "a\u202eb", 5, None, "\u3164"):
        with pytest.raises(PydanticCustomError):
            read_person_name(value)


@pytest.mark.parametrize(
    ("names", "whole"),
    [
        (("Ana", "Maria", "Braga"), "Ana Maria Braga"),
        (("A" * 25, "M" * 20, "B" * 25), "A" * 25 + " " + "B" * 25),
        (("A" * 40, "M", "B" * 40), "A" * 40),
    ],
)
def test_the_full_name_is_as_much_of_it_as_there_is_room_for(names: tuple[str, str, str], whole: str) -> None:
    first, patronymic, last = names
    assert Profile(first_name=first, patronymic=patronymic, last_name=last).full_name == whole
