"""The stores of log entries: a SQLite file, or a schema on PostgreSQL."""
