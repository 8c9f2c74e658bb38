"""People as pages and lists tell of them."""
