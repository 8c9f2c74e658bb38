"""Imports whole lists of products with their opening stock, and undoes imports."""
