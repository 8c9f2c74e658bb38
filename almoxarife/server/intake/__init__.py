"""The way in through granian: one thread that never waits, bodies as they come, room among the connections."""
