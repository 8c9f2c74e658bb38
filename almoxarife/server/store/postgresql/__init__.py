"""PostgreSQL beside its connections: statements that travel together, and what several processes on one share."""
