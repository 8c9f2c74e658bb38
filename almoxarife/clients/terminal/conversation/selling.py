"""A seller's part: shop, amount, yes; and their own total.

Nothing is said to be recorded before the server or the queue on disk has it.
"""

from decimal import Decimal

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.store import NotWritten
from almoxarife.clients.terminal.conversation.answers import read_amount
from almoxarife.clients.terminal.conversation.days import ask_days
from almoxarife.clients.terminal.conversation.talk import Asking, Talk
from almoxarife.clients.terminal.conversation.words import count_sales, describe_days, format_money
from almoxarife.clients.terminal.sending import Fate
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import LoggedInPerson
from almoxarife.wire.stores import Shop

_OWN_TOTAL = "t"


def sell(talk: Talk, session: Session, person: LoggedInPerson) -> Asking[None]:
    while True:
        talk.say(f"Boas-vindas, {person.full_name or person.username}!", *session.describe_work())
        try:
            shops = session.list_shops()
        except ApiError as error:
            if error.is_session_over:
                raise
            talk.say(error.message)
        else:
            yield from _sell_once(talk, session, shops)
        if (yield from talk.ask_yes("Sair?")):
            return


def _sell_once(talk: Talk, session: Session, shops: list[Shop]) -> Asking[None]:
    if not shops:
        talk.say("Sua conta ainda não tem loja. Fale com um administrador.")
        return
    while True:
        chosen = yield from talk.choose(
            "Lojas:", (shop.name for shop in shops), "Número da loja (T: meu total): ", letters=_OWN_TOTAL
        )
        if isinstance(chosen, str):
            yield from _show_own_total(talk, session)
            continue
        shop = shops[chosen]
        amount = yield from talk.ask_until("Valor da venda: ", read_amount)
        talk.say(f"Loja: {shop.name}", f"Valor: {format_money(amount)}")
        if (yield from talk.ask_yes("Confirma a venda?")):
            break
        talk.say("A venda não foi registrada.")
    _record(talk, session, shop, amount)


def _record(talk: Talk, session: Session, shop: Shop, amount: Decimal) -> None:
    try:
        sold = session.sell(shop, amount)
    except NotWritten as error:
        talk.say(str(error))
        return
    if sold.fate is Fate.RECORDED:
        talk.say(f"Venda registrada: {format_money(amount)}, {shop.name}.")
    elif sold.fate is Fate.REFUSED:
        talk.say(f"O servidor recusou a venda, que não foi registrada: {sold.reason}")
    else:
        talk.say(sold.reason, f"Venda gravada neste computador, {sold.waiting} aguardando envio.")


def _show_own_total(talk: Talk, session: Session) -> Asking[None]:
    days = yield from ask_days(talk)
    try:
        told = session.find_own_total(days)
    except ApiError as error:
        if error.is_session_over:
            raise
        talk.say(error.message)
        return
    talk.say(f"Seu total {describe_days(days)}: {format_money(told.total)} ({count_sales(told.sales)}).")
