"""Whole lists of products, with the stock that a shop begins with."""
