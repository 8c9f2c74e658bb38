"""Texts and rows of *Recados*, and parsing a message. No widget here."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from almoxarife.brazil import format_datetime, format_number
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.kit.forms import FormInvalid, checked
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.wire.accounts import AccountState, LoggedInUser, Role
from almoxarife.wire.fields import fold
from almoxarife.wire.messages import MAX_CHARACTERS, Box, Message, MessageIn

BOX = {Box.IN: "Recebidos", Box.OUT: "Enviados"}
GONE = "(texto apagado)"
_NOBODY = {Box.IN: "Nenhum recado recebido.", Box.OUT: "Nenhum recado enviado."}


def other_side(message: Message, box: Box) -> str:
    """The name of the sender, or of the recipient in the outbox."""
    if box is Box.IN:
        return message.sender_name or message.sender
    return message.recipient_name or message.recipient


def rows_of(messages: Iterable[Message], box: Box, zone: tzinfo | None = None) -> list[Row]:
    """Newest first; a sentence if there are none."""
    rows = [_row(message, box, zone) for message in reversed(list(messages))]
    return rows or [Row("", sentence=_NOBODY[box])]


def _row(message: Message, box: Box, zone: tzinfo | None) -> Row:
    is_unread = message.read_at is None
    state = ("● novo" if is_unread else "") if box is Box.IN else ("" if is_unread else "✓ lido")
    first_line = message.text.partition("\n")[0] or GONE
    cells = (state, other_side(message, box), first_line, format_datetime(message.sent_at, zone))
    return Row(message.id, cells, ("unread",) if is_unread and box is Box.IN else ())


def counted(messages: Sequence[Message], box: Box) -> str:
    """ "Recados  12 · 2 não lidos"."""
    unread = sum(message.read_at is None for message in messages) if box is Box.IN else 0
    text = f"Recados  {format_number(len(messages))}"
    return f"{text} · {unread} {'não lido' if unread == 1 else 'não lidos'}" if unread else text


def headed(message: Message, box: Box, zone: tzinfo | None = None) -> str:
    """The line above the text: who, when, and in the outbox whether it was read."""
    who = f"De {other_side(message, box)}" if box is Box.IN else f"Para {other_side(message, box)}"
    text = f"{who} · {format_datetime(message.sent_at, zone)}"
    if box is Box.IN:
        return text
    return f"{text} · " + (f"lido em {format_datetime(message.read_at, zone)}" if message.read_at else "ainda não lido")


def announced(new: Sequence[Message]) -> str:
    """About new messages. Their text is not shown, since others may look at the screen."""
    who = new[-1].sender_name or new[-1].sender
    if len(new) == 1:
        return f"Recado novo de {who}."
    return f"{format_number(len(new))} recados novos; o último é de {who}."


def waiting(unread: int) -> str:
    """At the login."""
    return "Você tem 1 recado não lido." if unread == 1 else f"Você tem {format_number(unread)} recados não lidos."


def parse_message(to: str, text: str) -> MessageIn:
    """Raises FormInvalid."""
    errors: dict[str, str] = {}
    try:
        message = checked(MessageIn, {"para": to, "texto": text.replace("\t", " ")})
    except FormInvalid as invalid:
        errors = invalid.errors
    if not to.strip():
        errors["para"] = "Digite o nome de usuário de quem recebe."
    if errors:
        raise FormInvalid(errors)
    return message


def room_left(text: str) -> tuple[str, str]:
    """(length of the text, kind of label)."""
    length = len(text.strip())
    return f"{format_number(length)} de {format_number(MAX_CHARACTERS)}", "Bad" if length > MAX_CHARACTERS else "Quiet"


def list_names(api: ApiClient, user: LoggedInUser) -> list[str]:
    """The user names to choose from; for a worker thread. A seller gets those with whom they have written."""
    names = {message.sender for message in api.messages(Box.IN).items or []}
    names |= {message.recipient for message in api.messages(Box.OUT).items or []}
    if user.role is Role.ADMIN:
        names |= {other.username for other in api.users(AccountState.ACTIVE)}
    elif user.role.includes(Role.MANAGER):
        names |= {seller.username for seller in api.sellers() if seller.active}
    # An erased person's name contains "#".
    return sorted((name for name in names - {user.username} if "#" not in name), key=fold)
