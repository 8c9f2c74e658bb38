"""Widgets, theme and form checks that both windows share. Nothing here talks to the server."""
