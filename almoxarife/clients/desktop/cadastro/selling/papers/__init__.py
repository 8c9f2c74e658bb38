"""What the till puts on paper: receipts, and the closing slip of a day."""
