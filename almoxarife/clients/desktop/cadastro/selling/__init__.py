"""The till: a sale while it is being made, kept through a crash, closed by keys alone; the day's slip and receipts."""
