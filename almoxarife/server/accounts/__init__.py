"""People: registration, login, tokens and rights."""
