"""The names of the columns in lists of products.

They are those that shops write by hand, and those in the exports of Bling, Tiny and Olist, Omie, InvenTree,
WooCommerce, Dolibarr, Tryton, Odoo, PrestaShop, Square, Shopify, Nuvemshop, Loyverse and Nex.
"""

from almoxarife.tables.vocabulary.fields import (
    BARCODE,
    BOX,
    COST,
    MINIMUM,
    NAME,
    PER_BOX,
    PRICE,
    SKU,
    STATUS,
    STOCK,
    UNIT,
)

MONEY = "r$"

Headings = dict[str, tuple[tuple[str, ...], ...]]

KINDS_OF_PRODUCT = (
    "material",
    "peca",
    "medicamento",
    "livro",
    "prato",
    "insumo",
    "ingrediente",
    "remedio",
    "ferramenta",
)

PRODUCT: Headings = {
    BARCODE: (
        (
            "codigo de barras", "cod de barras", "cod barras", "codigo barras", "barras", "ean", "gtin", "gtin/ean",
            "ean/gtin", "ean13", "ean 13", "gtin 13", "codigo ean", "codigo gtin", "codigo ean/gtin",
            "codigo gtin/ean",
            "cean", "barcode", "upc", "gtin upc ean or isbn", "gtin upc ean ou isbn", "upc/ean",
            "upc/ean/gtin", "codigo de barras/ean", "codigo de barras gtin", "cod barra", "codigo de barra",
            "codigo barra",
            "codigo ean 13", "codigo ean13", "cod ean", "ean/upc", "codigo universal de produto", "codigo universal",
            "codigo de barras do produto", "barcodes", "bar code", "codbarras", "codbar", "codigobarras",
            "variant barcode", "ean tributavel", "cod bar", "c barras", "isbn 13", "isbn13", "ean/isbn", "isbn/ean",
            "codigo de barras da variante", "codigo do produto universal", "ean/nfe", "b1 codbar",
            "upc code", "ean code", "gtin code", "barcode number", "ean number", "product barcode",
        ),
        ("identificadores/codigo", "identifiers/code"),
    ),
    MINIMUM: (
        (
            "estoque minimo", "minimo", "est minimo", "est min", "estoque min", "qtd minima", "quantidade minima",
            "qtde minima", "ponto de pedido", "minimum stock", "low stock amount", "limite de estoque baixo",
            "quantidade em estoque baixo", "stock alert count", "reorder level", "reorder point", "min stock",
            "estoque de seguranca", "alerta de estoque", "aviso de estoque baixo",
            "quantidade baixa de estoque", "quantidade baixa em estoque", "limite de estoque para alerta",
            "stock limit for alert", "estoque baixo", "low stock", "b1 emin", "stock minimo", "existencia minima",
            "min stock level", "minimum stock level", "low stock threshold", "safety stock",
        ),
    ),
    PRICE: (
        ("preco de venda", "preco venda", "valor de venda", "valor venda", "vlr venda", "preco varejo",
         "preco unitario de venda", "vl venda", "p venda", "pr venda", "preco de venda varejo",
         "valor de venda varejo",
         "preco de venda unitario", "preco a vista", "preco final", "preco de venda final", "preco ao consumidor",
         "vuncom", "preco venda varejo", "selling price", "sell price", "retail price", "variant price",
         "preco p/ venda",
         "preco de venda a vista", "preco vista", "venda", "sales price", "v venda", "valor preco venda",
         "preco novo", "preco da variante", "val venda", "valor unitario de venda", "preco unit de venda",
         "prvenda", "vlvenda", "vrvenda", "preco loja", "preco balcao", "preco venda loja", "preco venda balcao",
         "b1 prv1", "preco por", "nosso preco", "meu preco", "preco praticado", "unit selling price"),
        ("preco", "vlr unitario", "vl unitario", "vlr", "precos", "preco unit", "unit price", "valor unitario",
         "preco unitario", "valor", "price", "regular price", "preco normal", "vlr unit", "preco de tabela",
         "list price", "preco1", "pvp", "p v p", "pr unit", "pr unitario", "p unit", "p unitario", "v unit", "val unit",
         "v unitario", "valor preco", "preco de capa"),
        ("preco por unidade", "preco unidade", "preco p/ un", "preco/un", "valor por unidade", "valor unidade",
         "valor p/ un", "valor/un", "preco por kg", "preco kg", "preco/kg", "preco p/ kg"),
        ("pricing min", "default price", "sale price", "a vista", "varejo", "preco publico", "preco consumidor",
         "preco cliente", "preco p/ cliente", "marketplace price", "preco sugerido", "preco dinheiro",
         "msrp", "rrp", "price per unit",
         "preco a dinheiro", "preco pix", "por", "pv", "preco produto", "preco item", "pmc", MONEY,
         *(f"pmc {rate}%" for rate in range(24))),
    ),
    UNIT: (
        ("unidade", "un", "und", "unid", "um", "ucom", "b1 um", "un medida", "unid medida", "sigla", "un venda",
         "unidade comercial", "unidade de venda", "units", "unit"),
        ("unidade de medida", "medida", "sigla unidade", "unit of measure", "units of measure",
         "unidade de medida padrao", "default uom", "uom", "u m", "u/m", "un com", "tipo unidade"),
        ("unidades",),
    ),
    NAME: (
        ("nome", "nome do produto", "name", "item name", "product name", "part name", "nome da mercadoria",
         "nome do item"),
        ("produto", "mercadoria", "product", "produtos", "prato"),
        ("etiqueta", "label", "rotulo", "designacao"),
        (
            "descricao", "descricao do produto", "titulo", "xprod",
            "desc prod", "desc produto", "descr produto", "descricao da mercadoria",
            "descricao do item", "nome completo", "denominacao", "artigo", "nm produto",
            "ds produto", "nome da variacao", "produto/servico", "descricao produto/servico",
            "descricao do produto/servico",
            "nome do produto/servico", "product title", "descricao do material", "nome do material",
            "descricao da peca", "nome da peca", "nome/descricao", "nome comercial", "produto descricao",
            "nome descricao", "descricao do artigo", "nome do artigo", "nome do anuncio", "titulo do anuncio",
            "titulo do produto", "descricao do bem",
            "descricao dos produtos", "descricao dos produtos/servicos", "descricao produtos/servicos", "b1 desc",
            "descricao do medicamento", "nome do medicamento", "nome do prato",
        ),
        ("item", "title", "descricao completa", "description", "descricao curta", "nome do registro",
         "descricao resumida", "descricao reduzida", "desc resumida", "desc reduzida", "descricao pdv",
         "descricao nf", "descricao fiscal", *KINDS_OF_PRODUCT,
         "record name", "nome exibido", "display name"),
        ("item description",),
    ),
}  # fmt: skip
"""Headings of a product's fields, most specific first, both fields and words. The first match takes the heading."""

