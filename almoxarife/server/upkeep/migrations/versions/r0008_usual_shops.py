"""The shop that is meant where somebody who sees all of them names none.

Older clients never name one. Whoever administers by now goes on in the first of the shops
that were theirs, or in the first of all.
"""

import sqlalchemy as sa
from alembic import op

from almoxarife.server.store.columns import WholeNumber
from almoxarife.server.upkeep.migrations import dialects

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt and the triggers stay.
    shop = sa.Column("usual_shop_id", WholeNumber, nullable=True)
    if dialects.is_server():
        op.add_column("users", shop)
        op.create_foreign_key("fk_users_usual_shop_id_shops", "users", "shops", ["usual_shop_id"], ["id"])
    else:
        op.execute(
            "ALTER TABLE users ADD COLUMN usual_shop_id INTEGER"
            " CONSTRAINT fk_users_usual_shop_id_shops REFERENCES shops (id)"
        )
    op.execute(
        "UPDATE users SET usual_shop_id = coalesce("
        "(SELECT min(shop_id) FROM user_shops WHERE user_shops.user_id = users.id), (SELECT min(id) FROM shops))"
        " WHERE role = 'administrador'"
    )
