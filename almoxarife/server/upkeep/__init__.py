"""Migrations, backups, restoring, triggers, stored totals, and the copy to PostgreSQL."""
