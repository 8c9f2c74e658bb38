"""The server's routes for a program: one typed method each, one exception."""
