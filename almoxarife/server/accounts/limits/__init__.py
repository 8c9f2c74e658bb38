"""How much of the server a stranger may have: hashing, registrations, failed logins, entries in the trail."""
