"""What programs did, for finding out what went wrong: best effort, kept for days, never in a sale's way."""
