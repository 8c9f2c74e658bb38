"""What the peer written by us keeps, see ``fastapi_shop``."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String(60), unique=True, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("password_hash", LargeBinary, nullable=False),
)
products = Table(
    "products",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("barcode", String(14), unique=True),
    Column("price", BigInteger),
)
balances = Table(
    "balances",
    metadata,
    Column("product_id", ForeignKey("products.id"), primary_key=True),
    Column("quantity", BigInteger, nullable=False),
)
movements = Table(
    "movements",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("product_id", ForeignKey("products.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("effect", BigInteger, nullable=False),
    Column("balance_after", BigInteger, nullable=False),
    Column("recorded_by", ForeignKey("users.id"), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index("ix_movements_product_id_seq", "product_id", "seq"),
    Index("ix_movements_recorded_at", "recorded_at"),
    sqlite_autoincrement=True,
)
audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
    Column("tag", String(60), nullable=False),
    Column("actor_id", ForeignKey("users.id")),
    Column("subject", String(60)),
    Index("ix_audit_entries_actor_id_recorded_at", "actor_id", "recorded_at"),
    sqlite_autoincrement=True,
)
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("row_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)

sales = Table(
    "sales",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("seller_id", ForeignKey("users.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("is_cancelled", Integer, nullable=False),
    # All that a total needs.
    Index("ix_sales_occurred_at", "occurred_at", "is_cancelled", "seller_id", "amount"),
    sqlite_autoincrement=True,
)
sale_items = Table(
    "sale_items",
    metadata,
    Column("sale_seq", ForeignKey("sales.seq"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("product_id", ForeignKey("products.id"), nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("subtotal", BigInteger, nullable=False),
    Column("movement_seq", ForeignKey("movements.seq"), nullable=False),
    sqlite_with_rowid=False,
)
