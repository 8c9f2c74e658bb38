"""*Vendas*: totals, rankings and single sales."""
