"""Removes secrets and personal numbers from log entries."""
