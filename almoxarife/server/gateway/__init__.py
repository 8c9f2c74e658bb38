"""The gateway: an nginx in front of the servers, configured from our settings."""
