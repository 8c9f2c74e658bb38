"""Receives the request log of the gateway, an nginx."""
