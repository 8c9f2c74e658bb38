"""Selling by text: one conversation, over TCP or on a local screen."""
