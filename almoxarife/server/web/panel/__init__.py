"""The pages of the panel, each for the roles that may see it."""
