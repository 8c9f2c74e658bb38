"""What was confirmed goes out, and what of it waits or was refused."""
