"""Standbys that answer whoever only reads."""
