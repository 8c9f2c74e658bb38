"""The wire names of a product's fields that a list may have, and the status, which is in lists alone."""

NAME, UNIT, BARCODE, MINIMUM, PRICE = "nome", "unidade", "codigo_barras", "estoque_minimo", "preco"
STOCK, COST, SKU, BOX, PER_BOX = "saldo_inicial", "custo", "sku", "codigo_caixa", "por_caixa"
STATUS = "situacao"
