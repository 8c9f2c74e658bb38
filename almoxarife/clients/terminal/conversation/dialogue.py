"""The whole conversation: log in, then sell (sellers) or ask for totals (managers).

An unknown CPF and a wrong password get the same answer, so that nobody can find out who has an account.
After either, a person who typed a CPF is asked whether it is their first time.
"""

from almoxarife import brazil
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.terminal.conversation.answers import read_who
from almoxarife.clients.terminal.conversation.managing import manage
from almoxarife.clients.terminal.conversation.prompter import Asking, Conversation, Prompter
from almoxarife.clients.terminal.conversation.selling import sell
from almoxarife.clients.terminal.conversation.signing_up import replace_temporary_password, sign_up
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import LoggedInUser, Role


def converse(session: Session) -> Conversation:
    prompter = Prompter(session.tell_news)
    prompter.say(f"Almoxarife, terminal de texto. Sessão {session.number}.", session.describe_server())
    while True:
        user = yield from _log_in(prompter, session)
        if user is None:
            continue
        try:
            talk = manage if user.role.includes(Role.MANAGER) else sell
            yield from talk(prompter, session, user)
        except ApiError as error:
            if not error.is_session_over:
                raise
            prompter.say("Sua sessão acabou. Entre de novo; o que foi gravado continua gravado.")
            continue
        prompter.say("Até logo!")
        return prompter.take()


def _log_in(prompter: Prompter, session: Session) -> Asking[LoggedInUser | None]:
    """Log in; None if the login has to be started again."""
    who = yield from prompter.ask_until("CPF ou nome de usuário: ", read_who)
    password = yield from prompter.ask("Senha: ", is_secret=True)
    if not password:
        prompter.say("Senha em branco.")
        return None
    try:
        user = session.log_in(who, password)
    except (ApiError, ValueError) as error:
        prompter.say(str(error))
        if isinstance(error, ApiError) and error.is_session_over:
            return (yield from _offer_signing_up(prompter, session, who))
        return None
    return (yield from replace_temporary_password(prompter, session, user, password))


def _offer_signing_up(prompter: Prompter, session: Session, who: str) -> Asking[LoggedInUser | None]:
    """Offer to sign up if a CPF was typed, whether it is known or not."""
    if brazil.find_cpf(who) is None:
        return None
    if not brazil.is_cpf(who):
        prompter.say("Se é o primeiro acesso, confira os dígitos do CPF.")
        return None
    is_new = yield from prompter.ask_yes("É o primeiro acesso com este CPF?")
    return (yield from sign_up(prompter, session, who)) if is_new else None
