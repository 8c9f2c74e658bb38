"""*Unidades*: the units of products."""
