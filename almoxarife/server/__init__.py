"""The server: one Flask application over one ledger."""
