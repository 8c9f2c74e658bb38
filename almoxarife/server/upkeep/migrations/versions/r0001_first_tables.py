"""The first tables: shops, people, products, the ledger and its balances, the audit trail.

Movements and audit entries are only ever added; the triggers see to it whoever writes.
They end the statement and nothing more: a rollback would take along the units of
other people that share the transaction. An audited address may be forgotten, with its
salt: the chain tells whether the person was erased.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import Centavos, TenThousandths, UtcDateTime, WholeNumber, to_micros
from almoxarife.server.upkeep.migrations import dialects

revision = "0001"
down_revision = None


def upgrade() -> None:
    dialects.begin()
    _create_people()
    _create_stock()
    _create_trail()
    dialects.follow_given_ids("users")
    for table in ("movements", "audit_entries"):
        dialects.refuse("delete", table)
        dialects.refuse_truncate(table)
    dialects.refuse("update", "movements")
    recorded = "id, recorded_at, tag, outcome, actor_id, subject, cause, address_seal, request_id, hash"
    dialects.refuse("update", "audit_entries", of=recorded)
    forgetting = "NEW.address IS NULL AND NEW.address_salt IS NULL"
    dialects.refuse("update", "audit_entries", of="address, address_salt", unless=forgetting)
    op.execute(
        sa.text(
            "INSERT INTO shops (name, name_folded, policy, created_at) VALUES ('Matriz', 'matriz', 'bloquear', :now)"
        ).bindparams(now=to_micros(datetime.now(UTC)))
    )


def _create_people() -> None:
    op.create_table(
        "shops",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_folded", sa.String(length=400), nullable=False),
        sa.Column("policy", sa.String(length=10), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shops"),
        sa.UniqueConstraint("name_folded", name="uq_shops_name_folded"),
    )
    op.create_table(
        "users",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("username_folded", sa.String(length=180), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("is_password_weak", sa.Boolean(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("generation", WholeNumber, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_login_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("username_folded", name="uq_users_username_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "user_shops",
        sa.Column("user_id", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_user_shops_shop_id_shops"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_shops_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "shop_id", name="pk_user_shops"),
    )
    op.create_table(
        "login_sessions",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("user_id", WholeNumber, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_login_sessions_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_login_sessions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_login_sessions_user_id", "login_sessions", ["user_id"], unique=False)
    op.create_table(
        "login_failures",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("name_hash", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_address", "login_failures", ["address"], unique=False)
    op.create_index("ix_login_failures_failed_at", "login_failures", ["failed_at"], unique=False)
    op.create_index("ix_login_failures_name_hash_address", "login_failures", ["name_hash", "address"], unique=False)


def _create_stock() -> None:
    op.create_table(
        "products",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_folded", sa.String(length=600), nullable=False),
        sa.Column("unit", sa.String(length=6), nullable=False),
        sa.Column("barcode", sa.String(length=14), nullable=True),
        sa.Column("minimum_stock", TenThousandths(), nullable=True),
        sa.Column("price", Centavos(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", WholeNumber, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name="fk_products_created_by_users"),
        *dialects.whole_numbers("ck_products_whole_numbers", "price", "minimum_stock"),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("barcode", name="uq_products_barcode"),
        sa.UniqueConstraint("name_folded", name="uq_products_name_folded"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "product_imports",
        sa.Column("id", WholeNumber, nullable=False),
        sa.Column("imported_by", WholeNumber, nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["imported_by"], ["users.id"], name="fk_product_imports_imported_by_users"),
        sa.PrimaryKeyConstraint("id", name="pk_product_imports"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "balances",
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("product_id", WholeNumber, nullable=False),
        sa.Column("quantity", TenThousandths(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_balances_product_id_products"),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_balances_shop_id_shops"),
        *dialects.whole_numbers("ck_balances_whole_numbers", "quantity"),
        sa.PrimaryKeyConstraint("shop_id", "product_id", name="pk_balances"),
    )
    op.create_index("ix_balances_product_id", "balances", ["product_id"], unique=False)
    op.create_table(
        "movements",
        sa.Column("seq", WholeNumber, nullable=False),
        sa.Column("shop_id", WholeNumber, nullable=False),
        sa.Column("product_id", WholeNumber, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("quantity", TenThousandths(), nullable=False),
        sa.Column("effect", TenThousandths(), nullable=False),
        sa.Column("balance_after", TenThousandths(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("document", sa.String(length=120), nullable=True),
        sa.Column("supplier", sa.String(length=120), nullable=True),
        sa.Column("recorded_by", WholeNumber, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("is_clock_corrected", sa.Boolean(), nullable=False),
        sa.Column("is_below_zero", sa.Boolean(), nullable=False),
        sa.Column("reverses", WholeNumber, nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_movements_product_id_products"),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name="fk_movements_recorded_by_users"),
        sa.ForeignKeyConstraint(["reverses"], ["movements.seq"], name="fk_movements_reverses_movements"),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name="fk_movements_shop_id_shops"),
        *dialects.whole_numbers("ck_movements_whole_numbers", "quantity", "effect", "balance_after"),
        *dialects.whole_numbers("ck_movements_whole_moments", "recorded_at", "occurred_at"),
        sa.PrimaryKeyConstraint("seq", name="pk_movements"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_movements_reverses",
        "movements",
        ["reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_index("ix_movements_product_id_seq", "movements", ["product_id", "seq"], unique=False)
    op.create_index("ix_movements_recorded_at", "movements", ["recorded_at"], unique=False)


def _create_trail() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", WholeNumber, autoincrement=False, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("actor_id", WholeNumber, nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=True),
        sa.Column("cause", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("address_salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("address_seal", sa.LargeBinary(length=16), nullable=True),
        sa.Column("request_id", sa.String(length=36), nullable=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_audit_entries_actor_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_actor_id_recorded_at", "audit_entries", ["actor_id", "recorded_at"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", WholeNumber, nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("row_id", WholeNumber, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_idempotency_keys_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_idempotency_keys"),
        sqlite_with_rowid=False,
    )
