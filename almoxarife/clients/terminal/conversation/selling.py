"""The conversation of a seller: shop, amount, confirmation; and their own total.

A sale is reported as recorded only when the server has it, and as waiting only when it is on disk.
"""

from decimal import Decimal

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.queue.store import NotWritten
from almoxarife.clients.terminal.conversation.answers import read_amount
from almoxarife.clients.terminal.conversation.days import ask_days
from almoxarife.clients.terminal.conversation.prompter import Asking, Prompter
from almoxarife.clients.terminal.conversation.words import count_sales, describe_days, format_money
from almoxarife.clients.terminal.sending import SaleState
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import LoggedInUser
from almoxarife.wire.stores import Shop

_OWN_TOTAL = "t"


def sell(prompter: Prompter, session: Session, user: LoggedInUser) -> Asking[None]:
    while True:
        prompter.say(f"Boas-vindas, {user.full_name or user.username}!", *session.describe_work())
        try:
            shops = session.list_shops()
        except ApiError as error:
            if error.is_session_over:
                raise
            prompter.say(error.message)
        else:
            yield from _sell_once(prompter, session, shops)
        if (yield from prompter.ask_yes("Sair?")):
            return


def _sell_once(prompter: Prompter, session: Session, shops: list[Shop]) -> Asking[None]:
    if not shops:
        prompter.say("Sua conta ainda não tem loja. Fale com um administrador.")
        return
    while True:
        chosen = yield from prompter.choose(
            "Lojas:", (shop.name for shop in shops), "Número da loja (T: meu total): ", letters=_OWN_TOTAL
        )
        if isinstance(chosen, str):
            yield from _show_own_total(prompter, session)
            continue
        shop = shops[chosen]
        amount = yield from prompter.ask_until("Valor da venda: ", read_amount)
        prompter.say(f"Loja: {shop.name}", f"Valor: {format_money(amount)}")
        if (yield from prompter.ask_yes("Confirma a venda?")):
            break
        prompter.say("A venda não foi registrada.")
    _record(prompter, session, shop, amount)


def _record(prompter: Prompter, session: Session, shop: Shop, amount: Decimal) -> None:
    try:
        sold = session.sell(shop, amount)
    except NotWritten as error:
        prompter.say(str(error))
        return
    if sold.state is SaleState.RECORDED:
        prompter.say(f"Venda registrada: {format_money(amount)}, {shop.name}.")
    elif sold.state is SaleState.REFUSED:
        prompter.say(f"O servidor recusou a venda, que não foi registrada: {sold.reason}")
    else:
        prompter.say(sold.reason, f"Venda gravada neste computador, {sold.waiting} aguardando envio.")


def _show_own_total(prompter: Prompter, session: Session) -> Asking[None]:
    days = yield from ask_days(prompter)
    try:
        total = session.find_own_total(days)
    except ApiError as error:
        if error.is_session_over:
            raise
        prompter.say(error.message)
        return
    prompter.say(f"Seu total {describe_days(days)}: {format_money(total.total)} ({count_sales(total.sales)}).")
