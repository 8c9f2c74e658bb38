"""Shops: where stock is kept and who may see it."""
