"""People as other programs keep them, apart from who logs in."""
