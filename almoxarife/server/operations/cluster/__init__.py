"""Three machines that keep one PostgreSQL: their configuration, the way back, and all of it on one machine."""
