"""Texts for amounts, numbers of sales and periods."""

from decimal import Decimal

from almoxarife import brazil
from almoxarife.clients.terminal.conversation.days import Days


def format_money(amount: Decimal) -> str:
    """ "R$ 1.234,50" with a plain space, because not every terminal shows a no-break space."""
    return brazil.format_money(amount).replace("\N{NO-BREAK SPACE}", " ")


def count_sales(number: int) -> str:
    return "nenhuma venda" if number == 0 else "1 venda" if number == 1 else f"{number} vendas"


def describe_days(days: Days) -> str:
    first, last = (day and brazil.format_date(day) for day in days)
    if first and last:
        return f"em {first}" if first == last else f"de {first} a {last}"
    if first or last:
        return f"desde {first}" if first else f"até {last}"
    return "de todo o período"
