"""A barcode is one number in 8, 12, 13 or 14 places, and an accent makes another name.

``name_folded``, which is unique, leaves out case alone from now on; search has a column of its
own. Of products that share a code the one that is in use, or the older one, gets its ``gtin``:
the others keep what they show, and people are asked. Zeros alone were never a code.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

PAGE = 5000


def upgrade() -> None:
    # Added, not in batch mode: nothing is rebuilt.
    op.add_column("products", sa.Column("name_searched", sa.String(length=600), server_default="", nullable=False))
    op.add_column("products", sa.Column("gtin", sa.String(length=14), nullable=True))
    op.execute("UPDATE products SET barcode = NULL WHERE replace(barcode, '0', '') = ''")
    # It was the name without accents, which is what a search wants.
    op.execute("UPDATE products SET name_searched = name_folded")
    _tell_apart()
    op.create_index("uq_products_gtin", "products", ["gtin"], unique=True)


def _tell_apart() -> None:
    database = op.get_bind()
    update = sa.text("UPDATE products SET name_folded = :folded, gtin = :gtin WHERE id = :id")
    products = database.execute(sa.text("SELECT id, name, barcode FROM products ORDER BY is_active DESC, id")).all()
    taken: set[str] = set()
    for start in range(0, len(products), PAGE):
        rows = []
        for number, name, barcode in products[start : start + PAGE]:
            gtin = None if barcode is None or barcode.zfill(14) in taken else barcode.zfill(14)
            if gtin is not None:
                taken.add(gtin)
            rows.append({"id": number, "folded": unicodedata.normalize("NFC", name.casefold()), "gtin": gtin})
        database.execute(update, rows)
