"""What the till prints: receipts, and the closing slip of a day, as PDF."""
