"""What other programs send and read: entries of the log, and their list of people."""
