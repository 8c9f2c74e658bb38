"""The data directory of a shop: its lock, its keys, and the files by which its server is found and stopped."""
