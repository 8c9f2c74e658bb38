"""Audit entries are appended, never changed or removed: triggers refuse it, and a hash chain shows it (``hashing.py``).

They hold ids, never names or what people typed, so that a person can be erased without
touching the trail. Only the address is personal: it is deleted when the person is erased.
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
    """1, 2, 3, … without a gap, given by the chain."""
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tag: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str | None] = mapped_column(String(60))
    cause: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))
    address_salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    address_seal: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    """The salted hash of the address, which is what the chain covers; it tells nothing once the salt is deleted."""
    request_id: Mapped[str | None] = mapped_column(String(36))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    row_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the row that the entry is about, as that transaction left it (``hashing.py``)."""


class AuditTally(Base):
    """One row, which counts the entries: an end of the trail that is cut off shows here."""

    __tablename__ = "audit_tally"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Always 1."""
    entries: Mapped[int]
    """How many there are."""
    seal: Mapped[int | None]
    """The entry that sealed the database (``sealing.py``); 0 where there was nothing to seal, None where it is due."""


class SettingInForce(Base):
    """The value of a setting that the trail last recorded; a setting that always had its default has no row."""

    __tablename__ = "settings_in_force"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
