"""Reads messages, in wire form (``wire.messages.Message``)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife.server.ids import IdKind
from almoxarife.server.store.columns import micros_to_iso
from almoxarife.server.store.sessions import raw, read_pages
from almoxarife.wire.messages import Box

_SELECT = (
    "SELECT m.id, s.id, s.username, s.full_name, r.id, r.username, r.full_name, m.text, m.sent_at, m.read_at"
    " FROM messages m JOIN users s ON s.id = m.sender_id JOIN users r ON r.id = m.recipient_id"
)
_MINE = {
    Box.IN: "m.recipient_id = ? AND NOT m.is_removed_by_recipient",
    Box.OUT: "m.sender_id = ? AND NOT m.is_removed_by_sender",
}


class OneBox(NamedTuple):
    """Which messages to list: of one person's box, all or the unread ones."""

    user_id: int
    box: Box
    unread: bool = False


def list_messages(session: Session, box: OneBox, *, after: int, limit: int) -> list[dict[str, object]]:
    """Oldest first."""
    unread = " AND m.read_at IS NULL" if box.unread else ""
    sql = f"{_SELECT} WHERE {_MINE[box.box]}{unread} AND m.id > ? ORDER BY m.id LIMIT ?"
    return [_message(row) for row in raw(session).execute(sql, (box.user_id, after, limit))]


def pages(
    read: Callable[[], AbstractContextManager[Session]], size: int, box: OneBox
) -> Iterator[list[dict[str, object]]]:
    """Pages of the box up to the newest message at the start."""

    def after(session: Session, number: int) -> list[dict[str, object]]:
        return list_messages(session, box, after=number, limit=size)

    def newest(session: Session) -> int:
        return int(raw(session).execute("SELECT coalesce(max(id), 0) FROM messages")[0][0])

    return read_pages(read, after, number_of, size=size, newest=newest)


def number_of(message: dict[str, object]) -> int:
    return IdKind.MESSAGE.find_number(str(message["id"])) or 0


def show_message(session: Session, message_id: int) -> dict[str, object]:
    """One message, which must exist."""
    (row,) = raw(session).execute(f"{_SELECT} WHERE m.id = ?", (message_id,))
    return _message(row)


def count_unread(session: Session, user_id: int) -> dict[str, object]:
    """As ``wire.messages.UnreadMessages``."""
    mine = f"SELECT %s FROM messages m WHERE {_MINE[Box.IN]}"
    ((unread, newest),) = raw(session).execute(
        f"SELECT ({mine % 'count(*)'} AND m.read_at IS NULL), ({mine % 'max(m.id)'})", (user_id, user_id)
    )
    return {"nao_lidas": unread, "ultima": None if newest is None else IdKind.MESSAGE.to_wire(newest)}


def _message(row: tuple[Any, ...]) -> dict[str, object]:
    number, sender_id, sender, sender_name, recipient_id, recipient, recipient_name, text, sent_at, read_at = row
    return {
        "id": IdKind.MESSAGE.to_wire(number),
        "de": sender,
        "de_id": IdKind.USER.to_wire(sender_id),
        "de_nome": sender_name,
        "para": recipient,
        "para_id": IdKind.USER.to_wire(recipient_id),
        "para_nome": recipient_name,
        "texto": text,
        "enviada_em": micros_to_iso(sent_at),
        "lida_em": None if read_at is None else micros_to_iso(read_at),
    }
