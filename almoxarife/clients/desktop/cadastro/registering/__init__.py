"""The workbench: the product list and the forms for movements and products."""
