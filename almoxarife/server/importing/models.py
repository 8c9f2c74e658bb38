"""Imports that were written, and what each has made of every product: enough to undo it as one."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class ProductImport(Base):
    """An import that was written, with the report it was answered with: a repeated request gets it again."""

    __tablename__ = "product_imports"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    imported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    report: Mapped[bytes] = mapped_column(LargeBinary)
    """The answer's JSON, deflated; empty until all rows are written."""
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shops.id"))
    """Where its quantities are, if it had any."""
    can_be_undone: Mapped[bool] = mapped_column(server_default=false())
    """Those from before kept nothing to undo them by; one that did not come to its end is being taken back already."""
    ledger_seq: Mapped[int | None]
    """The last movement before it: of a product without a movement of its own, what comes later is somebody's work."""
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ImportLine(Base):
    """A product that an import has made or changed, or whose balance it has set."""

    __tablename__ = "import_lines"
    __table_args__ = (Index("ix_import_lines_product_id", "product_id"), {"sqlite_with_rowid": False})

    import_id: Mapped[int] = mapped_column(ForeignKey("product_imports.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int]
    """Of the product right after it."""
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What the product was, as JSON; None of one that the import has made."""
    movement_seq: Mapped[int | None]
