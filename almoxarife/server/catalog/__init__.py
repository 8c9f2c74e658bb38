"""Products and their balances."""
