"""The state of the queue in one line, for the status bar."""

from collections import Counter
from datetime import datetime, tzinfo

from almoxarife.brazil import format_recent
from almoxarife.clients.api.address import host_and_port
from almoxarife.clients.queue.outgoing import Owner


def describe_queue(
    waiting: Counter[Owner], owner: Owner | None, sent_at: datetime | None, zone: tzinfo | None = None
) -> tuple[str, str]:
    """(text, kind of label): "⇡ fila 2 · último envio 14:02"."""
    parts = [f"⇡ fila {waiting.total()}", describe_others(waiting, owner)]
    if sent_at is not None:
        parts.append(f"último envio {format_recent(sent_at, zone)}")
    return " · ".join(filter(None, parts)), "Warn" if waiting else "Quiet"


def describe_others(waiting: Counter[Owner], owner: Owner | None) -> str:
    """ "3 de maria aguardam a senha de maria", for each other owner; with the server if the name is the same."""
    if owner is None:
        return ""
    return " · ".join(
        f"{count} de {other.name} {'aguarda' if count == 1 else 'aguardam'} a senha de {other.name}"
        + (f" em {host_and_port(other.server)}" if other.name == owner.name else "")
        for other, count in waiting.items()
        if other != owner
    )
