"""The widgets and looks that both windows are made of; nothing here knows the server."""
