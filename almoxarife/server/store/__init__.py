"""The databases: how a unit of work is written, how it is read, and what SQLite and PostgreSQL do for it."""
