"""Sends, marks and removes messages.

A message is in two boxes, the sender's and the recipient's, and each removes it from their
own. Anybody else gets MessageNotFound, whether it exists or not. The text is stored only in the
row, never in the audit trail or the log.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from almoxarife.server.accounts import service as accounts
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import BadRequest, MessageNotFound
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.messaging.errors import RecipientNotFound
from almoxarife.server.messaging.models import Message
from almoxarife.server.store import idempotency
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.server.store.sessions import mark_changed
from almoxarife.wire.accounts import AccountState
from almoxarife.wire.messages import MessageIn


class Sent(NamedTuple):
    message_id: int
    is_replay: bool


def send(session: Session, message: MessageIn, *, by: Identity, given_key: GivenKey | None = None) -> Sent:
    """Raises RecipientNotFound, and BadRequest for a message to oneself; records ``messaging:row:sent``."""
    known = idempotency.find(session, by.user_id, given_key)
    if known is not None:
        return Sent(known, is_replay=True)
    recipient_id = _find_recipient(session, message.to)
    if recipient_id == by.user_id:
        raise BadRequest("Escolha outra pessoa: este recado seria para você.", field="para")
    row = Message(sender_id=by.user_id, recipient_id=recipient_id, text=message.text, sent_at=datetime.now(UTC))
    session.add(row)
    session.flush()
    idempotency.remember(session, by.user_id, given_key, row.id)
    _record(session, Tag.MESSAGE_SENT, row, by)
    return Sent(row.id, is_replay=False)


def _find_recipient(session: Session, id_or_name: str) -> int:
    """The recipient by id or user name. The id comes first, because a user name may look like another person's id."""
    number = IdKind.USER.find_number(id_or_name)
    recipient = (accounts.find_by_id(session, number) if number else None) or accounts.find_by_name(session, id_or_name)
    if recipient is None or recipient.state != AccountState.ACTIVE:
        raise RecipientNotFound
    return recipient.id


def mark_read(session: Session, message_id: int, *, by: Identity) -> None:
    """The first time is kept. Raises MessageNotFound; records ``messaging:message:read`` once."""
    message = session.get(Message, message_id)
    if message is None or message.recipient_id != by.user_id or message.is_removed_by_recipient:
        raise MessageNotFound
    if message.read_at is None:
        message.read_at = datetime.now(UTC)
        session.flush()
        _record(session, Tag.MESSAGE_READ, message, by)


def remove(session: Session, message_id: int, *, by: Identity) -> None:
    """Remove a message from one's own box. Raises MessageNotFound; records ``messaging:message:removed``."""
    message = session.get(Message, message_id)
    if message is None:
        raise MessageNotFound
    if message.recipient_id == by.user_id and not message.is_removed_by_recipient:
        message.is_removed_by_recipient = True
    elif message.sender_id == by.user_id and not message.is_removed_by_sender:
        message.is_removed_by_sender = True
    else:
        raise MessageNotFound
    if message.is_removed_by_recipient and message.is_removed_by_sender:
        message.text = ""
    session.flush()
    _record(session, Tag.MESSAGE_REMOVED, message, by)


def forget_texts(session: Session, user_id: int) -> None:
    """Delete the texts of all messages from and to an erased person."""
    theirs = or_(Message.sender_id == user_id, Message.recipient_id == user_id)
    session.execute(update(Message).where(theirs).values(text=""))
    mark_changed(session, "messages")


def _record(session: Session, tag: Tag, message: Message, by: Identity) -> None:
    audit.record(session, tag, by=by, subject=IdKind.MESSAGE.to_wire(message.id))
    mark_changed(session, "messages")
