"""The outbox: what a person confirmed waits on disk until the server has answered."""
