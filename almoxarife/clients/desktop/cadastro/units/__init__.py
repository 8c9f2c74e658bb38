"""How products are counted."""
