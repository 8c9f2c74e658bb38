"""What several processes on one PostgreSQL share: who is there, names that one has alone, a standby to read from."""
