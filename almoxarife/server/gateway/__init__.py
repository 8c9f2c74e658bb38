"""The gateway: nginx before everything, configured from our settings."""
