"""Saved views (named queries) of the log."""
