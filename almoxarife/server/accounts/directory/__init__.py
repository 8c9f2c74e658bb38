"""People of other programs, who have no account here."""
