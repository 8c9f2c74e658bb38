"""What was sold: the ledger of sales, and what it adds up to."""
