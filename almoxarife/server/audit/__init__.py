"""Who did what, recorded in the transaction of what it records."""
