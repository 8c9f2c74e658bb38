"""*Recados*: messages between people."""
