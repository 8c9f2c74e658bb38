"""Shops and chains of shops."""
