"""Importing a list of products from a spreadsheet."""
