"""Amounts, numbers of sales, days and machines as they are said here."""

from datetime import tzinfo
from decimal import Decimal

from almoxarife import brazil
from almoxarife.clients.terminal.conversation.days import Days
from almoxarife.wire.health import Coordination, CoordinationEvent
from almoxarife.wire.health import CoordinationEventKind as Kind


def format_money(amount: Decimal) -> str:
    """ "R$ 1.234,50" with a plain space: not every terminal has the other one."""
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


def describe_node(told: Coordination, zone: tzinfo) -> str:
    if told.unheard_since is not None:
        moment = brazil.format_datetime(told.unheard_since, zone)
        return f"O servidor não tem notícias dos outros nós desde {moment}: não sabe quem coordena."
    if told.coordinator is None:
        return "Sem coordenador agora: nada pode ser gravado no servidor."
    return f"Coordenador: {told.coordinator}" + (
        f" (temporário; o principal é {told.main})." if told.is_temporary else "."
    )


def describe_event(event: CoordinationEvent, main: str, zone: tzinfo) -> str:
    what = {
        Kind.LOST: f"O coordenador {event.node} se perdeu.",
        Kind.ELECTED: f"Eleição: {event.node} venceu.",
        Kind.TOOK_OVER: f"{event.node} assumiu{'' if event.node == main else ' como coordenador temporário'}.",
        Kind.HANDED_BACK: f"A coordenação voltou para {event.node}.",
    }[event.kind]
    return f"[{brazil.format_time(event.at, zone)}] {what}"
