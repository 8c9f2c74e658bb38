"""The two Tk programs. Only ``theme`` and ``widgets`` know which widget kit is in use."""
