"""*Vendas*: what was sold, where and by whom, for gerentes."""
