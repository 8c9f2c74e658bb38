"""Written imports, and what each has done to every product: enough to undo it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from almoxarife.server.store.columns import UtcDateTime
from almoxarife.server.store.sessions import Base


class ProductImport(Base):
    """An import with the report that it was answered with, for repeated requests."""

    __tablename__ = "product_imports"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    imported_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    report: Mapped[bytes] = mapped_column(LargeBinary)
    """The JSON of the response, deflated; empty until all rows are written."""
    shop_id: Mapped[int | None] = mapped_column(ForeignKey("shops.id"))
    """The shop of its quantities, if it had any."""
    can_be_undone: Mapped[bool] = mapped_column(server_default=false())
    """False for imports of older versions, and for those that are being taken back."""
    ledger_seq: Mapped[int | None]
    """The last movement before it. Later movements of its products, except its own, are other people's work."""
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ImportLine(Base):
    """A product that an import has created or changed, or whose balance it has set."""

    __tablename__ = "import_lines"
    __table_args__ = (Index("ix_import_lines_product_id", "product_id"), {"sqlite_with_rowid": False})

    import_id: Mapped[int] = mapped_column(ForeignKey("product_imports.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int]
    """The version of the product right after the import."""
    before: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The product before the import, as JSON; None for a new one."""
    movement_seq: Mapped[int | None]
