"""What went through the gateway, as its nginx tells it."""
