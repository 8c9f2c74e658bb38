"""Views of the log that somebody has given a name."""
