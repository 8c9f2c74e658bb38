"""Signing up with name, year of birth, role and password; and replacing a temporary password."""

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.terminal.conversation.answers import read_birth_year
from almoxarife.clients.terminal.conversation.prompter import Asking, Prompter
from almoxarife.clients.terminal.session import Session, read_full_name
from almoxarife.wire.accounts import AccountState, LoggedInUser, Role, SellerRole

_ROLES = (SellerRole.SELLER, SellerRole.MANAGER)


def sign_up(prompter: Prompter, session: Session, cpf: str) -> Asking[LoggedInUser | None]:
    """Sign up and log in; None if the person waits for approval, gave up or was refused."""
    name = yield from prompter.ask_until("Nome completo: ", read_full_name)
    year = yield from prompter.ask_until("Ano de nascimento (AAAA): ", read_birth_year)
    chosen = yield from prompter.choose("Função:", ("Vendedor", "Gerente"), "Número da função: ")
    role = _ROLES[int(chosen)]
    while True:
        password = yield from _choose_password(prompter)
        if password is None:
            prompter.say("Cadastro cancelado.")
            return None
        try:
            registered = session.register(cpf=cpf, name=name, birth_year=year, role=role, password=password)
            break
        except (ApiError, ValueError) as error:
            prompter.say(str(error))
            if isinstance(error, ApiError) and error.status != 400:
                return None
    prompter.say(registered.message)
    if registered.role is Role.ADMIN:
        prompter.say("É a primeira conta deste servidor, e por isso a do administrador, que não vende por aqui.")
    if registered.state is not AccountState.ACTIVE:
        prompter.say("Depois da aprovação, entre aqui com o seu CPF e a senha que escolheu.")
        return None
    try:
        return session.log_in(cpf, password)
    except ApiError as error:
        prompter.say(error.message)
        return None


def replace_temporary_password(
    prompter: Prompter, session: Session, user: LoggedInUser, current: str
) -> Asking[LoggedInUser | None]:
    """Return the person after replacing a temporary password; None if they gave up."""
    if not user.must_change_password:
        return user
    prompter.say("Sua senha é temporária. Escolha uma senha nova.")
    while True:
        new = yield from _choose_password(prompter)
        if new is None:
            prompter.say("A senha não foi trocada.")
            return None
        try:
            session.change_password(current, new)
        except (ApiError, ValueError) as error:
            prompter.say(str(error))
            if isinstance(error, ApiError) and error.status != 400:
                return None
        else:
            prompter.say("Senha trocada.")
            return user


def _choose_password(prompter: Prompter) -> Asking[str | None]:
    """Ask for a password twice; None if nothing was typed."""
    while True:
        password = yield from prompter.ask("Nova senha (vazio desiste): ", is_secret=True)
        if not password:
            return None
        if (yield from prompter.ask("Repita a senha: ", is_secret=True)) == password:
            return password
        prompter.say("As duas senhas não são iguais.")
