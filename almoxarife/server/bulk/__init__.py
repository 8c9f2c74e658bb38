"""People made by the hundred by another program or from a list, and what became of each."""
