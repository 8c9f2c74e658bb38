"""The table of saved views of the log."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class SavedView(Base):
    __tablename__ = "log_views"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    name_folded: Mapped[str] = mapped_column(String(180), unique=True)
    query: Mapped[str] = mapped_column(String(2000))
    """The query string of the page's address."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
