"""Database access: transactions through one writer (group commit), snapshots, SQLite and PostgreSQL."""
