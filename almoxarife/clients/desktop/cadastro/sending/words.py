"""Texts of *Fila de envio*. No widget here."""

from collections.abc import Iterable
from datetime import tzinfo

from almoxarife.brazil import format_datetime
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.clients.queue.outgoing import QueuedRow, State

_STATE = {
    State.PENDING: "◔ espera o servidor",
    State.SENT: "⇡ enviado, sem resposta",
    State.REJECTED: "✕ recusado",
}


def in_order(rows: Iterable[QueuedRow]) -> list[QueuedRow]:
    """Rejected rows first, then the waiting ones in order of sending."""
    unsettled = [row for row in rows if row.state is not State.ACKED]
    return sorted(unsettled, key=lambda row: (row.state is not State.REJECTED, row.number))


def list_row(row: QueuedRow, zone: tzinfo | None = None) -> Row:
    cells = (format_datetime(row.confirmed_at, zone), row.label, _STATE[row.state], row.reason)
    return Row(row.key, cells, ("refused",) if row.state is State.REJECTED else ())


def counted(rows: Iterable[QueuedRow]) -> str:
    """ "Fila de envio  3 · 1 recusado"."""
    states = [row.state for row in rows]
    refused = states.count(State.REJECTED)
    text = f"Fila de envio  {len(states)}"
    return f"{text} · {refused} {'recusado' if refused == 1 else 'recusados'}" if refused else text


def question(row: QueuedRow) -> str:
    """The question before discarding; empty if the row cannot be discarded."""
    match row.state:
        case State.PENDING:
            return f"Descartar {row.label}? O servidor ainda não recebeu, e não vai receber."
        case State.REJECTED:
            return f"Descartar {row.label}? O servidor recusou; nada foi registrado."
        case _:
            return ""


def explain(row: QueuedRow | None) -> str:
    """The selected row's state and full reason, which the list may shorten."""
    if row is None:
        return ""
    if row.state is State.REJECTED:
        return f"{row.label}: {row.reason}"
    answer = f" {row.reason}" if row.reason else ""
    if row.state is State.SENT:
        return (
            f"{row.label}: já pode ter chegado ao servidor, que responde quando voltar. Não dá para descartar.{answer}"
        )
    return f"{row.label}: vai assim que o servidor responder.{answer}"
