"""*Movimentações*: who moved what, when and where."""
