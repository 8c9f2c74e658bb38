"""The ledger of stock."""
