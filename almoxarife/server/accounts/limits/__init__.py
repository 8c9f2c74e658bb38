"""Limits for people without a token: hashing, registrations, failed logins, audit entries."""
