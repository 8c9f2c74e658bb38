"""Audit entries are appended, never changed or removed: triggers refuse both, and a chain shows it (``hashing.py``).

They hold ids, never names or what people typed, so that a person can be erased without
touching the trail. The address alone is personal: it can be forgotten, once, when the
person is erased.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime, partial_index
from almoxarife.server.store.sessions import Base


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor_id_recorded_at", "actor_id", "recorded_at"),
        # For a person's day; the many entries about movements stay out.
        partial_index("ix_audit_entries_subject_recorded_at", "subject", "recorded_at", where="subject LIKE 'u%'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Given by the chain: 1, 2, 3, … without a gap."""
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tag: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str | None] = mapped_column(String(60))
    cause: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))
    address_salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    address_seal: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    """What the chain holds of the address: nothing of it can be learnt once address and salt are gone."""
    request_id: Mapped[str | None] = mapped_column(String(36))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    row_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the row that the entry speaks of, as it was when it was recorded (``hashing.py``)."""


class AuditTally(Base):
    """One row beside the trail: an end that is cut off leaves this behind."""

    __tablename__ = "audit_tally"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    entries: Mapped[int]
    """How many were ever appended."""
    seal: Mapped[int | None]
    """The entry that covers what was there before; 0 where nothing was, None where that is still to be done."""


class SettingInForce(Base):
    """A setting as the trail last told of it; one that never was anything but its default has no row."""

    __tablename__ = "settings_in_force"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
