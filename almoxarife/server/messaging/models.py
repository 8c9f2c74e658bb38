"""The table of messages."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base
from almoxarife.wire.messages import MAX_CHARACTERS


class Message(Base):
    """Rows are never deleted: an idempotency key may be sent again. The text is, once neither person keeps it."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_recipient_id_id", "recipient_id", "id"),
        Index("ix_messages_sender_id_id", "sender_id", "id"),
        Index("ix_messages_recipient_id_read_at", "recipient_id", "read_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recipient_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str] = mapped_column(String(MAX_CHARACTERS))
    """Empty once both have removed it, or one of them was erased."""
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_removed_by_sender: Mapped[bool] = mapped_column(default=False)
    is_removed_by_recipient: Mapped[bool] = mapped_column(default=False)
