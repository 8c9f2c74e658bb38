"""Units are rows: an administrador adds others to those that every shop has."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_WHOLE = {
    "UN": "unidade", "CX": "caixa", "PC": "peça", "PCT": "pacote", "PAR": "par", "DZ": "dúzia", "FD": "fardo",
    "SC": "saco", "RL": "rolo", "KIT": "kit", "JG": "jogo", "MIL": "milheiro",
}  # fmt: skip
_MEASURED = {
    "KG": "quilograma", "G": "grama", "L": "litro", "ML": "mililitro", "GL": "galão", "M": "metro",
    "CM": "centímetro", "M2": "metro quadrado", "M3": "metro cúbico",
}  # fmt: skip


def upgrade() -> None:
    units = op.create_table(
        "units",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("takes_decimals", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_units"),
    )
    rows = [(code, name, False) for code, name in _WHOLE.items()]
    rows += [(code, name, True) for code, name in _MEASURED.items()]
    op.bulk_insert(units, [dict(zip(("code", "name", "takes_decimals"), row, strict=True)) for row in rows])
