"""Texts and rows of *Usuários*, and the changes to send. No widget here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from almoxarife.brazil import format_datetime
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.wire.accounts import AccountState, Role, TemporaryPassword, User, UserChange
from almoxarife.wire.fields import fold

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
MAX_SHOPS = 12
_ORDER = list(STATE)


def in_order(users: Iterable[User]) -> list[User]:
    """People who wait for approval first, deactivated ones last; each group by name."""
    return sorted(users, key=lambda user: (_ORDER.index(user.state), fold(user.username)))


def row_of(user: User, shops: Mapping[str, str], zone: tzinfo | None = None) -> Row:
    """``shops``: names by id."""
    seen = format_datetime(user.last_login_at, zone) if user.last_login_at else "nunca"
    name = f"{user.username} · {user.full_name}" if user.full_name else user.username
    cells = (name, STATE[user.state], ROLE[user.role], shops_of(user, shops), seen)
    tags = {AccountState.PENDING: ("pending",), AccountState.INACTIVE: ("inactive",)}.get(user.state, ())
    return Row(user.id, cells, tags)


def shops_of(user: User, shops: Mapping[str, str]) -> str:
    return "todas" if user.role is Role.ADMIN else name_shops(user.shops, shops)


def name_shops(ids: Iterable[str], shops: Mapping[str, str]) -> str:
    """ "Centro, Matriz"; of many shops only the first. An unknown shop is shown by its id."""
    names = sorted((shops.get(shop_id, shop_id) for shop_id in ids), key=fold)
    more = f" e mais {len(names) - MAX_SHOPS}" if len(names) > MAX_SHOPS else ""
    return (", ".join(names[:MAX_SHOPS]) or "nenhuma") + more


def counted(users: Iterable[User]) -> str:
    """ "Usuários  12 · 2 esperam aprovação"."""
    states = [user.state for user in users]
    waiting = states.count(AccountState.PENDING)
    text = f"Usuários  {len(states)}"
    if not waiting:
        return text
    return f"{text} · {waiting} {'espera' if waiting == 1 else 'esperam'} aprovação"


def about(user: User, zone: tzinfo | None = None) -> str:
    """State and details that the list does not show."""
    text = f"{STATE[user.state]} · cadastro em {format_datetime(user.created_at, zone)}"
    return f"{text} · vai trocar a senha ao entrar" if user.must_change_password else text


def tell_password(user: User, response: TemporaryPassword, zone: tzinfo | None = None) -> str:
    until = f"Vale até {format_datetime(response.expires_at, zone)}. " if response.expires_at else ""
    return f"Senha temporária de {user.username}: só aparece agora. {until}Ao entrar, a pessoa escolhe outra."


@dataclass(frozen=True)
class Offer:
    """The labels of the buttons for a person; empty if a button is hidden."""

    main: str = ""
    other: str = ""
    has_password: bool = False


def offer_for(user: User, my_id: str) -> Offer:
    """Nothing for oneself: by mistake, an administrator could lock themselves out."""
    if user.id == my_id:
        return Offer()
    return {
        AccountState.PENDING: Offer("Aprovar", "Recusar"),
        AccountState.ACTIVE: Offer("Salvar", "Desativar", has_password=True),
        AccountState.INACTIVE: Offer("Reativar"),
    }[user.state]


def change_of(user: User, role: Role, shops: Iterable[str]) -> UserChange | None:
    """The change that gives ``person`` this role and these shops; None if nothing changes.

    Approving sets role and shops in the same request, so that nobody has other rights for a moment.
    """
    wanted: dict[str, object] = {}
    is_let_in = user.state is not AccountState.ACTIVE
    if is_let_in:
        wanted["estado"] = AccountState.ACTIVE.value
    if is_let_in or role is not user.role:
        wanted["papel"] = role.value
    # An administrator sees all shops; those assigned before are kept.
    if role is not Role.ADMIN and (is_let_in or set(shops) != set(user.shops)):
        wanted["lojas"] = sorted(shops)
    return UserChange.model_validate(wanted) if wanted else None


def removal() -> UserChange:
    return UserChange.model_validate({"estado": AccountState.INACTIVE.value})


def ask_removal(user: User) -> str:
    if user.state is AccountState.PENDING:
        return f"Recusar o pedido de {user.username}?"
    return f"Desativar {user.username}? A sessão termina agora em todos os computadores."


def ask_password(user: User) -> str:
    return f"Criar uma senha temporária para {user.username}? A senha atual deixa de valer."


def outcome(before: User, after: User) -> str:
    """The sentence after a change."""
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
