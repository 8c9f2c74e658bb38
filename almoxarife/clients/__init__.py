"""The programs people use. They know the wire and nothing of the server behind it."""
