"""People in words: what a role may do, who comes first in the list, what is asked of the server. No widget here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from almoxarife.brazil import format_datetime
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.wire.accounts import AccountState, Person, PersonChange, Role, TemporaryPassword

ROLE = {
    Role.SELLER: "Vendedor",
    Role.STOCK_CLERK: "Estoquista",
    Role.MANAGER: "Gerente",
    Role.ADMIN: "Administrador",
}
MAY = {
    Role.SELLER: "Vende nas suas lojas e vê os produtos, saldos e movimentações delas.",
    Role.STOCK_CLERK: "Vende, cadastra produtos e registra entradas, saídas e ajustes nas suas lojas.",
    Role.MANAGER: "Faz tudo nas suas lojas, estorna o que outros registraram e vê vendas e o dia de cada pessoa.",
    Role.ADMIN: "Faz tudo em todas as lojas, aprova pessoas e decide o que cada uma pode.",
}
STATE = {
    AccountState.PENDING: "◔ espera aprovação",
    AccountState.ACTIVE: "● ativo",
    AccountState.INACTIVE: "○ desativado",
}
MOST_SHOPS = 12
_ORDER = list(STATE)


def in_order(people: Iterable[Person]) -> list[Person]:
    """Who waits for an answer first, who is gone last, by name in between."""
    return sorted(people, key=lambda person: (_ORDER.index(person.state), person.username.casefold()))


def row_of(person: Person, shops: Mapping[str, str], zone: tzinfo | None = None) -> Row:
    """``shops``: names by id."""
    seen = format_datetime(person.last_login_at, zone) if person.last_login_at else "nunca"
    name = f"{person.username} · {person.full_name}" if person.full_name else person.username
    cells = (name, STATE[person.state], ROLE[person.role], shops_of(person, shops), seen)
    tags = {AccountState.PENDING: ("pending",), AccountState.INACTIVE: ("inactive",)}.get(person.state, ())
    return Row(person.id, cells, tags)


def shops_of(person: Person, shops: Mapping[str, str]) -> str:
    return "todas" if person.role is Role.ADMIN else name_shops(person.shops, shops)


def name_shops(ids: Iterable[str], shops: Mapping[str, str]) -> str:
    """ "Centro, Matriz", of many shops the first; one that this person does not know is shown by its id."""
    names = sorted((shops.get(shop_id, shop_id) for shop_id in ids), key=str.casefold)
    more = f" e mais {len(names) - MOST_SHOPS}" if len(names) > MOST_SHOPS else ""
    return (", ".join(names[:MOST_SHOPS]) or "nenhuma") + more


def counted(people: Iterable[Person]) -> str:
    """ "Usuários  12 · 2 esperam aprovação"."""
    states = [person.state for person in people]
    waiting = states.count(AccountState.PENDING)
    text = f"Usuários  {len(states)}"
    if not waiting:
        return text
    return f"{text} · {waiting} {'espera' if waiting == 1 else 'esperam'} aprovação"


def about(person: Person, zone: tzinfo | None = None) -> str:
    """What the list has no room for."""
    text = f"{STATE[person.state]} · cadastro em {format_datetime(person.created_at, zone)}"
    return f"{text} · vai trocar a senha ao entrar" if person.must_change_password else text


def tell_password(person: Person, answer: TemporaryPassword, zone: tzinfo | None = None) -> str:
    until = f"Vale até {format_datetime(answer.expires_at, zone)}. " if answer.expires_at else ""
    return f"Senha temporária de {person.username}: só aparece agora. {until}Ao entrar, a pessoa escolhe outra."


@dataclass(frozen=True)
class Offer:
    """What can be done with a person, by the labels of the buttons; empty where there is nothing."""

    main: str = ""
    other: str = ""
    has_password: bool = False


def offer_for(person: Person, my_id: str) -> Offer:
    """Nothing for oneself: one slip, and nobody could let one in again."""
    if person.id == my_id:
        return Offer()
    return {
        AccountState.PENDING: Offer("Aprovar", "Recusar"),
        AccountState.ACTIVE: Offer("Salvar", "Desativar", has_password=True),
        AccountState.INACTIVE: Offer("Reativar"),
    }[person.state]


def change_of(person: Person, role: Role, shops: Iterable[str]) -> PersonChange | None:
    """What to ask for so that ``person`` can work in this role in these shops; None when that is so already.

    People who are let in get role and shops in the same step: nobody begins with more than was meant.
    """
    wanted: dict[str, object] = {}
    is_let_in = person.state is not AccountState.ACTIVE
    if is_let_in:
        wanted["estado"] = AccountState.ACTIVE.value
    if is_let_in or role is not person.role:
        wanted["papel"] = role.value
    # An administrador sees every shop: the ones kept for later are left as they are.
    if role is not Role.ADMIN and (is_let_in or set(shops) != set(person.shops)):
        wanted["lojas"] = sorted(shops)
    return PersonChange.model_validate(wanted) if wanted else None


def removal_of(person: Person) -> PersonChange:
    return PersonChange.model_validate({"estado": AccountState.INACTIVE.value})


def question(person: Person, label: str) -> str:
    """What to think of before the button of this ``label`` does it."""
    name = person.username
    return {
        "Recusar": f"Recusar o pedido de {name}?",
        "Desativar": f"Desativar {name}? A sessão termina agora em todos os computadores.",
        "Senha temporária": f"Criar uma senha temporária para {name}? A senha atual deixa de valer.",
    }[label]


def outcome(before: Person, after: Person) -> str:
    """What has just been done, in one sentence."""
    name = after.username
    if after.state is not before.state:
        match after.state:
            case AccountState.ACTIVE if before.state is AccountState.PENDING:
                return f"{name} já pode entrar."
            case AccountState.ACTIVE:
                return f"{name} pode entrar de novo."
            case _ if before.state is AccountState.PENDING:
                return f"O pedido de {name} foi recusado."
            case _:
                return f"{name} não entra mais. O que registrou continua no histórico."
    return f"Salvo: o que mudou para {name} já vale."