FURTHER: Headings = {
    BOX: (
        (
            "codigo da caixa", "codigo de barras da caixa", "cod barras caixa", "ean da caixa", "ean caixa",
            "gtin da caixa", "gtin caixa", "gtin/ean da embalagem", "ean da embalagem", "gtin da embalagem",
            "codigo da embalagem", "codigo de barras da embalagem", "dun", "dun14", "dun 14",
        ),
    ),
    PER_BOX: (
        (
            "unidades por caixa", "unidade por caixa", "quantidade por caixa", "qtd por caixa", "qtde por caixa",
            "itens por caixa", "pecas por caixa", "unidades por embalagem", "quantidade por embalagem",
            "qtd embalagem", "itens p/ caixa", "qtd p/ caixa", "unidades p/ caixa",
            "qtde embalagem", "fator", "fator de conversao",
        ),
    ),
    COST: (
        (
            "preco de custo", "preco custo", "custo", "valor de custo", "valor custo", "vlr custo", "custo unitario",
            "preco de compra", "preco compra", "valor de compra", "cost", "unit cost", "cost price",
            "default unit cost", "purchase price", "cost per item", "custo unit",
            "pr custo", "pr compra",
            "p compra", "val custo", "val compra", "valor unitario de custo", "preco unit de custo",
            "preco unitario de custo", "preco unit de compra", "preco unitario de compra", "valor unitario de compra",
            "vl ult compra", "vlr ult compra", "ult compra r$",
            "p custo", "prcusto", "vlcusto", "vrcusto", "custo compra", "vuncompra", "c unit", "c unitario", "custo un",
            "custo por unidade", "unit cost price", "cost per unit", "cost unit",
        ),
        ("custo medio", "ultimo custo", "custo reposicao", "custo atual", "wholesale price", "custo de aquisicao",
         "valor de aquisicao", "custo liquido", "cmc", "cmc unitario", "compra"),
    ),
    STOCK: (
        (
            "estoque", "estoque atual", "saldo", "saldo atual", "saldo em estoque", "saldo estoque", "est atual",
            "quantidade em estoque", "qtd em estoque", "qtde em estoque", "qtd estoque",
            "qtde estoque", "quantidade estoque", "estoque disponivel", "stock", "stock quantity", "current quantity",
            "total stock", "qcom", "qtd atual", "qtde atual", "est", "saldo de estoque",
            "estoque fisico", "on hand", "stock on hand", "qty on hand", "variant inventory qty", "contagem",
            "quantidade contada", "quantidade em maos", "quantity on hand",
            "estoque un", "saldo fisico", "quantidade atual", "qtd disponivel", "estoque loja",
            "saldo disponivel", "estoque total", "saldo atual em estoque", "qtd saldo", "qtd fisica", "est disp",
            "estoque quantidade", "estoque da variante", "inventory quantity", "unidades em estoque",
            "total em estoque", "estoque do item", "estoque do produto", "existencia", "existencias",
            "saldo qtd", "stock level", "stock qty", "qty in stock", "quantity in stock",
            "available quantity", "available stock", "quantity available",
            "inventory level", "units in stock", "current stock", "stock actual", "existencia actual",
        ),
        ("estoque inicial", "saldo inicial"),
        ("quantidade", "qtd", "qtde", "quant", "quantity", "qty", "disponivel", "in stock", "inventario",
         "quantia", "quantidade total", "unidades"),
    ),
    SKU: (
        ("sku", "codigo sku", "codigo interno", "cod interno", "codigo do produto", "codigo produto", "cod produto",
         "ipn", "variant sku", "sku da variante", "codigo reduzido", "codigo da mercadoria"),
        ("codigo", "cod", "codigo do item", "plu", "seller sku", "sku de referencia", "b1 cod",
         "codigo pdv", "code", "referencia", "ref", "referencia interna",
         "internal reference", "isbn"),
    ),
}  # fmt: skip
"""Headings of the stock and of further codes, most specific field first."""

