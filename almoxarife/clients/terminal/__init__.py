"""The text terminal: selling by a text conversation, over TCP or on the local screen."""
