"""Who comes for the first time: name, year of birth, role and a password; and a new password for a temporary one."""

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.terminal.conversation.answers import read_birth_year
from almoxarife.clients.terminal.conversation.talk import Asking, Talk
from almoxarife.clients.terminal.session import Session, read_full_name
from almoxarife.wire.accounts import AccountState, LoggedInPerson, SellerRole

_ROLES = (SellerRole.SELLER, SellerRole.MANAGER)


def sign_up(talk: Talk, session: Session, cpf: str) -> Asking[LoggedInPerson | None]:
    """Whoever may begin at once, logged in. None: they wait for approval, gave up, or were refused."""
    name = yield from talk.ask_until("Nome completo: ", read_full_name)
    year = yield from talk.ask_until("Ano de nascimento (AAAA): ", read_birth_year)
    chosen = yield from talk.choose("Função:", ("Vendedor", "Gerente"), "Número da função: ")
    role = _ROLES[int(chosen)]
    while True:
        password = yield from _choose_password(talk)
        if password is None:
            talk.say("Cadastro cancelado.")
            return None
        try:
            registered = session.register(cpf=cpf, name=name, birth_year=year, role=role, password=password)
            break
        except (ApiError, ValueError) as error:
            talk.say(str(error))
            if isinstance(error, ApiError) and error.status != 400:
                return None
    talk.say(registered.message)
    if registered.state is not AccountState.ACTIVE:
        talk.say("Depois da aprovação, entre aqui com o seu CPF e a senha que escolheu.")
        return None
    try:
        return session.log_in(cpf, password)
    except ApiError as error:
        talk.say(error.message)
        return None


def replace_temporary_password(
    talk: Talk, session: Session, person: LoggedInPerson, current: str
) -> Asking[LoggedInPerson | None]:
    """The same person, once their password is their own; None where they gave up."""
    if not person.must_change_password:
        return person
    talk.say("Sua senha é temporária. Escolha uma senha nova.")
    while True:
        new = yield from _choose_password(talk)
        if new is None:
            talk.say("A senha não foi trocada.")
            return None
        try:
            session.change_password(current, new)
        except (ApiError, ValueError) as error:
            talk.say(str(error))
            if isinstance(error, ApiError) and error.status != 400:
                return None
        else:
            talk.say("Senha trocada.")
            return person


def _choose_password(talk: Talk) -> Asking[str | None]:
    """The same twice; None where nothing was typed."""
    while True:
        password = yield from talk.ask("Nova senha (vazio desiste): ", is_secret=True)
        if not password:
            return None
        if (yield from talk.ask("Repita a senha: ", is_secret=True)) == password:
            return password
        talk.say("As duas senhas não são iguais.")
