"""The columns of the three lists: ranking, single sales, items of a sale."""

from almoxarife.clients.desktop.kit.virtual_list import Column

_PLACE = Column("lugar", "Lugar", 64, anchor="e")
_NAME = Column("nome", "Nome", 200, stretches=True)
_TOTAL = Column("total", "Total", 132, anchor="e")
_SHARE = Column("parte", "Parte", 80, anchor="e", gives_way=1)
RANKING = (_PLACE, _NAME, _TOTAL, _SHARE, Column("vendas", "Vendas", 84, anchor="e"))
PRODUCTS = (
    _PLACE,
    _NAME,
    _TOTAL,
    _SHARE,
    Column("quantidade", "Quantidade", 116, anchor="e"),
    Column("vendas", "Vendas", 84, anchor="e", gives_way=2),
)
"""A ranking of products."""
SALES = (
    Column("quando", "Quando", 156),
    Column("loja", "Loja", 110, gives_way=2),
    Column("vendedor", "Vendedor", 130, gives_way=3),
    Column("itens", "O que", 180, stretches=True),
    Column("valor", "Valor", 112, anchor="e"),
    Column("estado", "Situação", 118, gives_way=1),
)
ITEMS = (
    Column("produto", "Produto", 220, stretches=True),
    Column("quantidade", "Quantidade", 110, anchor="e"),
    Column("preco", "Preço", 112, anchor="e", gives_way=1),
    Column("desconto", "Desconto", 112, anchor="e", gives_way=2),
    Column("valor", "Valor", 112, anchor="e"),
)
