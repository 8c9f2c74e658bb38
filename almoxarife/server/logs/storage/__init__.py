"""Where entries are kept: a file of its own, or a schema of its own on PostgreSQL."""
