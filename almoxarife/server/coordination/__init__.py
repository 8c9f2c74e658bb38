"""Which node of a cluster takes the writes, as the nodes report it."""
