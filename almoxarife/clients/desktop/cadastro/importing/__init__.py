"""A whole list of products from a spreadsheet."""
