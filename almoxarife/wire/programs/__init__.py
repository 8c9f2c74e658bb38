"""The wire of other programs: log entries, lists of people, and their directory."""