SOLD: Headings = {
    STATUS: (
        ("situacao", "status", "ativo", "active", "ativa", "ativo/inativo", "produto ativo", "is active",
         "situacao do produto", "status do produto", "situacao cadastral", "ativo?", "active?", "fl ativo",
         "flg ativo"),
        ("habilitado", "enabled", "em linha", "vende se", "for sale", "publicado", "published"),
    ),
}  # fmt: skip
NOT_SOLD: Headings = {
    STATUS: (
        ("inativo", "inativa", "inactive", "desativado", "desabilitado", "bloqueado", "excluido", "arquivado",
         "archived", "inativo?", "fora de linha?", "descontinuado", "discontinued", "fora de linha",
         "suspenso", "disabled", "deleted", "fl inativo", "flg inativo", "b1 msblql",
         "bloqueado p/ venda", "bloqueado para venda", "bloqueado venda", "inativo p/ venda"),
    ),
}  # fmt: skip
"""Headings of the status. Cells contain these words too, so they do not identify the row of headings."""

OTHERS = frozenset({
    "id", "codigo", "cod", "sku", "referencia", "ref", "ncm", "cest", "cfop", "origem", "marca", "categoria", "grupo",
    "subgrupo", "fornecedor", "estoque", "saldo", "quantidade", "qtd", "qtde", "custo", "obs", "observacao",
    "observacoes", "situacao", "ativo", "tipo", "localizacao", "peso", "type", "category", "stock", "ipn", "token",
    "preco de custo", "preco custo", "estoque atual", "estoque maximo", "peso liquido", "peso bruto", "in stock",
})  # fmt: skip
"""Headings that the import does not use, but that identify a row of headings."""
