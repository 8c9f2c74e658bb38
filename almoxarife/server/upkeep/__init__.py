"""What keeps the data: the schema's history, copies and the way back from one, the move to PostgreSQL."""
