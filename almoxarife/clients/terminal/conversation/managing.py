"""The conversation of a manager: five numbered reports. Managers do not sell here."""

from collections import Counter
from collections.abc import Callable, Sequence

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.terminal.conversation.days import Days, ask_days
from almoxarife.clients.terminal.conversation.prompter import Asking, Prompter
from almoxarife.clients.terminal.conversation.words import count_sales, describe_days, format_money
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import LoggedInUser, Seller
from almoxarife.wire.fields import fold
from almoxarife.wire.sales import Ranked, SalesTotal

_NO_SELLERS = "Nas suas lojas ninguém tem o papel de vendedor. O que outros venderam está em Total de uma loja."
_DAYS = "d"
"""The letter that sets the period of the reports. At first it is unlimited; a chain's report always asks for one."""


def manage(prompter: Prompter, session: Session, user: LoggedInUser) -> Asking[None]:
    days = Days()
    while True:
        prompter.say(f"Boas-vindas, {user.full_name or user.username}!", *session.describe_work())
        while True:
            chosen = yield from prompter.choose(
                "Opções:", (name for name, _ in _OPTIONS), "Número da opção (D: dias): ", letters=_DAYS
            )
            if not isinstance(chosen, str):
                break
            days = yield from ask_days(prompter)
            prompter.say(f"Totais {describe_days(days)}.")
        _, answer = _OPTIONS[chosen]
        try:
            yield from answer(prompter, session, days)
        except ApiError as error:
            if error.is_session_over:
                raise
            prompter.say(error.message)
        if (yield from prompter.ask_yes("Sair?")):
            return


def _total_of_a_seller(prompter: Prompter, session: Session, days: Days) -> Asking[None]:
    sellers = session.list_sellers()
    if not sellers:
        prompter.say(_NO_SELLERS)
        return
    names = _name_each(sellers)
    found = yield from _choose(prompter, "Vendedores:", names, "Número do vendedor: ")
    if found is not None:
        total = session.find_total(days, seller_id=sellers[found].id)
        prompter.say(_total_line(names[found], total, days))


def _best_shop(prompter: Prompter, session: Session, days: Days) -> Asking[None]:
    _tell_best(prompter, "Melhor loja", session.list_best_shops(days), days)
    yield from ()


def _best_seller(prompter: Prompter, session: Session, days: Days) -> Asking[None]:
    _tell_best(prompter, "Melhor vendedor", session.list_best_sellers(days), days)
    yield from ()


def _total_of_a_chain(prompter: Prompter, session: Session, _days: Days) -> Asking[None]:
    """Always asks for the period."""
    chains = session.list_chains()
    found = yield from _choose(prompter, "Redes:", [chain.name for chain in chains], "Número da rede: ")
    if found is not None:
        days = yield from ask_days(prompter)
        prompter.say(_total_line(chains[found].name, session.find_total(days, chain_id=chains[found].id), days))


def _total_of_a_shop(prompter: Prompter, session: Session, days: Days) -> Asking[None]:
    shops = session.list_shops(with_inactive=True)
    found = yield from _choose(prompter, "Lojas:", [shop.name for shop in shops], "Número da loja: ")
    if found is not None:
        prompter.say(_total_line(shops[found].name, session.find_total(days, shop_id=shops[found].id), days))


_OPTIONS: tuple[tuple[str, Callable[[Prompter, Session, Days], Asking[None]]], ...] = (
    ("Total de um vendedor", _total_of_a_seller),
    ("Melhor loja", _best_shop),
    ("Melhor vendedor", _best_seller),
    ("Total de uma rede entre dois dias", _total_of_a_chain),
    ("Total de uma loja", _total_of_a_shop),
)


def _name_each(sellers: Sequence[Seller]) -> list[str]:
    """Their names, those that two share with the user name: "José Lima (jose.lima2)"."""
    known = Counter(fold(seller.name) for seller in sellers)
    return [f"{seller.name} ({seller.username})" if known[fold(seller.name)] > 1 else seller.name for seller in sellers]


def _choose(prompter: Prompter, title: str, names: Sequence[str], prompt: str) -> Asking[int | None]:
    if not names:
        prompter.say(f"{title} ainda não há nenhum cadastro.")
        return None
    return int((yield from prompter.choose(title, names, prompt)))


def _tell_best(prompter: Prompter, title: str, best: Sequence[Ranked], days: Days) -> None:
    if not best:
        prompter.say(f"{title} {describe_days(days)}: nenhuma venda.")
    for one in best:
        prompter.say(
            f"{title} {describe_days(days)}: {one.name}, {format_money(one.total)} ({count_sales(one.sales)})."
        )


def _total_line(name: str, total: SalesTotal, days: Days) -> str:
    return f"Total de {name} {describe_days(days)}: {format_money(total.total)} ({count_sales(total.sales)})."
