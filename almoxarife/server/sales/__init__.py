"""Sales, their cancellations and their totals."""
