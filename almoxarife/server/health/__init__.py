"""The state of the server, and its API document."""
