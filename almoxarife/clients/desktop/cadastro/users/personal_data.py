"""Texts and parsing of the tab *Dados*: full name, usual shop, number in another program. No widget here."""

from collections.abc import Mapping
from dataclasses import dataclass

from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.wire.accounts import User, UserChange
from almoxarife.wire.programs.directory import MAX_NUMBER, MIN_NUMBER, DirectoryPerson, read_integer

NO_SHOP = "(nenhuma)"


@dataclass(frozen=True)
class PersonalData:
    """The texts in the fields."""

    full_name: str
    usual_shop: str


def form_of(user: User, shops: Mapping[str, str]) -> PersonalData:
    """``shops``: names by id."""
    usual = user.usual_shop
    return PersonalData(user.full_name or "", shops.get(usual, usual) if usual else NO_SHOP)


def change_of(user: User, form: PersonalData, shops: Mapping[str, str]) -> UserChange | None:
    """None if nothing is changed. Raises FormInvalid."""
    before, wanted = form_of(user, shops), dict[str, object]()
    if form.full_name.strip() != before.full_name:
        if not form.full_name.strip():
            raise FormInvalid({"nome": "O nome completo pode mudar, e não ficar vazio."})
        wanted["nome"] = form.full_name
    if form.usual_shop != before.usual_shop:
        wanted["loja_usual"] = next((number for number, name in shops.items() if name == form.usual_shop), None)
    return checked(UserChange, wanted) if wanted else None


def about(user: User) -> str:
    """ "CPF ***.456.789-** · nascimento em 1990"; the server never sends a whole CPF."""
    parts = (
        f"CPF {user.cpf}" if user.cpf else "",
        f"nascimento em {user.birth_year}" if user.birth_year else "",
    )
    return " · ".join(filter(None, parts)) or "Sem CPF no cadastro."


def parse_number(text: str) -> int:
    """The number in another program. Raises FormInvalid."""
    number = read_integer(text.strip())
    if number is not None and MIN_NUMBER <= number <= MAX_NUMBER:
        return number
    raise FormInvalid({"numero": "Digite o número que a pessoa tem no outro programa."})


def linked(user: User) -> str:
    numbers = ", ".join(map(str, user.directory_numbers))
    return f"Ligada ao número {numbers}." if numbers else "Sem ligação com outro programa."


def ask_link(user: User, other: DirectoryPerson) -> str:
    email = f", {other.email}" if other.email else ""
    return (
        f"{user.username} é a mesma pessoa que {other.name}{email} (número {other.id} do outro programa)?"
        " Apagar os dados de uma apaga os da outra."
    )


def ask_unlink(user: User, number: int) -> str:
    return f"Desfazer a ligação de {user.username} com o número {number} do outro programa? Nada é apagado."


def ask_erasing(user: User) -> str:
    other = ", também no outro programa" if user.directory_numbers else ""
    return (
        f"Apagar para sempre os dados de {user.username}{other}: nome, CPF, senha, recados?"
        " O que registrou fica, sem nome. Não há como desfazer."
    )
