"""The log of what programs did, for finding faults: best effort, kept for days, and never delaying a sale."""
