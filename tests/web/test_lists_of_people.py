"""Spreadsheets of people as shops have them: odd titles, days, telephones and addresses."""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from almoxarife.server.web.panel.list_file import ListUnreadable, read_list
from almoxarife.wire.people.personal import read_birthday, read_phone
from tests.api.cast import Server
from tests.web.browser import Browser

HEADINGS = "login;nome;nome do meio;sobrenome;nascimento;e-mail;telefone"

LAST_YEAR = f"01/02/{(datetime.now(UTC).year - 1) % 100:02}"
"""Of a child, or of somebody a century older."""


def read(*rows: str, headings: str = HEADINGS) -> list[dict[str, str]]:
    people = read_list("\n".join([headings, *rows, ""]).encode())
    assert isinstance(people, list)
    return people


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1/2/1990", "1990-02-01"),
        ("01/02/1990 00:00", "1990-02-01"),
        ("1990-02-01 00:00:00", "1990-02-01"),
        ("1990-02-01T00:00:00.000Z", "1990-02-01"),
        ("1990/2/1", "1990-02-01"),
        ("01/fev/1990", "1990-02-01"),
        ("1-Fev.-1990", "1990-02-01"),
        ("1º de fevereiro de 1990", "1990-02-01"),
        ("31 de março de 2001", "2001-03-31"),
        ("1/2/90", "1990-02-01"),
        ("01.02.05", "2005-02-01"),
    ],
)
def test_a_day_is_read_however_it_is_written(written: str, day: str) -> None:
    (person,) = read(f"ana;Ana;M;Sá;{written};ana@loja;")

    assert read_birthday(person["birthday"]) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "written", ["32905", "1990", "não informado", "#N/D", "1 de feriado de 1990", "90-02-01", LAST_YEAR]
)
def test_what_is_no_day_is_left_for_the_outcome_to_tell(written: str) -> None:
    (person,) = read(f"ana;Ana;M;Sá;{written};ana@loja;")

    assert person["birthday"] == written


def test_days_and_telephones_of_a_workbook_may_be_numbers(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS.split(";"))
    for day in (date(1990, 2, 1), 32905, datetime.fromisoformat("1990-02-01T00:00:01"), 1990):
        book.active.append(["ana", "Ana", "M", "Sá", day, None, 11987654321.0])
    book.save(tmp_path / "lista.xlsx")

    people = read_list((tmp_path / "lista.xlsx").read_bytes())

    assert isinstance(people, list)
    assert [person["birthday"] for person in people] == ["01/02/1990", "1990-02-01", "01/02/1990", "1990"]
    assert {person["phone"] for person in people} == {"11987654321"}


@pytest.mark.parametrize(
    "written",
    [
        "11 98765.4321", "11–98765–4321", "(11) 98765\u20114321", "'11987654321", "11987654321.0", "11987654321,00",
        "tel: 11987654321", "Cel. (11) 98765-4321", "WhatsApp 11 98765 4321",
    ],
)  # fmt: skip
def test_a_telephone_is_read_however_it_is_written(written: str) -> None:
    (person,) = read(f"ana;Ana;M;Sá;;;{written}")

    assert read_phone(person["phone"]) == "11987654321"


@pytest.mark.parametrize("written", ["11987654321 / 1133334444", "1,19876E+10", "98765-4321 ramal 2"])
def test_a_telephone_that_is_not_clear_is_not_made_one(written: str) -> None:
    (person,) = read(f"ana;Ana;M;Sá;;;{written}")

    with pytest.raises(ValueError, match="algarismos"):
        read_phone(person["phone"])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("ana @loja.com", "ana@loja.com"),
        ("mailto:ana@loja.com", "ana@loja.com"),
        ("<ana@loja.com>", "ana@loja.com"),
        ("Ana Sá <ana@loja.com>", "ana@loja.com"),
        ("Ana ana@loja.com", "ana@loja.com"),
        ("ana@loja.com,", "ana@loja.com"),
        ("ana@loja.com bia@loja.com", "ana@loja.com bia@loja.com"),
        ("ana", "ana"),
    ],
)
def test_an_address_is_read_without_what_is_around_it(written: str, address: str) -> None:
    assert read(f"ana;Ana;M;Sá;;{written};")[0]["email"] == address


def test_a_full_name_is_parted() -> None:
    headings = "Usuário;Nome completo;E-mail corporativo"

    (ana, bia) = read("ana;Ana Maria da Silva;a@x", "bia;Bia Sá;b@x", headings=headings)

    assert (ana["first_name"], ana["patronymic"], ana["last_name"]) == ("Ana", "Maria da", "Silva")
    assert (bia["first_name"], bia["patronymic"], bia["last_name"]) == ("Bia", "", "Sá")
    assert read("ana;Ana M Sá;a@x", headings="Login;Nome;E-mail")[0]["last_name"] == "Sá"
    assert read("ana;Ana;M Sá;a@x", headings="Login;Nome;Nome do meio;E-mail")[0]["first_name"] == "Ana"


