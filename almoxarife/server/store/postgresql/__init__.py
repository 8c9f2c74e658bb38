"""Parts of the PostgreSQL store: pipelined statements, claims, the replica, and the side connection."""
