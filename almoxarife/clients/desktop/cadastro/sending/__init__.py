"""Sending the queue, and showing what waits or was rejected."""