@pytest.mark.parametrize("written", ["Souza e Silva, Ana Maria", "Souza e Silva ,  Ana  Maria"])
def test_a_last_name_may_stand_first_before_a_comma(written: str) -> None:
    (ana,) = read(f"ana;{written};a@x", headings="Login;Nome;E-mail")

    assert (ana["first_name"], ana["patronymic"], ana["last_name"]) == ("Ana", "Maria", "Souza e Silva")


def test_of_two_columns_the_one_that_is_filled_counts() -> None:
    headings = "Login;Nome;Sobrenome;Nome do meio;Telefone;Celular"

    people = read("ana;Ana;Sá;M;;11987654321", "bia;Bia;Sá;M;1133334444;11987654321", headings=headings)

    assert [person["phone"] for person in people] == ["11987654321", "1133334444"]


def test_titles_may_stand_above_headings_that_no_product_has() -> None:
    title = "RELAÇÃO DE FUNCIONÁRIOS;Setembro\n;\n"

    (person,) = read("ana;Sá;M;a@x", headings=f"{title}Login;Sobrenome;Nome do meio;E-mail")

    assert (person["login"], person["last_name"]) == ("ana", "Sá")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('bia;"Bia;M;Sá;;b@x;', "^Linha 3: as aspas"),
        ("bia;Bia;M;#N/D;;b@x;", "^Linha 3, sobrenome “#N/D”: a célula mostra um erro"),
        ("bia;Bia;M;=A1&B1;;b@x;", "^Linha 3, sobrenome “=A1&B1”: a célula tem uma fórmula"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str, says: str) -> None:
    with pytest.raises(ListUnreadable, match=says):
        read("ana;Ana;M;Sá;;a@x;", row)


def test_reasons_name_the_columns_of_the_page(shop: Server) -> None:
    browser = Browser(shop)
    browser.log_in("Carla")
    rows = f"{HEADINGS}\nana;Ana;;;;a@x;\nbia;Bia;M;Sá;;;12\ncia;Cia;M;Sá;;;\ndia;Dia;M;Sá;;d;\n"
    page = browser.fill("/painel/lote", texto=rows).leads_to

    text = browser.open(page).text

    for reason in (
        "✕ Preencha sobrenome, nome do meio.",
        "✕ Telefone: O telefone precisa",
        "✕ Informe um e-mail ou um telefone.",
        "✕ E-mail: O e-mail precisa",
    ):
        assert reason in text


@pytest.mark.parametrize("between", [" - ", " – ", " > ", " / ", ": ", "   "])
def test_columns_apart_by_dashes_colons_or_spaces_are_read(between: str) -> None:
    rows = (("login", "nome completo", "telefone"), ("ana-paula", "Ana de Sá-Reis", "11 98765-4321"), ("zé", "Zé", "1"))
    text = "Pessoas da loja\n\n" + "".join(between.join(row) + "\n" for row in rows)

    assert read_list(text.encode()) == [
        {
            "login": "ana-paula",
            "phone": "11 98765-4321",
            "first_name": "Ana",
            "patronymic": "de",
            "last_name": "Sá-Reis",
        },
        {"login": "zé", "phone": "1", "first_name": "Zé", "patronymic": "", "last_name": ""},
    ]


def test_the_marks_of_a_messenger_are_left_out() -> None:
    assert [person["login"] for person in read("ana - Ana", "• *zé* - Zé", headings="*Login* - *Nome*")] == [
        "ana",
        "zé",
    ]


def test_a_line_that_dashes_split_otherwise_refuses_the_list() -> None:
    with pytest.raises(ListUnreadable, match="Linha 3: as colunas desta linha não podem ser separadas"):
        read("ana - Ana - Sá", "zé - Zé", headings="login - nome - sobrenome")


@pytest.mark.parametrize("line", ["Total: 2", "Obrigada!"])
def test_a_line_without_columns_is_no_person(line: str) -> None:
    with pytest.raises(ListUnreadable, match="Linha 3: as colunas desta linha não podem ser separadas"):
        read("ana - Ana", line, headings="login - nome")

    assert len(read("ana - Ana", "-----", "", "zé - Zé", headings="login - nome")) == 2


def test_many_spaces_are_looked_through_once() -> None:
    assert len(read(f"ana - Ana{' ' * 200_000}Sá", headings="login - nome")) == 1


def test_an_empty_cell_at_the_end_of_a_line_is_one() -> None:
    assert [
        person["email"] for person in read("ana - Ana -", "zé - Zé - z@x.br", headings="login - nome - e-mail")
    ] == [
        "",
        "z@x.br",
    ]


def test_fields_of_a_person_below_each_other_are_no_columns() -> None:
    with pytest.raises(ListUnreadable, match="A primeira linha deve ter os títulos"):
        read_list("Nome: Ana\nLogin: ana\nTelefone: 1\n\nNome: Zé\nLogin: zé\nTelefone: 2\n".encode())


