"""The server process, its commands, its log and its updates."""
