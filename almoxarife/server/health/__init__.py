"""What the server says of itself: whether it works, and what it offers."""
