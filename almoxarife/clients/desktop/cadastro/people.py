"""People in words: what a role may do, who comes first in the list, what is asked of the server. No widget here."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo

from almoxarife.brazil import format_datetime
from almoxarife.clients.desktop.virtual_list import Row
from almoxarife.wire.accounts import AccountState, Person, PersonChange, Role

ROLE = {
    Role.SELLER: "Vendedor",
    Role.STOCK_CLERK: "Estoquista",
    Role.MANAGER: "Gerente",
    Role.ADMIN: "Administrador",
}
MAY = {
    Role.SELLER: "Vê produtos, saldos e movimentações das suas lojas.",
    Role.STOCK_CLERK: "Vê tudo das suas lojas, cadastra produtos e registra entradas, saídas e ajustes.",
    Role.MANAGER: "Faz tudo nas suas lojas, estorna o que outros registraram e vê o dia de cada pessoa.",
    Role.ADMIN: "Faz tudo em todas as lojas, aprova pessoas e decide o que cada uma pode.",
}
STATE = {
    AccountState.PENDING: "◔ espera aprovação",
    AccountState.ACTIVE: "● ativo",
    AccountState.INACTIVE: "○ desativado",
}
_ORDER = list(STATE)


def in_order(people: Iterable[Person]) -> list[Person]:
    """Who waits for an answer first, who is gone last, by name in between."""
    return sorted(people, key=lambda person: (_ORDER.index(person.state), person.username.casefold()))


def row_of(person: Person, shops: Mapping[str, str], zone: tzinfo | None = None) -> Row:
    """``shops``: names by id."""
    seen = format_datetime(person.last_login_at, zone) if person.last_login_at else "nunca"
    cells = (person.username, STATE[person.state], ROLE[person.role], shops_of(person, shops), seen)
    tags = {AccountState.PENDING: ("pending",), AccountState.INACTIVE: ("inactive",)}.get(person.state, ())
    return Row(person.id, cells, tags)


def shops_of(person: Person, shops: Mapping[str, str]) -> str:
    return "todas" if person.role is Role.ADMIN else name_shops(person.shops, shops)


def name_shops(ids: Iterable[str], shops: Mapping[str, str]) -> str:
    """ "Centro, Matriz"; a shop this person does not know is shown by its id."""
    return ", ".join(sorted(shops.get(shop_id, shop_id) for shop_id in ids)) or "nenhuma"


def change_of(person: Person, role: Role, shops: Iterable[str]) -> PersonChange | None:
    """What to ask for so that ``person`` has this role in these shops; None when that is so already."""
    wanted: dict[str, object] = {}
    if role is not person.role:
        wanted["papel"] = role.value
    if set(shops) != set(person.shops):
        wanted["lojas"] = sorted(shops)
    return PersonChange.model_validate(wanted) if wanted else None


def approval_of(role: Role, shops: Iterable[str]) -> PersonChange:
    """Role and shops go along: whoever is approved must not begin with more than was meant."""
    return PersonChange.model_validate(
        {"estado": AccountState.ACTIVE.value, "papel": role.value, "lojas": sorted(shops)}
    )
