"""Secrets stay out of the log."""
