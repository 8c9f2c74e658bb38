"""Audit entries are appended, never changed or removed (a trigger refuses both).

They hold ids, never names or what people typed, so that a person can be erased later
without touching the trail.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.database import Base, UtcDateTime


class AuditEntry(Base):
    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_actor_id_recorded_at", "actor_id", "recorded_at"),
        # For a person's day; the many entries about movements stay out.
        Index(
            "ix_audit_entries_subject_recorded_at",
            "subject",
            "recorded_at",
            sqlite_where=text("subject LIKE 'u%'"),
            postgresql_where=text("subject LIKE 'u%'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tag: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str | None] = mapped_column(String(60))
    cause: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(36))