def test_headings_of_other_programs_are_known() -> None:
    (person,) = read("ana;Ana;Sá;1990-02-01;1", headings="Username;Name;Surname;Date of birth;Mobile")
    assert person == {"login": "ana", "first_name": "Ana", "last_name": "Sá", "birthday": "1990-02-01", "phone": "1"}

    spanish = "Usuario;Nombre;Apellido;Fecha de nacimiento;Teléfono;Correo"
    (person,) = read("ana;Ana;Sá;1990-02-01;1;a@b", headings=spanish)
    assert person["phone"] + person["email"] == "1a@b"

    (person,) = read("ana;Ana M Sá;1;2;3", headings="Usuário de rede;Nome do funcionário;Tel/Whats;Tel. esposa;Ramal")
    assert person == {"login": "ana", "first_name": "Ana", "patronymic": "M", "last_name": "Sá", "phone": "1"}


@pytest.mark.parametrize("cell", ["-", "—", "n/a", "não tem", "Não informado", "sem e-mail"])
def test_what_stands_for_no_address_is_none(cell: str) -> None:
    (person,) = read(f"ana;Ana;M;Sá;;{cell};{cell}")

    assert (person["email"], person["phone"]) == ("", "")


@pytest.mark.parametrize(
    "status",
    ["Ativo;Não", "Situação;Demitida", "Status;inativo", "Situação;Desligado em 01/02/2026", "Data de demissão;1/2/26"],
)
def test_a_list_with_people_who_have_left_is_refused(status: str) -> None:
    heading, cell = status.split(";")
    with pytest.raises(ListUnreadable, match=f"Linha 3: “{status.replace(';', ': ')}”"):
        read("bia;Bia;", f"ana;Ana;{cell}", headings=f"login;nome;{heading}")

    here = ("Sim", "Férias", "") if "demissão" not in heading else ("-", "não", "")
    assert len(read(*(f"a{cell}a;Ana;{cell}" for cell in here), headings=f"login;nome;{heading}")) == 3


def read_and_told(content: str | bytes) -> list[str]:
    told: list[str] = []
    read_list(content if isinstance(content, bytes) else content.encode(), told.append)
    return told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("login;nome;CPF;Cargo;Salário\nana;Ana Sá;1;Caixa;\n", "Colunas não usadas: CPF, Cargo."),
        ("login;nome\nana;Ana Sá;\n", None),
        ("login;nome;Situação;Data de demissão\nana;Ana Sá;Ativo;-\n", None),
        ("login;nome\n-----;-----\nana;Ana Sá\n-----;-----\n", None),
        ("Equipe;\n;\nlogin;nome\nana;Ana Sá\n", "Fora da lista ficou a linha 1, de títulos."),
        (
            "login;nome;Telefone;Celular\nana;Ana Sá;1133334444;11987654321\n",
            "Há mais de uma coluna para telefone (Telefone, Celular): vale a primeira preenchida.",
        ),
        (
            "login;nome;Telefone;Telefone\nana;Ana Sá;1133334444;11987654321\n",
            "Há mais de uma coluna para telefone (Telefone (a 3ª), Telefone (a 4ª)): vale a primeira preenchida.",
        ),
        ("login;nome;Obs;Obs;\nana;Ana Sá;x;y;z\n", "Colunas não usadas: Obs (a 3ª), Obs (a 4ª), a 5ª."),
        ("login;nome;Telefone;Celular\nana;Ana Sá;1133334444;\nbia;Bia Sá;;11987654321\n", None),
        ('[{"login": "ana", "cpf": "1", "last_name": "Sá"}, {"cargo": 1}]', "Campos não usados: cpf, cargo."),
        (
            f"login;{';'.join(f'Dado {at}' for at in range(10))}\nana;{';'.join('x' * 10)}\n",
            f"Colunas não usadas: {', '.join(f'Dado {at}' for at in range(8))} e mais 2.",
        ),
    ],
)
def test_what_is_not_read_of_a_list_is_told(content: str, told: str | None) -> None:
    assert read_and_told(content) == ([] if told is None else [told])


def test_a_title_as_long_as_the_list_is_told_when_it_was_taken_for_the_headings() -> None:
    rows = "RELAÇÃO;Setembro\nLogin;Sobrenome;Nome do meio;Cargo\nana;Sá;M;Caixa\n"

    assert read_and_told(rows) == ["Fora da lista ficou a linha 1, de títulos.", "Colunas não usadas: Cargo."]


def test_the_other_sheets_of_a_workbook_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Centro"
    for sheet in (book.active, book.create_sheet("Norte")):
        sheet.append(["login", "nome"])
        sheet.append(["ana", "Ana Sá"])
    book.save(tmp_path / "lista.xlsx")

    assert read_and_told((tmp_path / "lista.xlsx").read_bytes()) == ["Foi lida só a aba “Centro”. Não lidas: Norte."]
