"""The list of *Importar produtos*: how the file begins, or what was refused or left out of it and why."""

from almoxarife.clients.desktop.cadastro.importing import rows
from almoxarife.clients.desktop.kit.virtual_list import Column, Row
from almoxarife.tables.cells import TableRow

COLUMNS = (
    Column("linha", "Linha", 56, anchor="e"),
    Column("nome", "Produto", 190),
    Column("unidade", "Un.", 56, gives_way=1),
    Column("codigo_barras", "Barras", 140, gives_way=3),
    Column("estoque_minimo", "Mínimo", 74, anchor="e", gives_way=2),
    Column("preco", "Preço", 84, anchor="e", gives_way=4),
    Column("resultado", "Resultado", 320, stretches=True),
)


def as_listed(row: TableRow, columns: rows.Columns, reason: str) -> Row:
    cells = (str(row.line), *rows.cells_of(row, columns), reason)
    return Row(str(row.line), cells, ("refused",) if reason else ())
